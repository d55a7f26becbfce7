import ArgumentParser
import CNIO
import Dispatch
import Glibc

/// Signals as events instead of ends.
package final class SignalEvents {
    private let numbers: [Int32]
    private let sources: [any DispatchSourceRead]
    /// The signals as they come; one that came before somebody asks waits.
    package let events: AsyncStream<Int32>

    /// From now on the signals do not end the program, and none is lost.
    ///
    /// - Throws: the exit status of a program that cannot have a descriptor for each of them, which standard error tells.
    package init(_ numbers: [Int32]) throws {
        self.numbers = numbers
        let (events, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.events = events
        var sources: [any DispatchSourceRead] = []
        for number in numbers {
            let wakeup = cnio_create_wakeup()
            guard wakeup >= 0 else { throw Self.failure("eventfd") }
            let source = DispatchSource.makeReadSource(fileDescriptor: wakeup, queue: .global())
            source.setEventHandler {
                var count: UInt64 = 0
                if read(wakeup, &count, 8) == 8 { continuation.yield(number) }
            }
            source.setCancelHandler { close(wakeup) }
            source.resume()
            sources.append(source)
            guard cnio_catch_signal(number, wakeup) == 0 else { throw Self.failure("sigaction") }
        }
        self.sources = sources
    }

    private static func failure(_ call: String) -> ExitCode {
        Failure(status: EX_OSERR, message: "\(call): \(String(cString: strerror(errno)))").exit
    }

    /// SIGINT and SIGTERM.
    static func ofStop() throws -> SignalEvents { try SignalEvents([SIGINT, SIGTERM]) }

    /// How long a repetition is still the same request: timeout(1) sends its signal to the program and to its group at once.
    private static let echo = DispatchTimeInterval.seconds(1)

    /// In a moment they end the program again: somebody who asks twice does not want to wait.
    func letGo() {
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.echo) { [numbers] in
            for number in numbers { signal(number, SIG_DFL) }
        }
    }

    deinit {
        for number in numbers { cnio_drop_signal(number) }
        for source in sources { source.cancel() }
    }
}
