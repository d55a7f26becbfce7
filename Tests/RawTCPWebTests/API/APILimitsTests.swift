import Engine
import HTTPTypes
import RawTCPWeb
import Synchronization
import Testing

/// Limits that have names, and what happens beyond them.
@Suite struct APILimitsTests {
    @Test(
        arguments: [
            ("handshakesPerSecond=5", .handshakesPerSecond, 5), ("headTimeout=250ms", .headTimeout, 0.25),
            ("connections=3", .connections, 3), ("idleTimeout=30", .idleTimeout, 30),
            ("targetOctets=8000", .targetOctets, 8_000),
        ] as [(String, ServiceLimits.Name, Double)])
    func aLimitIsSetByItsName(text: String, name: ServiceLimits.Name, value: Double) throws {
        var limits = ServiceLimits()
        try limits.set(text)
        #expect(limits[name] == value)
    }

    @Test(arguments: [
        ("handshakesPerSeconds=5", "did you mean handshakesPerSecond?"), ("headTimeout=31s", "from 100ms to 30s"),
        ("targetOctets=7999", "from 8000"), ("headerFields=many", "whole number"), ("headerFields", "NAME=VALUE"),
        ("handshakesPerSecond=0", "from 1"),
    ])
    func whatCannotBeALimitIsTold(text: String, detail: String) {
        var limits = ServiceLimits()
        #expect {
            try limits.set(text)
        } throws: {
            "\($0)".contains(detail)
        }
    }

    @Test func noTimeLimitMayExceedTheContracts() {
        for name in [ServiceLimits.Name.headTimeout, .bodyTimeout, .idleTimeout, .writeTimeout] {
            #expect(ServiceLimits()[name] <= 30)
            var limits = ServiceLimits()
            #expect(throws: ServiceLimits.Unusable.self) { try limits.set(name, to: 30.5) }
        }
    }

    @Test func ratesApplyBeyondLoopbackAndRecoverEvenly() async throws {
        let time = Mutex(ContinuousClock.now)
        let begin = time.withLock { $0 }
        var limits = ServiceLimits()
        try limits.set("handshakesPerSecond=10")
        let rates = RateLimiter(limits) { [begin] in begin }
        let far = IPAddress(v4: 0xc000_0201)
        for _ in 1...10 { try await rates.admit(.handshakesPerSecond, to: far) }
        await #expect(throws: Problem.self) { try await rates.admit(.handshakesPerSecond, to: far) }
        // Another limit, and loopback, are not affected.
        try await rates.admit(.craftedSegmentsPerSecond, to: far)
        for _ in 1...100 { try await rates.admit(.handshakesPerSecond, to: .loopbackV4) }
    }

    @Test func aLimitReachedIs429WithAWait() async throws {
        var limits = ServiceLimits()
        try limits.set("handshakesPerSecond=1")
        let routes = API.routes(
            engine: RefusingEngine(), description: Array("{}".utf8), rates: RateLimiter(limits))
        let router = Router(routes: routes, gate: Gate())
        let body = #"{"remote": "192.0.2.1:80"}"#
        // The engine refuses everything here.
        #expect(try await ask("POST", "/v1/connections", json: body, router: router).status == 503)
        let answer = try await ask("POST", "/v1/connections", json: body, router: router)
        #expect(answer.status == 429)
        #expect(answer.problem == "too-many-requests")
        #expect(answer.head.headerFields[.retryAfter] == "1")
        #expect(answer.json["detail"]?.text?.contains("--limit handshakesPerSecond=N") == true)
    }

    @Test(arguments: [
        (#"{"limits": {"handshakesPerSecond": 0}}"#, "/limits/handshakesPerSecond"),
        (#"{"limits": {"handshakesPerSecond": "fast"}}"#, "/limits/handshakesPerSecond"),
        (#"{"limits": {"connections": 5}}"#, "/limits/connections"),
        (#"{"limits": {"headTimeout": 5}}"#, "/limits/headTimeout"), (#"{"limits": {"speed": 5}}"#, "/limits/speed"),
        (#"{"limits": 5}"#, "/limits"), (#"{"observeEcho": 1}"#, "/observeEcho"), (#"{"uptime": 0}"#, "/uptime"),
    ])
    func theEngineChangesOnlyWhatMayChange(body: String, pointer: String) async throws {
        let answer = try await ask("PATCH", "/v1/engine", json: body)
        #expect(answer.status == 422)
        #expect(answer.places == [pointer])
    }
}
