import Foundation
import Testing

extension EndToEnd {
    /// Single sentences of the HTTP contract that take a running engine.
    @Suite struct ContractSentences {
        @Test func closingBeforeThePeerHasAnsweredAnswersTheConnection() throws {
            let target = try KernelSocket.listening()
            try target.fallSilent()
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
