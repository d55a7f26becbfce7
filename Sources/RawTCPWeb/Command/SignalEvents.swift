import Dispatch
import Glibc

/// SIGINT and SIGTERM, as events instead of ends.
final class StopSignals {
    private let sources: [any DispatchSourceSignal]
    /// The signals as they come.
    let events: AsyncStream<Int32>

    /// From now on the signals do not end the program.
    init() {
        let (events, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.events = events
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    /// From now on they end the program again: somebody who asks twice does not want to wait.
    func letGo() {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }

    deinit { sources.forEach { $0.cancel() } }
}
