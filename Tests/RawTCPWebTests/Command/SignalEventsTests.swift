import Glibc
import RawTCPWeb
import Testing

@Suite struct SignalEventsTests {
    @Test("A signal that comes at once, before anybody asks, is an event", .timeLimit(.minutes(20)))
    func noSignalIsLost() async throws {
        for _ in 0..<200 {
            let signals = try SignalEvents([SIGUSR1, SIGUSR2])
            kill(getpid(), SIGUSR2)
            var iterator = signals.events.makeAsyncIterator()
            #expect(await iterator.next() == SIGUSR2)
        }
    }
}
