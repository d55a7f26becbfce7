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
        var query = call.query
        let page = query.page()
        try query.finish()
        let matching = ConformancePack.all.sorted { $0.name < $1.name }.filter { pack in
            page.after.map { $0 < pack.name } ?? true
        }
        let shown = matching.prefix(page.limit)
        return call.answer([
            "packs": .array(shown.map(\.json)), "next": .string(matching.count > shown.count ? shown.last?.name : nil),
        ])
    }

    private func run(_ call: Call) async throws -> Response {
        let name = call.pathParameter("name")
        guard let pack = ConformancePack.all.first(where: { $0.name == name }) else {
            let known = ConformancePack.all.map(\.name).joined(separator: ", ")
            throw Problem(.notFound, "There is no pack \"\(name)\"; there are \(known).")
        }
        let remote = try await remote(call)
        try await rates.admit(.packRunsPerSecond, to: remote.address)
        var rows: [JSON] = []
        var counts: [Verdict: Int] = [:]
        for row in pack.rows {
            try Task.checkCancellation()
            let result = try await judge(row, remote)
            counts[result.verdict, default: 0] += 1
            rows.append([
                "requirement": .string(row.requirement), "title": .string(row.title),
                "verdict": .string(result.verdict.rawValue), "segment": result.segment.map { .number($0) } ?? .null,
                "detail": .string(result.detail),
            ])
        }
        return call.answer([
            "pack": .string(pack.name), "remote": remote.json,
            "pass": .integer(counts[.pass] ?? 0), "fail": .integer(counts[.fail] ?? 0),
            "inconclusive": .integer(counts[.inconclusive] ?? 0), "matrix": .array(rows),
        ])
    }

    private func remote(_ call: Call) async throws -> Endpoint {
        var object = try await call.readObject()
        let expectation = "an endpoint with a port, such as \"127.0.0.1:6666\""
        let remote = object.read("remote", expectation) { $0.text.flatMap { HostPort($0) } }
        if !object.has("remote") || object.isNull("remote") { object.addFault("remote", "is required: \(expectation)") }
        try object.finish()
        guard let remote, let port = remote.port, port > 0 else {
            throw Problem(faults: [.member("/remote", "must be \(expectation)")])
        }
        return Endpoint(try await NameResolver.resolve(remote.host, member: "remote").unmapped, port)
    }

    private enum Verdict: String {
        case pass
        case fail
        case inconclusive
    }

    private func judge(
        _ row: ConformancePack.Row, _ remote: Endpoint
    ) async throws -> (verdict: Verdict, segment: UInt64?, detail: String) {
        let script = try Script(parsing: row.script)
        var run = WireScript(script, peer: remote, engine: engine)
        do {
            try await run.run()
            return (.pass, run.deciding, row.title)
        } catch let failure as WireScript.Failure {
            // Before the line that decides nothing is decided.
            let verdict = failure.line == script.decidingLine ? Verdict.fail : .inconclusive
            return (verdict, failure.segment, "expected \(failure.expected), actual \(failure.actual)")
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
