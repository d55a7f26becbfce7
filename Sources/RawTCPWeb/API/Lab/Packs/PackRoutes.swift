import Engine
import HTTPTypes

/// `/v1/packs`: sets of requirements, checked against a peer.
package struct PackRoutes: Sendable {
    private let engine: any EngineService
    private let rates: RateLimiter

    package init(engine: any EngineService, rates: RateLimiter = RateLimiter()) {
        self.engine = engine
        self.rates = rates
    }

    /// The operations of the resource.
    package var routes: [Route] {
        [
            Route(.get, "/v1/packs", parameters: ["limit", "after"], handler: list),
            Route(.post, "/v1/packs/{name}/runs", putsOnWire: true, handler: run),
        ]
    }

    private func list(_ call: Call) throws -> Response {
        let page = try call.page()
        let matching = ConformancePack.all.sorted { $0.name < $1.name }.filter { pack in
            page.after.map { $0 < pack.name } ?? true
        }
        return call.answer("packs", matching, page, mark: \.name, \.json)
    }

    private func run(_ call: Call) async throws -> Response {
        let name = call.pathParameter("name")
        guard let pack = ConformancePack.all.first(where: { $0.name == name }) else {
            let known = ConformancePack.all.map(\.name).joined(separator: ", ")
            throw Problem(.notFound, "There is no pack \"\(name)\"; there are \(known).")
        }
        let remote = try await remote(call)
        try await rates.admit(.packRunsPerSecond, to: remote.address)
        let results = try await judge(pack.rows, remote)
        let rows = zip(pack.rows, results).map { row, result -> JSON in
            [
                "requirement": .string(row.requirement), "title": .string(row.title),
                "verdict": .string(result.verdict.rawValue), "segment": result.segment.map { .number($0) } ?? .null,
                "detail": .string(result.detail),
            ]
        }
        let counts = Dictionary(grouping: results, by: \.verdict).mapValues(\.count)
        return call.answer([
            "pack": .string(pack.name), "remote": remote.json,
            "pass": .integer(counts[.pass] ?? 0), "fail": .integer(counts[.fail] ?? 0),
            "inconclusive": .integer(counts[.inconclusive] ?? 0), "matrix": .array(rows),
        ])
    }

    private func remote(_ call: Call) async throws -> Endpoint {
        var object = try await call.readObject()
        let remote = object.endpointWithPort("remote")
        try object.finish()
        guard let remote else { throw Problem(faults: [.member("/remote", "is required")]) }
        let address = try await NameResolver.resolve(remote.host, at: .member("remote")).unmapped
        return Endpoint(address, remote.port ?? 0)
    }

    private enum Verdict: String {
        case pass
        case fail
        case inconclusive
    }

    private struct Result: Sendable {
        let verdict: Verdict
        /// The record that decided; nil: none came.
        let segment: UInt64?
        let detail: String
    }

    /// Rows that run at once: each has a connection of its own, and mostly waits.
    private static let rowsAtOnce = 8

    private func judge(_ rows: [ConformancePack.Row], _ remote: Endpoint) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results: [Int: Result] = [:]
            for (index, row) in rows.enumerated() {
                if index >= Self.rowsAtOnce, let (finished, result) = try await group.next() {
                    results[finished] = result
                }
                group.addTask { (index, try await judge(row, remote)) }
            }
            for try await (finished, result) in group { results[finished] = result }
            return rows.indices.compactMap { results[$0] }
        }
    }

    private func judge(_ row: ConformancePack.Row, _ remote: Endpoint) async throws -> Result {
        var run = try WireScript(row, peer: remote, engine: engine)
        do {
            try await run.run()
            return Result(verdict: .pass, segment: run.deciding, detail: row.title)
        } catch let failure as WireScript.Failure {
            // Before the line that decides nothing is decided; nor by the silence of who had nothing to say.
            let isDecided = try failure.line == Script(parsing: row.script).decidingLine
            let record = await engine.log()[failure.segment ?? 0]
            let isOpen = !isDecided || row.needsText && record?.payloadLength ?? 0 == 0
            return Result(
                verdict: isOpen ? .inconclusive : .fail, segment: failure.segment,
                detail: "expected \(failure.expected), actual \(failure.actual)")
        }
    }
}

extension Script {
    /// The line of the last segment that is expected.
    fileprivate var decidingLine: Int? {
        events.last { event in
            if case .packet(let packet) = event.action { return packet.direction == .outbound }
            return false
        }?.line
    }
}

extension ConformancePack {
    fileprivate var json: JSON {
        [
            "name": .string(name), "title": .string(title),
            "requirements": .array(rows.map { .string($0.requirement) }),
        ]
    }
}
