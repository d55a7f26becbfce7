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

    /// How long a repetition is still the same request: timeout(1) sends its signal to the program and to its group at once.
    private static let echo = DispatchTimeInterval.seconds(1)

    /// In a moment they end the program again: somebody who asks twice does not want to wait.
    func letGo() {
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.echo) { [numbers] in
            for number in numbers { signal(number, SIG_DFL) }
        }
    }

    deinit { sources.forEach { $0.cancel() } }
}
