import Engine
import HTTPTypes
import RawTCPWeb
import Testing

/// The engine's limits over HTTP: each has its problem, and its count in `/v1/engine` and `/metrics`.
@Suite struct EngineLimitTests {
    private func withRouter(
        _ configuration: EngineConfiguration, _ body: (Engine, Router) async throws -> Void
    ) async throws {
        let engine = try Engine(configuration: configuration)
        try await engine.start()
        defer { engine.stop() }
        try await body(engine, Router(routes: API.routes(engine: engine, description: Array("{}".utf8)), gate: Gate()))
    }

    private func expectCount(_ limit: String, _ count: Int, by router: Router) async throws {
        let status = try await ask("GET", "/v1/engine", router: router)
        #expect(status.json["counters"]?["limitsReached"]?[limit] == .integer(count), "\(status.text)")
        let metrics = try await ask("GET", "/metrics", router: router)
        #expect(
            metrics.text.contains("rawtcpweb_limits_reached_total{limit=\"\(limit)\"} \(count)\n"), "\(metrics.text)")
    }

    @Test(arguments: ["raw", "kernel"])
    func aConnectionBeyondTheLimitIsRefusedAndCounted(kind: String) async throws {
        var configuration = EngineConfiguration()
        configuration.connectionLimit = 0
        try await withRouter(configuration) { _, router in
            let body = "{\"remote\": \"127.0.0.1:9\", \"engine\": \"\(kind)\"}"
            let answer = try await ask("POST", "/v1/connections", json: body, router: router)
            #expect(answer.status == 503 && answer.json["type"] == "/problems/too-many-connections", "\(answer.text)")
            #expect(answer.head.headerFields[.retryAfter] != nil)
            try await expectCount("connections", 1, by: router)
        }
    }

    @Test func aListenerBeyondTheLimitIsRefusedAndCounted() async throws {
        var configuration = EngineConfiguration()
        configuration.listenerLimit = 2
        try await withRouter(configuration) { _, router in
            for expected in [201, 201, 503] {
                let answer = try await ask(
                    "POST", "/v1/listeners", json: "{\"local\": \"127.0.0.1:0\"}", router: router)
                #expect(answer.status == expected, "\(answer.text)")
                #expect((expected == 503) == (answer.problem == "too-many-listeners"))
            }
            try await expectCount("listeners", 1, by: router)
        }
    }

    @Test func theSharedLimitsAreShownWithWhatIsUsed() async throws {
        var configuration = EngineConfiguration()
        configuration.connectionLimit = 5
        try await withRouter(configuration) { _, router in
            let limits = try await ask("GET", "/v1/engine", router: router).json["limits"]
            #expect(limits?["connections"] == 5 && limits?["listeners"] == 1_024 && limits?["halfOpen"] == 16_384)
            #expect(limits?["outOfOrderOctets"] == .integer(256 << 20))
            let metrics = try await ask("GET", "/metrics", router: router).text
            #expect(
                metrics.contains("rawtcpweb_half_open 0\n") && metrics.contains("rawtcpweb_out_of_order_octets 0\n"))
        }
    }
}
