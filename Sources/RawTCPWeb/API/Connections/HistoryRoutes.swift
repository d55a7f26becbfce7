import Engine
import HTTPTypes

/// `/v1/connections/{id}/history`: how a connection's numbers have developed, for plots.
package struct HistoryRoutes: Sendable {
    private let engine: any EngineService

    package init(engine: any EngineService) { self.engine = engine }

    /// The operations of the resource.
    package var routes: [Route] {
        [Route(.get, "/v1/connections/{id}/history", parameters: ["fields", "after"], handler: show)]
    }

    private func show(_ call: Call) async throws -> Response {
        var query = call.query
        let fields = query.read("fields", HistoryField.expectation, HistoryField.list) ?? HistoryField.allCases
        let after = query.integer("after", in: 0...Int.max).map(UInt64.init) ?? 0
        try query.finish()
        let history = try await engine.history(of: try await engine.connectionID(for: call.pathParameter("id")))
        let (rows, evicted) = history.rows(after: after)
        return call.answer([
            "start": .string(engine.timestamp(of: history.start)),
            "fields": .array([.string("elapsed")] + fields.map { .string($0.rawValue) }),
            "rows": .array(
                rows.map { row in .array([(row.at - history.start).json] + fields.map { $0.value(in: row) }) }),
            "next": .number(max(history.newest, after)),
            "evicted": .number(evicted),
        ])
    }
}

/// A column of a connection's history.
package enum HistoryField: String, CaseIterable, Sendable {
    case cwnd
    case ssthresh
    case srtt
    case rto
    case inflight
    case sendWindow = "snd_wnd"

    static let expectation = "a list of " + allCases.map(\.rawValue).joined(separator: ", ") + ", none of them twice"

    /// The fields that a list names, or nil.
    static func list(_ text: String) -> [HistoryField]? {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let fields = words.compactMap { HistoryField(rawValue: String($0)) }
        return fields.count == words.count && Set(fields).count == fields.count ? fields : nil
    }

    /// Octets, or seconds; null where there is nothing yet.
    func value(in row: ConnectionHistory.Row) -> JSON {
        switch self {
        case .cwnd: .integer(row.window)
        case .ssthresh: .integer(row.slowStartThreshold)
        case .srtt: row.smoothedRoundTrip?.json ?? .null
        case .rto: row.rto.json
        case .inflight: .integer(row.inFlight)
        case .sendWindow: .integer(row.peerWindow)
        }
    }
}
