package import Engine

/// Which records a request for the log wants.
package struct SegmentQuery: Sendable {
    /// Where in the log to look, and in which direction.
    package enum Position: Hashable, Sendable {
        /// Forward from the oldest record.
        case oldest
        /// Forward from behind this record.
        case after(UInt64)
        /// Backward from before this record.
        case before(UInt64)
        /// The newest so many.
        case last(Int)
    }

    package var position = Position.oldest
    package var connection: ConnectionID?
    package var direction: Direction?
    /// All of these must be set.
    package var flags: TCPFlags = []
    /// Any of these; none: all.
    package var causes: [Cause] = []
    /// Any of these; none: all.
    package var analyses: [Analysis] = []

    package init() {}

    /// Reads everything but `connection`, which may be a name that only the engine can resolve.
    package init(_ query: inout QueryParameters) {
        let positions = ["after", "before", "last"].filter { query.has($0) }
        for name in positions.dropFirst() {
            query.addFault(name, "cannot be combined with \(positions[0])")
        }
        let number = "a record's number"
        if let after = query.read("after", number, { HostPort.parseDecimal($0) }) { position = .after(after) }
        if let before = query.read("before", number, { HostPort.parseDecimal($0) }) { position = .before(before) }
        if let last = query.integer("last", in: 1...1_000_000) { position = .last(last) }
        direction = query.read("direction", "in or out") { text in
            [.inbound, .outbound].first { $0.name == text }
        }
        flags =
            query.read("flags", "flags such as SYN,ACK") { text in
                Self.words(text) { word in TCPFlags.names.first { $0.name == word.uppercased() }?.flag }
            }.map { TCPFlags($0) } ?? []
        causes = query.read("cause", "causes such as rto") { Self.words($0) { Cause(name: $0) } } ?? []
        analyses =
            query.read("analysis", "one of " + Analysis.allCases.map(\.rawValue).joined(separator: ", ")) { text in
                Self.words(text) { Analysis(rawValue: $0) }
            } ?? []
    }

    /// Reads a list with commas; nil if a word of it is unknown.
    private static func words<T>(_ text: String, _ read: (String) -> T?) -> [T]? {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map { read(String($0)) }
        let known = words.compactMap { $0 }
        return known.count == words.count ? known : nil
    }

    /// True if the record is wanted.
    package func matches(_ record: SegmentRecord) -> Bool {
        if let connection, record.connection != connection { return false }
        if let direction, record.direction != direction { return false }
        if !causes.isEmpty, !causes.contains(record.cause) { return false }
        if flags.isEmpty && analyses.isEmpty { return true }
        let tcp = record.headers?.tcp
        if !flags.isEmpty, tcp?.flags.isSuperset(of: flags) != true { return false }
        return analyses.isEmpty || !Set(analyses).isDisjoint(with: record.analysis(tcp))
    }
}

/// Records that a query found in one snapshot of the log.
package struct SegmentPage {
    /// Ascending by number.
    package private(set) var records: [SegmentRecord] = []
    /// The last record examined: the page after this one starts behind it.
    package private(set) var next: UInt64

    /// Looks for at most `limit` records.
    package init(_ query: SegmentQuery, in log: LogSnapshot, limit: Int) {
        switch query.position {
        case .oldest:
            next = log.oldest - 1
            collect(log.numbers, query, log, limit)
        case .after(let number):
            next = number
            collect(log.numbers(after: number), query, log, limit)
        case .before(let number):
            next = number
            collect(log.numbers.clamped(to: 0..<number).reversed(), query, log, limit)
            records.reverse()
        case .last(let count):
            next = log.newest
            collect(log.numbers.reversed(), query, log, min(count, limit))
            records.reverse()
            next = log.newest
        }
    }

    private mutating func collect(
        _ numbers: some Sequence<UInt64>, _ query: SegmentQuery, _ log: LogSnapshot, _ limit: Int
    ) {
        for number in numbers where records.count < limit {
            guard let record = log[number] else { continue }
            next = number
            if query.matches(record) { records.append(record) }
        }
    }
}
