import TestSupport
import Testing

extension EndToEnd {
    /// How fast new things may come to networks beyond loopback.
    @Suite struct Rates {
        /// Of this host, and yet not loopback: nobody listens there, so that every answer is quick.
        private static let address = "192.0.2.7"
        /// Far more than the limit lets through in the time that they take, and than it would refuse by chance.
        private static let many = 100

        private func run(_ body: (Service) throws -> Void) throws {
            let network = try NetworkNamespace()
            try network.run(["ip", "address", "add", "\(Self.address)/32", "dev", "lo"])
            let limits = ["handshakesPerSecond=1", "craftedSegmentsPerSecond=1"].flatMap { ["--limit", $0] }
            try Service.run(["--allow-target", "\(Self.address)/32"] + limits, in: network, body)
        }

        /// The first answer that is neither of these statuses.
        private func first(other statuses: Set<Int>, _ ask: () throws -> HTTPAnswer) throws -> HTTPAnswer? {
            for _ in 1...Self.many {
                let answer = try ask()
                if !statuses.contains(answer.status) { return answer }
            }
            return nil
        }

        private static let newThings: [(line: String, body: JSON, limit: String)] = [
            ("POST /v1/connections", ["remote": "192.0.2.7:9"], "handshakesPerSecond"),
            ("POST /v1/connections", ["remote": "192.0.2.7:9", "engine": "kernel"], "handshakesPerSecond"),
            ("CONNECT 192.0.2.7:9", .null, "handshakesPerSecond"),
            ("POST /v1/segments", ["remote": "192.0.2.7:9", "flags": ["RST"]], "craftedSegmentsPerSecond"),
        ]

        @Test("beyond loopback handshakes and crafted segments have their rate", arguments: newThings)
        func rates(line: String, body: JSON, limit: String) throws {
            let words = line.split(separator: " ").map(String.init)
            try run { service in
                let refused = try first(other: [201, 502]) {
                    words[0] == "CONNECT"
                        ? try service.client.send("CONNECT", words[1]) : try service.post(words[1], body)
                }
                let answer = try #require(refused, "\(Self.many) went through")
                expectProblem(answer, 429, "too-many-requests")
                #expect(answer.json["detail"].string?.contains("--limit \(limit)=N") == true, "\(answer)")
                #expect((answer.fields["retry-after"].flatMap { Int($0) } ?? 0) >= 1, "\(answer)")
            }
        }

        @Test func onLoopbackThereIsNoRate() throws {
            try run { service in
                let port = try KernelSocket.freePort()
                let opened = try first(other: [502]) {
                    try service.post("/v1/connections", ["remote": .string("127.0.0.1:\(port)")])
                }
                #expect(opened == nil)
                let crafted = try first(other: [201]) {
                    try service.post("/v1/segments", ["remote": .string("127.0.0.1:\(port)"), "flags": ["RST"]])
                }
                #expect(crafted == nil)
            }
        }
    }
}
