import Engine
import RawTCPWeb
import Testing

@Suite struct SegmentQueryTests {
    private static let known = ["after", "before", "last", "direction", "flags", "cause", "analysis"]

    private func query(_ parameters: (String, String)...) throws -> SegmentQuery {
        var values = QueryParameters(parameters.map { (name: $0.0, value: $0.1) }, known: Self.known)
        let query = SegmentQuery(&values)
        try values.finish()
        return query
    }

    private func numbers(_ query: SegmentQuery, in log: LogSnapshot, limit: Int = 100) -> (
        found: [UInt64], next: UInt64
    ) {
        let page = SegmentPage(query, in: AnalyzedLog(log), limit: limit)
        return (page.segments.map(\.record.number), page.next)
    }

    @Test func pagesForwardCoverTheLogOnce() throws {
        let log = SegmentLogFixture.log(times: 5)
        var position: UInt64 = 0
        var seen: [UInt64] = []
        repeat {
            let page = numbers(try query(("after", String(position))), in: log, limit: 7)
            seen += page.found
            position = page.next
        } while position < log.newest
        #expect(seen == Array(1...25))
    }

    @Test func nextIsTheLastRecordExaminedEvenIfItDidNotMatch() throws {
        var selection = try query(("cause", "data"))
        selection.connection = ConnectionID(rawValue: 1)
        let page = numbers(selection, in: SegmentLogFixture.log(times: 2))
        #expect(page.found == [4])
        #expect(page.next == 10)
        #expect(numbers(selection, in: SegmentLogFixture.log(times: 2), limit: 1).next == 4)
    }

    @Test func pagesBackwardAndTheNewestAreAscending() throws {
        let log = SegmentLogFixture.log(times: 2)
        let backward = numbers(try query(("before", "8")), in: log, limit: 3)
        #expect(backward.found == [5, 6, 7])
        #expect(backward.next == 5)
        let newest = numbers(try query(("last", "3")), in: log)
        #expect(newest.found == [8, 9, 10])
        #expect(newest.next == 10)
    }

    @Test func endsOfTheLogAreQuiet() throws {
        let log = SegmentLogFixture.log()
        #expect(numbers(try query(("after", "5")), in: log) == ([], 5))
        #expect(numbers(try query(("after", "900")), in: log) == ([], 900))
        #expect(numbers(try query(("before", "1")), in: log) == ([], 1))
        let evicted = SegmentLogFixture.log(times: 4, capacity: 8)
        #expect(numbers(try query(("after", "2")), in: evicted) == (Array(13...20), 20))
        #expect(numbers(try query(), in: evicted).found.first == 13)
    }

    @Test(
        "filters",
        arguments: [
            ("direction", "in", [2, 5]), ("direction", "out", [1, 3, 4]), ("flags", "SYN", [1, 2, 5]),
            ("flags", "SYN,ACK", [2, 5]), ("flags", "psh", [4]), ("cause", "syn,data", [1, 4]),
            ("analysis", "zero_window", []),
        ] as [(String, String, [UInt64])])
    func filtersChoose(name: String, value: String, expected: [UInt64]) throws {
        #expect(numbers(try query((name, value)), in: SegmentLogFixture.log()).found == expected)
    }

    @Test(
        "broken parameters",
        arguments: [
            [("after", "-1")], [("after", "x")], [("last", "0")], [("direction", "up")], [("flags", "SYN,")],
            [("flags", "FOO")], [("cause", "because")], [("analysis", "odd")], [("after", "1"), ("before", "2")],
            [("nonsense", "1")],
        ])
    func brokenParametersAreNamed(parameters: [(String, String)]) throws {
        var values = QueryParameters(parameters.map { (name: $0.0, value: $0.1) }, known: Self.known)
        _ = SegmentQuery(&values)
        let faulty = try #require(parameters.last?.0)
        let problem = #expect(throws: Problem.self) { try values.finish() }
        #expect(problem?.type == .invalidRequest)
        #expect(problem?.faults.first?.place == .parameter(faulty))
    }
}
