import Engine
import HTTPTypes

/// `/v1/engine` and `/v1/doctor`: what the engine tells of itself, and what works on this host.
package struct EngineRoutes: Sendable {
    let engine: any EngineService
    let rates: RateLimiter

    package init(engine: any EngineService, rates: RateLimiter = RateLimiter()) {
        self.engine = engine
        self.rates = rates
    }

    /// The operations of the resources.
    package var routes: [Route] {
        [
            Route(.get, "/v1/engine", handler: show), Route(.patch, "/v1/engine", handler: change),
            Route(.get, "/v1/doctor", handler: diagnose),
            Route(.get, "/v1/doctor/rules", parameters: ["format"], types: ["text/plain"], handler: rules),
        ]
    }

    /// Settings, totals and counters as they are now.
    func show(_ call: Call) async -> Response {
        let status = await engine.status()
        let targets = [JSON.string("loopback")] + status.allowedTargets.map { .string($0.description) }
        let counters = status.counters
        var limits = await rates.limits
        limits.bound(.connections, to: status.connectionLimit)
        limits.bound(.listeners, to: status.listenerLimit)
        limits.bound(.halfOpen, to: status.halfOpenLimit)
        limits.bound(.outOfOrderOctets, to: status.outOfOrderLimit)
        return call.answer([
            "run": .string(status.run),
            "version": .string(Version.number),
            "observeEcho": .bool(status.observesEcho),
            "uptime": status.uptime.json,
            "connections": [
                "open": .integer(status.openConnections), "timeWait": .integer(status.timeWaitConnections),
                "limit": .integer(status.connectionLimit), "opened": .number(counters.connectionsOpened),
            ],
            "ports": ["from": .number(status.portRange.lowerBound), "to": .number(status.portRange.upperBound)],
            "guards": [
                "available": .array(status.guardKinds.map { .string($0.rawValue) }),
                "open": .integer(status.guardsOpen),
                "opened": .number(status.guardsOpened),
            ],
            "allowedTargets": .array(targets),
            "limits": .object(
                [
                    .init("jsonBody", .integer(Call.jsonLimit)), .init("patience", Call.longestPatience.json),
                ] + limits.members),
            "receiveDrops": .number(counters.receiveOverflows),
            "counters": Self.describe(counters),
        ])
    }

    /// The totals of an answer.
    private static func describe(_ counters: EngineCounters) -> JSON {
        let dropped = counters.dropped.sorted { $0.key.rawValue < $1.key.rawValue }
        return [
            "segmentsSent": .number(counters.segmentsSent), "segmentsReceived": .number(counters.segmentsReceived),
            "repairs": .object(Cause.repairs.map { .init($0.name, .integer(counters.repairs[$0])) }),
            "sendErrors": .number(counters.sendErrors), "internalErrors": .number(counters.internalErrors),
            "networkErrors": [
                "received": .number(counters.networkErrors.received),
                "foreign": .number(counters.networkErrors.foreign),
                "disbelieved": .number(counters.networkErrors.disbelieved),
                "discarded": .number(counters.networkErrors.discarded),
            ],
            "dropped": .object(dropped.map { .init($0.key.name, .number($0.value)) }),
            "cookiesSent": .number(counters.cookiesSent),
            "limitsReached": .object(counters.limits.named.map { .init($0.name, .number($0.count)) }),
        ]
    }

    private func rules(_ call: Call) async throws -> Response {
        var query = call.query
        let format = query.read("format", "nft or iptables") { GuardRules(rawValue: $0) } ?? .nft
        try query.finish()
        let text = format.text(for: await engine.status().portRange)
        let head = HTTPResponse(status: .ok, headerFields: [.contentType: "text/plain; charset=utf-8"])
        return Response(head: head, body: .bytes(Array(text.utf8)))
    }

    private func diagnose(_ call: Call) async -> Response {
        // A real handshake goes over the wire, which HEAD must not cause.
        if call.isHead { return call.answer(["verdict": "pass", "checks": []]) }
        let report = await engine.diagnose()
        let checks = report.checks.map { check -> JSON in
            [
                "name": .string(check.name), "verdict": .string(check.verdict.rawValue),
                "detail": .string(check.detail),
                "remedy": .string(check.remedy),
            ]
        }
        return call.answer(["verdict": .string(report.verdict.rawValue), "checks": .array(checks)])
    }
}

extension EngineCounters.LimitsReached {
    /// The counts with the names that answers and metrics share.
    var named: [(name: String, count: UInt64)] {
        [("connections", connections), ("listeners", listeners), ("halfOpen", halfOpen), ("outOfOrder", outOfOrder)]
    }
}
