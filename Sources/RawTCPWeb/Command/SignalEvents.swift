import Dispatch
import Glibc

/// Signals as events instead of ends.
final class SignalEvents {
    private let numbers: [Int32]
    private let sources: [any DispatchSourceSignal]
    /// The signals as they come.
    let events: AsyncStream<Int32>

    /// From now on the signals do not end the program.
    init(_ numbers: [Int32]) {
        self.numbers = numbers
        let (events, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.events = events
        sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    /// SIGINT and SIGTERM.
    static func ofStop() -> SignalEvents { SignalEvents([SIGINT, SIGTERM]) }

    /// From now on they end the program again: somebody who asks twice does not want to wait.
    func letGo() {
        for number in numbers { signal(number, SIG_DFL) }
    }

    deinit { sources.forEach { $0.cancel() } }
}
