import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Single sentences of the HTTP contract that take a running engine.
    @Suite struct ContractSentences {
        @Test func closingBeforeThePeerHasAnsweredAnswersTheConnection() throws {
            let target = try KernelSocket.silent()
            try Service.run { service in
                let opened = try service.post(
                    "/v1/connections?wait=none", ["remote": "127.0.0.1:\(target.localPort)", "payload": ["text": "x"]])
                #expect(opened.json["state"] == "SYN-SENT", "\(opened)")
                let connection = "/v1/connections/\(opened.json["id"].string ?? "")"
                // RFC 9293 §3.10.4: there is nothing to wait for. A second time it is the same.
                for _ in 1...2 {
                    let closed = try service.post("\(connection)/close")
                    #expect(closed.status == 200, "\(closed)")
                    #expect(closed.json["state"] == "CLOSED")
                    #expect(closed.json["closeReason"] == "aborted")
                }
                expectProblem(try service.post("\(connection)/close?wait=state:FIN-WAIT-1"), 409, "not-open")
            }
        }

        @Test(
            arguments: [
                ("/v1/listeners", ["local": "192.0.2.1:7001"]),
                ("/v1/connections", ["local": "192.0.2.1:7001", "remote": "127.0.0.1:9"]),
            ] as [(String, JSON)])
        func aLocalAddressOfAnotherHostIsNamedWithItsPort(route: String, request: JSON) throws {
            try Service.run { service in
                let answer = try service.post(route, request)
                expectProblem(answer, 403, "target-not-allowed")
                #expect(answer.json["detail"].string?.hasPrefix("192.0.2.1:7001 is not allowed as local") == true)
            }
        }

        @Test func aHandshakeMayBeWaitedForInAnyState() throws {
            let server = try EchoServer()
            try Service.run { service in
                for state in ["SYN-SENT", "ESTABLISHED"] {
                    let answer = try service.post(
                        "/v1/connections?wait=state:\(state)", ["remote": "127.0.0.1:\(server.port)"])
                    #expect(answer.status == 201, "\(answer)")
                    #expect(answer.json["state"].string == state)
                }
            }
        }

        /// A resolver that takes names from a file of the test's own, in a mount namespace that ends with the service.
        private static func resolving(_ hosts: String, in directory: TemporaryDirectory) throws -> [String] {
            let file = try directory.write(hosts, to: "hosts")
            return ["unshare", "--mount", "sh", "-c", "mount --bind \(file) /etc/hosts && exec \"$0\" \"$@\""]
        }

        @Test func aNameIsJudgedByTheAddressThatItStandsFor() throws {
            let directory = try TemporaryDirectory()
            let server = try EchoServer()
            let hosts = """
                127.0.0.1 localhost near.example
                192.0.2.9 far.example
                224.0.0.1 many.example
                ::ffff:192.0.2.9 mapped.example
                """
            try Service.run(prefix: try Self.resolving(hosts, in: directory)) { service in
                let near = try service.post("/v1/connections", ["remote": "near.example:\(server.port)"])
                #expect(near.status == 201, "\(near)")
                #expect(near.json["remote"]["address"] == "127.0.0.1")
                for name in ["far.example", "many.example", "mapped.example"] {
                    for route in ["/v1/connections", "/v1/segments"] {
                        let answer = try service.post(route, ["remote": "\(name):\(server.port)"])
                        expectProblem(answer, 403, "target-not-allowed")
                    }
                    let tunnel = try service.client.send("CONNECT", "\(name):\(server.port)")
                    expectProblem(tunnel, 403, "target-not-allowed")
                }
                expectProblem(
                    try service.post("/v1/connections", ["remote": "nobody.example.invalid:9"]), 502, "unreachable")
            }
        }

        @Test func aTunnelThatIsRefusedTellsItsSegments() throws {
            let port = try KernelSocket.freePort()
            try Service.run { service in
                let answer = try service.client.send("CONNECT", "127.0.0.1:\(port)")
                expectProblem(answer, 502, "connection-refused")
                #expect(answer.json["connection"] == "c1")
                #expect(answer.json["segments"] == [1, 2])
                #expect(answer.json["instance"].string == "//127.0.0.1:\(port)")
            }
        }

        @Test func theEngineTellsHowManyConnectionsThereAreDescriptorsFor() throws {
            try Service.run(prefix: ["prlimit", "--nofile=1000:1000"]) { service in
                let limits = try service.get("/v1/engine").json["limits"]
                // Only root may raise the hard limit; either way 64 are kept.
                let connections = try #require(limits["httpConnections"].int)
                #expect(connections == 1_000 - 64 || connections == (1 << 20) - 64)
            }
            try Service.run(["--limit", "httpConnections=40"]) { service in
                let limits = try service.get("/v1/engine").json["limits"]
                #expect(limits["httpConnections"] == 40)
            }
        }
    }
}
