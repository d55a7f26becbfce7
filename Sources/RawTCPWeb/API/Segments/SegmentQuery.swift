package import Engine

/// Which records a request for the log wants.
package struct SegmentQuery: Hashable, Sendable {
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
    /// Only segments to and from this endpoint of ours: a listener's. Its address may be a wildcard.
    package var local: Endpoint?
    package var direction: Direction?
    /// All of these must be set.
    package var flags: TCPFlags = []
    /// Any of these; none: all.
    package var causes: [Cause] = []
    /// Any of these; empty: all.
    package var analyses = AnalysisSet()
    package var filter: SegmentFilter?
    /// The connections that names in the filter stand for.
    package var names: [String: ConnectionID] = [:]

    package init() {}

    /// Reads everything but `connection`, `listener` and `filter`: the first two may be names that only the engine can
    /// resolve, and a mistake in the last is a problem of its own.
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
        let words =
            query.read("analysis", "one of " + Analysis.allCases.map(\.rawValue).joined(separator: ", ")) { text in
                Self.words(text) { Analysis(rawValue: $0) }
            } ?? []
        analyses = AnalysisSet(words)
    }

    /// Reads a list with commas; nil if a word of it is unknown.
    private static func words<T>(_ text: String, _ read: (String) -> T?) -> [T]? {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map { read(String($0)) }
        let known = words.compactMap { $0 }
        return known.count == words.count ? known : nil
    }

    /// The segment with this number if it is there and wanted. What the record tells is asked before anything is decoded.
    package func find(_ number: UInt64, in log: AnalyzedLog) -> DecodedSegment? {
        guard let record = log.log[number], matches(record), let segment = log[number] else { return nil }
        return matches(segment) ? segment : nil
    }

    private func matches(_ record: SegmentRecord) -> Bool {
        if let connection, record.connection != connection { return false }
        if let direction, record.direction != direction { return false }
        return causes.isEmpty || causes.contains(record.cause)
    }

    private func matches(_ segment: DecodedSegment) -> Bool {
        if !flags.isEmpty, segment.tcp?.flags.isSuperset(of: flags) != true { return false }
        if !analyses.isEmpty, !analyses.intersects(segment.analysis) { return false }
        if let local {
            guard let own = segment.local, own.port == local.port else { return false }
            // Headers name no zone.
            let address = local.address.within(zone: 0)
            guard address.isUnspecified || own.address == address else { return false }
        }
        return filter?.matches(segment, names: names) ?? true
    }

    /// True of what happened to a connection, if it is among those asked for.
    package func matches(_ event: LogEvent) -> Bool {
        connection == nil || event.connection == nil || event.connection == connection
    }
}

/// Segments that a query found in one snapshot of the log.
package struct SegmentPage {
    /// Ascending by number.
    package private(set) var segments: [DecodedSegment] = []
    /// The last record examined: the page after this one starts behind it.
    package private(set) var next: UInt64

    /// Looks for at most `limit` segments.
    package init(_ query: SegmentQuery, in log: AnalyzedLog, limit: Int) {
        let snapshot = log.log
        switch query.position {
        case .oldest:
            next = snapshot.oldest - 1
            collect(snapshot.numbers, query, log, limit)
        case .after(let number):
            next = number
            collect(snapshot.numbers(after: number), query, log, limit)
        case .before(let number):
            next = number
            collect(snapshot.numbers.clamped(to: 0..<number).reversed(), query, log, limit)
            segments.reverse()
        case .last(let count):
            next = snapshot.newest
            collect(snapshot.numbers.reversed(), query, log, min(count, limit))
            segments.reverse()
            next = snapshot.newest
        }
    }

    private mutating func collect(
        _ numbers: some Sequence<UInt64>, _ query: SegmentQuery, _ log: AnalyzedLog, _ limit: Int
    ) {
        for number in numbers {
            guard segments.count < limit else { return }
            next = number
            if let segment = query.find(number, in: log) { segments.append(segment) }
        }
    }
}
