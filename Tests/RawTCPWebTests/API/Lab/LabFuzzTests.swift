import Engine
import HTTPTypes
import RawTCPWeb
import Testing

/// Bodies of all sorts on the lab's routes, before a real engine.
@Suite struct LabFuzzTests {
    /// Each seed is a run of its own: a hundred thousand in all in release, where they take seconds.
    #if DEBUG
        private static let bodies = 500
    #else
        private static let bodies = 25_000
    #endif

    private static let routes: [(method: String, path: String)] = [
        ("POST", "/v1/segments"), ("POST", "/v1/segments"), ("POST", "/v1/impairments"), ("PATCH", "/v1/impairments/a"),
        ("POST", "/v1/impairments/a/release"), ("DELETE", "/v1/impairments/a"), ("PUT", "/v1/options/a"),
        ("PUT", "/v1/options/b"), ("DELETE", "/v1/options/b"), ("POST", "/v1/observations"), ("POST", "/v1/reset"),
        ("POST", "/v1/segments/decode"), ("POST", "/v1/scenarios"), ("PUT", "/v1/scenarios/mine"),
        ("POST", "/v1/scenarios/mine/runs"), ("DELETE", "/v1/scenarios/mine"), ("POST", "/v1/packs/rfc5961/runs"),
        ("GET", "/v1/compare"),
    ]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func randomBodiesCauseNoInternalErrorAndLeakNothing(seed: UInt64) async throws {
        let engine = try Engine(configuration: EngineConfiguration())
        try await engine.start()
        defer { engine.stop() }
        let routes = API.routes(engine: engine, description: Array("{}".utf8))
        let router = Router(routes: routes, gate: Gate())
        var random = SplitMix64(seed: seed)
        var statuses: [Int: Int] = [:]
        for _ in 0..<Self.bodies {
            guard let route = Self.routes.randomElement(using: &random) else { continue }
            let (answer, body) = try await send(route, to: router, using: &random)
            statuses[answer.status, default: 0] += 1
            if answer.status >= 500, ![502, 503, 504].contains(answer.status) {
                Issue.record("seed \(seed): \(answer.status) \(answer.text) for \(route) \(body)")
                return
            }
        }
        #expect(statuses[201, default: 0] >= Self.bodies / 200, "seed \(seed): \(statuses)")
        #expect(statuses[422, default: 0] >= Self.bodies / 200, "seed \(seed): \(statuses)")
        _ = try await ask("POST", "/v1/reset", router: router)
        #expect(await engine.impairments().isEmpty)
        #expect(await engine.observations().isEmpty)
        #expect(await engine.status().counters.internalErrors == 0)
        // Guards inside the port range stay open for their next user; everything else is given back.
        let deadline = ContinuousClock.now + .seconds(20)
        while await engine.usedEndpoints > 0, ContinuousClock.now < deadline { await Task.yield() }
        #expect(await engine.usedEndpoints == 0, "seed \(seed)")
        #expect(await engine.connections().isEmpty)
    }

    /// Sends one request of the route's kind; what was in it comes back for the report.
    private func send(
        _ route: (method: String, path: String), to router: Router, using random: inout SplitMix64
    ) async throws -> (Answer, String) {
        if route.method == "GET" {
            let query = RandomBody.query(using: &random)
            return (try await ask("GET", "\(route.path)?\(query)", router: router), query)
        }
        let isScript = route.path == "/v1/scenarios" || route.path == "/v1/scenarios/mine" && route.method == "PUT"
        if isScript, Bool.random(using: &random) {
            let script = RandomBody.script(using: &random)
            let fields: HTTPFields = [.contentType: "text/x-packetdrill"]
            return (try await ask(route.method, route.path, fields: fields, body: script, router: router), script)
        }
        // A pack that finds a peer takes as long as its scripts: nearly all of its bodies name none.
        let isCostly = route.path.contains("packs") && Int.random(in: 0..<50, using: &random) > 0
        let body = isCostly ? RandomBody.nonsense(using: &random) : RandomBody.make(for: route.path, using: &random)
        let hasBody = route.method != "DELETE" && !route.path.hasSuffix("mine/runs")
        return (try await ask(route.method, route.path, json: hasBody ? body : nil, router: router), body)
    }
}

/// JSON that is often nearly right.
private enum RandomBody {
    private static let craft = [
        "remote", "local", "connection", "sequence", "relativeSequence", "acknowledgment", "flags", "reserved",
        "window",
        "urgentPointer", "dataOffset", "checksum", "options", "payload", "ip", "repeat", "pairs", "guard",
        "answerReplies",
    ]
    private static let impairment = ["name", "type", "stream", "toxicity", "seed", "attributes", "connection", "lease"]
    private static let option = ["kind", "exid", "fields", "attach"]
    private static let release = ["segment", "edit"]
    private static let required: Set = ["remote", "type", "kind"]
    private static let lines = [
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3", "+0 bind(3, ..., ...) = 0", "+0 listen(3, 1) = 0",
        "+0 < S 0:0(0) win 1000 <mss 1000,sackOK>", "+0 > S. 0:0(0) ack 1 <...>", "+0 < . 1:1(0) ack 1 win 1000",
        "+0 accept(3, ..., ...) = 4", "+0 %{ assert tcpi_state == 1 }%", "+.1...0.2 write(4, ..., 1000) = 1000",
        "+1 < icmp unreachable host_unreachable [0:0(0)]", "+0 `sysctl -w net.ipv4.tcp_sack=0`", "#ifdef Linux",
        "#endif", "--mtu=900", "* > P. 1:1001(1000) ack 1", "+0 close(3) = 0", "+9e9 close(4) = 0", "+0 < \u{0}",
    ]

    /// Lines of a script, in any order, now and then cut off.
    static func script(using random: inout SplitMix64) -> String {
        // Mostly as a script begins, so that some get further than their first line.
        var chosen = Array(lines.prefix(Int.random(in: 0...lines.count, using: &random)))
        for _ in 0..<Int.random(in: 0...4, using: &random) { chosen.append(lines.randomElement(using: &random) ?? "") }
        let text = chosen.joined(separator: "\n")
        guard Int.random(in: 0..<4, using: &random) == 0 else { return text }
        return String(text.prefix(Int.random(in: 0...text.count, using: &random)))
    }

    /// What compares two connections, or nothing.
    static func query(using random: inout SplitMix64) -> String {
        let values = ["c1", "c0", "", "o1", "nobody", "%00", "c99999999999"]
        return ["a", "b", "c"].prefix(Int.random(in: 0...3, using: &random)).map { name in
            "\(name)=\(values.randomElement(using: &random) ?? "")"
        }.joined(separator: "&")
    }

    /// JSON without any sense.
    static func nonsense(using random: inout SplitMix64) -> String {
        "{\"remote\": \(anything(0, using: &random)), \"x\": 1}"
    }
    private static let nested = [
        "hex", "text", "base64", "ttl", "dscp", "ecn", "id", "dontFragment", "fragmentSize", "fragmentOverlap", "kind",
        "raw", "length", "probability", "latency", "jitter", "nth", "match", "rate", "queue", "gap", "offset", "bytes",
        "name", "type", "rule", "value", "tick", "window", "flags", "payload",
    ]

    static func make(for path: String, using random: inout SplitMix64) -> String {
        let names =
            path.contains("packs")
            ? ["remote"]
            : path.contains("release")
                ? release : path.contains("segments") ? craft : path.contains("options") ? option : impairment
        var members = ["\"hold\": \"1ms\""]
        if !path.hasSuffix("segments") { members = [] }
        // What is required is there, mostly; of the rest a few, so that some bodies are right in all of them.
        for name in required.sorted() where names.contains(name) && Int.random(in: 0..<20, using: &random) > 0 {
            members.append("\"\(name)\": \(value(of: name, depth: 0, using: &random))")
        }
        for name in names where !required.contains(name) && Int.random(in: 0..<6, using: &random) == 0 {
            members.append("\"\(name)\": \(value(of: name, depth: 0, using: &random))")
        }
        let text = "{\(members.joined(separator: ", "))}"
        guard Int.random(in: 0..<40, using: &random) == 0 else { return text }
        return String(text.prefix(Int.random(in: 0...text.count, using: &random)))
    }

    private static func value(of name: String, depth: Int, using random: inout SplitMix64) -> String {
        // Mostly what the member is for, else anything.
        guard Int.random(in: 0..<5, using: &random) > 0 else { return anything(depth, using: &random) }
        let port = Int.random(in: 1...65_535, using: &random)
        let choices: [String]
        switch name {
        case "remote": choices = ["\"127.0.0.1:\(port)\"", "\"127.0.0.1:1\"", "\"192.0.2.1:80\"", "\"[::1]:9\""]
        case "local": choices = ["\(port)", "0", "\"127.0.0.1:\(port)\"", "\"203.0.113.1:1\""]
        case "flags": choices = ["[\"SYN\"]", "[]", "[\"FIN\", \"AE\"]", "[\"NOPE\"]"]
        case "checksum": choices = ["\"auto\"", "\"0xbeef\"", "\"0x\""]
        case "payload", "edit":
            choices = ["{\"text\": \"x\"}", "{\"hex\": \"00ff\"}", "{}", object(depth, using: &random)]
        case "ip", "attributes": choices = [object(depth, using: &random)]
        case "options", "fields": choices = ["[\(object(depth, using: &random))]", "[]"]
        case "repeat": choices = ["1", "3", "100000"]
        case "pairs": choices = ["\"overlap\"", "\"duplicate\"", "\"out-of-order\""]
        case "type":
            choices = ["loss", "delay", "duplicate", "reorder", "corrupt", "rate", "drop", "hold", "u16", "text"].map {
                "\"\($0)\""
            }
        case "name": choices = ["\"a\"", "\"b\"", "\"c1\"", "\"\""]
        case "stream": choices = ["\"upstream\"", "\"downstream\""]
        case "attach": choices = ["\"syn\"", "\"every\"", "\"never\""]
        case "kind": choices = ["253", "254", "8", "300"]
        case "exid": choices = ["\"0xBEEF\"", "\"0xBEEFCAFE\"", "\"BEEF\""]
        case "guard": choices = ["\"socket\"", "\"none\"", "\"range\""]
        case "lease": choices = ["\"1ms\"", "null", "\"1h\""]
        default: choices = ["1", "8", "16", "0", "\"1ms\"", "true", "0.5", "\"ab\""]
        }
        return choices.randomElement(using: &random) ?? "null"
    }

    private static func object(_ depth: Int, using random: inout SplitMix64) -> String {
        guard depth < 3 else { return "{}" }
        var members: [String] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let name = nested.randomElement(using: &random) ?? "hex"
            members.append("\"\(name)\": \(value(of: name, depth: depth + 1, using: &random))")
        }
        return "{\(members.joined(separator: ", "))}"
    }

    private static func anything(_ depth: Int, using random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<9, using: &random) {
        case 0: "null"
        case 1: "\(Int.random(in: Int.min...Int.max, using: &random))"
        case 2: "1e\(Int.random(in: 0...400, using: &random))"
        case 3: "\"\\u0000\\ud83d\\ude00\""
        case 4: "[]"
        case 5: "\(Int.random(in: -2...70_000, using: &random))"
        case 6: "false"
        case 7: object(depth, using: &random)
        default: "\"\(String(repeating: "x", count: Int.random(in: 0...300, using: &random)))\""
        }
    }
}
