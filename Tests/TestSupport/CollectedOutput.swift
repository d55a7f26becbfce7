import Foundation
import Synchronization

/// What a process writes to a pipe, read as it comes by a thread of its own so that the process never blocks on it.
package final class CollectedOutput: Sendable {
    private struct Contents {
        var octets: [UInt8] = []
        var hasEnded = false
    }

    /// Octets that are enough for the texts that a test looks at.
    package static let usualCapacity = 4 << 20
    private let capacity: Int
    private let contents = Mutex(Contents())
    private let changed = DispatchSemaphore(value: 0)

    /// Reads the descriptor to its end and closes it. Of more than `capacity` octets the last are kept, at least half as many.
    package init(reading descriptor: Int32, keeping capacity: Int = CollectedOutput.usualCapacity) {
        self.capacity = capacity
        Thread.detachNewThread { [weak self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                self?.append(buffer.prefix(max(count, 0)))
                if count <= 0 { break }
            }
            close(descriptor)
        }
    }

    /// An empty piece is the end.
    private func append(_ piece: ArraySlice<UInt8>) {
        contents.withLock {
            $0.octets += piece
            if $0.octets.count > capacity { $0.octets.removeFirst($0.octets.count - capacity / 2) }
            $0.hasEnded = piece.isEmpty
        }
        changed.signal()
    }

    package var text: String { contents.withLock { String(decoding: $0.octets, as: UTF8.self) } }

    /// Waits until the text satisfies the condition; false if the output ends or the patience runs out before.
    package func wait(within patience: Duration, until condition: (String) -> Bool) -> Bool {
        let deadline = DispatchTime(after: patience)
        while true {
            let (text, hasEnded) = contents.withLock { (String(decoding: $0.octets, as: UTF8.self), $0.hasEnded) }
            if condition(text) { return true }
            if hasEnded || changed.wait(timeout: deadline) == .timedOut { return condition(self.text) }
        }
    }

    /// Waits until the process has closed its end.
    package func waitForEnd(within patience: Duration) -> Bool {
        let deadline = DispatchTime(after: patience)
        while !contents.withLock({ $0.hasEnded }) {
            if changed.wait(timeout: deadline) == .timedOut { return false }
        }
        return true
    }
}
