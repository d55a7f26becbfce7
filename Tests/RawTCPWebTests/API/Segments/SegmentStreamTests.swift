import Engine
import HTTPTypes
import RawTCPWeb
import Synchronization
import Testing

/// A log that the test writes.
final class WrittenLog: LogSource {
    private let state: Mutex<SegmentLog>

    init(capacity: Int = 1_000) {
        state = Mutex(SegmentLog(capacity: capacity, snapLength: 2_048, payloadCapacity: 1 << 20))
    }

    func change(_ body: (inout sending SegmentLog) -> Void) { state.withLock { body(&$0) } }

    var run: String { "00c0ffee" }
    func log() async -> LogSnapshot { state.withLock { $0.snapshot(run: "00c0ffee") } }

    func isOver(_ id: ConnectionID) async -> Bool {
        await log().events(after: LogPosition(0), through: .max).contains { event in
            if case .state(id, _, to: .closed, _) = event.kind { true } else { false }
        }
    }

    func waitForNews(after progress: UInt64, patience: Interval) async {
        // Less patient than it is asked to be, so that streams which end without news end soon.
        let deadline = ContinuousClock.now + .milliseconds(10)
        while await log().progress <= progress, ContinuousClock.now < deadline { await Task.yield() }
    }
}

/// What a stream has written so far.
final class CollectedStream: Sendable {
    private let octets = Mutex<[UInt8]>([])

    var count: Int { octets.withLock { $0.count } }
    var text: String { octets.withLock { String(decoding: $0, as: UTF8.self) } }
    var writer: BodyWriter { BodyWriter { octets in self.octets.withLock { $0 += octets } } }

    func wait(until test: (String) -> Bool) async {
        while !test(text), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
    }
}

@Suite(.longestPatience) struct SegmentStreamTests {
    private let engine = WrittenLog()

    private func selection(
        _ format: SegmentFormat, connection: ConnectionID? = nil, after: UInt64? = nil
    ) -> SegmentSelection {
        var query = SegmentQuery()
        query.connection = connection
        if let after { query.position = .after(after) }
        return SegmentSelection(
            query: query, format: format, fields: .record(payload: nil), payload: nil, run: "00c0ffee")
    }

    private func stream(_ selection: SegmentSelection, resuming id: String? = nil) -> SegmentStream {
        SegmentStream(
            feed: LogFeed(source: engine), selection: selection, follows: true,
            resumption: id.map { .init($0, run: "00c0ffee") })
    }

    /// Ids and names of the events in a stream's text.
    private func events(_ text: String) -> [String] {
        text.split(separator: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n")
            let name = lines.first { $0.hasPrefix("event: ") }?.dropFirst(7)
            let id = lines.first { $0.hasPrefix("id: ") }?.dropFirst(4)
            return name.map { "\(id ?? "-") \($0)" }
        }
    }

    private static let c1 = ConnectionID(rawValue: 1)

    private func write(_ count: Int) {
        engine.change { SegmentLogFixture.converse(&$0, UInt32(count)) }
    }

    private func note(_ kind: LogEvent.Kind) { engine.change { $0.append(kind, at: .zero) } }

    @Test func aStreamOfEventsTellsSegmentsAndStates() async throws {
        note(.connection(Self.c1, .created))
        write(1)
        note(.state(Self.c1, from: .established, to: .finWait1, bySegment: false))
        note(.connection(Self.c1, .changed))
        let output = CollectedStream()
        let stream = stream(selection(.sse, connection: Self.c1, after: 0))
        let task = Task { try await stream.write(to: output.writer) }
        await output.wait { $0.contains("00c0ffee-5.2") }
        note(.state(Self.c1, from: .finWait1, to: .closed, bySegment: false))
        try await task.value
        #expect(
            events(output.text) == [
                "00c0ffee-0.1 connection", "00c0ffee-1.0 segment", "00c0ffee-2.0 segment", "00c0ffee-3.0 segment",
                "00c0ffee-4.0 segment", "00c0ffee-5.0 segment", "00c0ffee-5.1 state", "00c0ffee-5.2 connection",
                "00c0ffee-5.3 state",
            ])
        #expect(
            output.text.contains(#"data: {"connection":"c1","from":"ESTABLISHED","to":"FIN-WAIT-1","segment":null"#))
    }

    @Test func everyPointOfResumptionLosesAndRepeatsNothing() async throws {
        note(.connection(Self.c1, .created))
        write(1)
        note(.state(Self.c1, from: .established, to: .finWait1, bySegment: false))
        write(2)
        note(.state(Self.c1, from: .finWait1, to: .closed, bySegment: false))
        func all(resuming id: String?) async throws -> [String] {
            let output = CollectedStream()
            // Ends because its connection is closed.
            try await stream(selection(.sse, connection: Self.c1, after: 0), resuming: id).write(to: output.writer)
            return events(output.text)
        }
        let whole = try await all(resuming: nil)
        #expect(whole.count == 8)
        for index in whole.indices {
            let id = String(whole[index].prefix { $0 != " " })
            #expect(try await all(resuming: id) == Array(whole[(index + 1)...]), "after \(id)")
        }
        #expect(try await all(resuming: "deadbeef-4.0") == ["- gap"] + whole)
        #expect(try await all(resuming: "nonsense") == ["- gap"] + whole)
    }

    @Test(arguments: SegmentFormat.allCases.filter { $0 != .json && $0 != .sse })
    func whatIsKeptOfAClosedConnectionIsFollowedByTheRestOfTheLog(format: SegmentFormat) async throws {
        write(1)
        note(.state(Self.c1, from: .established, to: .closed, bySegment: true))
        // Its peer goes on, and so do others.
        write(1)
        write(2)
        func text(_ connection: ConnectionID?) async throws -> Int {
            let output = CollectedStream()
            let selection = selection(format, connection: connection, after: 0)
            try await SegmentStream(feed: LogFeed(source: engine), selection: selection, follows: false)
                .write(to: output.writer)
            return output.count
        }
        let (none, one, all) = try await (text(ConnectionID(rawValue: 9)), text(Self.c1), text(nil))
        #expect(none < one && one < all)
    }

    @Test func aReaderWhomTheRingOverranIsTold() async throws {
        let engine = WrittenLog(capacity: 4)
        engine.change { for connection in 1...3 { SegmentLogFixture.converse(&$0, UInt32(connection)) } }
        let output = CollectedStream()
        let stream = SegmentStream(
            feed: LogFeed(source: engine), selection: selection(.ndjson, after: 2), follows: false)
        try await stream.write(to: output.writer)
        let lines = output.text.split(separator: "\n")
        #expect(lines.first == #"{"gap":{"reason":"evicted","from":3,"to":11}}"#)
        #expect(lines.count == 5)
    }

    @Test func aFollowerWhoseClientDoesNotReadPinsNothingOfTheLog() async throws {
        write(1)
        let feed = LogFeed(source: engine)
        let stream = SegmentStream(feed: feed, selection: selection(.ndjson, after: 0), follows: true)
        let (blocked, report) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await stream.write(
                to: BodyWriter { _ in
                    report.yield()
                    try await Task.sleep(for: .seconds(3_600))
                })
        }
        for await _ in blocked { break }
        while await feed.holdsSnapshot { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func followersGetTheSamePagesAndNobodyMissesAnything() async throws {
        let feed = LogFeed(source: engine)
        let selection = selection(.ndjson, after: 0)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let output = CollectedStream()
                    let stream = SegmentStream(feed: feed, selection: selection, limit: nil, follows: true)
                    let task = Task { try await stream.write(to: output.writer) }
                    await output.wait { $0.contains("\"number\":100,") }
                    task.cancel()
                    _ = try? await task.value
                    return output.text
                }
            }
            for connection in 1...20 {
                write(connection)
                await Task.yield()
            }
            for try await text in group {
                let numbers = text.matches(of: #/"number":(\d+)/#).compactMap { Int($0.output.1) }
                #expect(numbers == Array(1...100))
            }
        }
    }

    @Test func formatsThatEndAreWhole() async throws {
        write(1)
        func whole(_ selection: SegmentSelection) async throws -> String {
            let output = CollectedStream()
            let stream = SegmentStream(feed: LogFeed(source: engine), selection: selection, follows: false)
            try await stream.write(to: output.writer)
            return output.text
        }
        var columns = selection(.columns)
        columns.fields = FieldSelection([.number, .tcpFlags, .payloadLength])
        let table = try JSON(parsing: Array(try await whole(columns).utf8))
        #expect(table["columns"] == ["number", "tcp.flags", "payload.length"])
        guard case .array(let rows)? = table["rows"] else { throw Problem(.internal, "no rows") }
        #expect(rows.count == 5)
        #expect(rows[3] == [4, ["PSH", "ACK"], 9])
        #expect(table["next"] == 5)
        #expect(table["run"] == "00c0ffee")
        let diagram = try await whole(selection(.mermaid))
        #expect(
            diagram.hasPrefix(
                """
                sequenceDiagram
                    participant e1 as 127.0.0.1:43456
                    participant e2 as 127.0.0.1:52287
                    e1->>e2: 1 SYN seq 0 (syn)
                    Note over e1: CLOSED to SYN-SENT
                    e2->>e1: 2 SYN,ACK seq 0 ack 1 (accepted)

                """))
    }

    @Test func whatComesBetweenTheHeadAndTheFirstOctetIsFollowedToo() async throws {
        write(1)
        let stream = stream(selection(.sse, connection: Self.c1))
        let beginning = await stream.beginning()
        note(.state(Self.c1, from: .established, to: .closed, bySegment: false))
        let output = CollectedStream()
        try await stream.write(to: output.writer, behind: beginning)
        #expect(events(output.text) == ["00c0ffee-5.1 state"])
    }

    @Test func impairmentsAreEvents() async throws {
        write(1)
        note(.impairment("lossy", .created))
        note(.impairment("lossy", .deleted))
        let output = CollectedStream()
        let stream = stream(selection(.sse, connection: Self.c1, after: 5))
        let task = Task { try await stream.write(to: output.writer) }
        await output.wait { $0.contains("00c0ffee-5.2") }
        note(.state(Self.c1, from: .finWait1, to: .closed, bySegment: false))
        try await task.value
        #expect(events(output.text) == ["00c0ffee-5.1 impairment", "00c0ffee-5.2 impairment", "00c0ffee-5.3 state"])
        #expect(output.text.contains(#"data: {"impairment":"lossy","change":"created","time":""#))
    }

    @Test(
        "a table ends where its page ends, and says where the next one begins",
        arguments: [
            (SegmentQuery.Position.oldest, Int?.none, [1, 2, 3, 4, 5], 5), (.oldest, 2, [1, 2], 2),
            (.after(2), 2, [3, 4], 4), (.after(9), nil, [], 9), (.last(2), nil, [4, 5], 5),
            (.before(4), nil, [1, 2, 3], 1), (.before(5), 2, [3, 4], 3), (.before(1), nil, [], 1),
        ])
    func tables(position: SegmentQuery.Position, limit: Int?, numbers: [Int], next: Int) async throws {
        write(1)
        var selection = selection(.columns)
        selection.query.position = position
        selection.fields = FieldSelection([.number])
        let stream = SegmentStream(
            feed: LogFeed(source: engine), selection: selection, limit: limit, follows: false)
        let extent = await stream.extent()
        #expect(extent.next == UInt64(next))
        // What comes between the head and the body belongs to the next page.
        write(1)
        let output = CollectedStream()
        try await stream.write(to: output.writer, upTo: extent)
        let table = try JSON(parsing: Array(output.text.utf8))
        #expect(table["rows"] == .array(numbers.map { [.integer($0)] }))
        #expect(table["next"] == .integer(next))
    }
}
