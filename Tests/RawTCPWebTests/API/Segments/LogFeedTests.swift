import Engine
import RawTCPWeb
import Synchronization
import Testing

/// A log in which nothing happens: who waits for news of it waits until the test is over.
private final class StillLog: LogSource {
    private let snapshot: LogSnapshot
    private let over: Mutex<Bool>
    private let (end, ending) = AsyncStream.makeStream(of: Void.self)
    private let waiting = Mutex(0)

    init(_ snapshot: LogSnapshot, isOver: Bool = false) {
        self.snapshot = snapshot
        over = Mutex(isOver)
    }

    var run: String { "00c0ffee" }
    func log() async -> LogSnapshot { snapshot }
    func isOver(_ id: ConnectionID) async -> Bool { over.withLock { $0 } }

    func waitForNews(after progress: UInt64, patience: Interval) async {
        guard progress >= snapshot.progress else { return }
        waiting.withLock { $0 += 1 }
        for await _ in end {}
    }

    /// Returns once somebody waits for news.
    func hasSomebodyWaiting() async { while waiting.withLock({ $0 }) == 0 { await Task.yield() } }
    func wakeAll() { ending.finish() }
}

@Suite(.longestPatience) struct LogFeedTests {
    private func selection(connection: ConnectionID? = nil, after: UInt64? = nil) -> SegmentSelection {
        var query = SegmentQuery()
        query.connection = connection
        if let after { query.position = .after(after) }
        return SegmentSelection(
            query: query, format: .ndjson, fields: .record(payload: nil), payload: nil, run: "00c0ffee")
    }

    @Test func whoComesLateNeedNotWaitWithThoseWhoHaveSeenAll() async throws {
        let log = StillLog(SegmentLogFixture.log())
        let feed = LogFeed(source: log)
        let first = CollectedStream()
        let early = Task {
            try await SegmentStream(feed: feed, selection: selection(), follows: true).write(to: first.writer)
        }
        await log.hasSomebodyWaiting()
        // What the other was given is let go of, so that it cannot be handed on.
        while await feed.holdsSnapshot { await Task.yield() }
        let second = CollectedStream()
        let late = Task {
            try await SegmentStream(feed: feed, selection: selection(after: 0), follows: true).write(to: second.writer)
        }
        await second.wait { $0.contains("\"number\":5,") }
        #expect(second.text.contains("\"number\":1,"))
        for task in [early, late] { task.cancel() }
        log.wakeAll()
        for task in [early, late] { _ = try? await task.value }
    }

    @Test(arguments: [nil, 0, 3] as [UInt64?])
    func whatIsOverIsFollowedToItsEndAtOnce(after: UInt64?) async throws {
        let log = StillLog(SegmentLogFixture.log(), isOver: true)
        let output = CollectedStream()
        let selection = selection(connection: ConnectionID(rawValue: 1), after: after)
        try await SegmentStream(feed: LogFeed(source: log), selection: selection, follows: true).write(
            to: output.writer)
        #expect(output.text.split(separator: "\n").count == after.map { 5 - Int($0) } ?? 0)
    }
}
