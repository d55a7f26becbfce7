import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The raw socket sees other programs' traffic, and other programs live on ports beside ours.
    @Suite struct Demultiplexing {
        @Test func anotherProgramOnOurPortNumberAtAnotherAddressIsLeftAlone() throws {
            let server = try EchoServer()
            try Service.run { service in
                let port = try KernelSocket.freePort()
                let connection = try service.connect(to: server.port, ["local": "127.0.0.1:\(port)"])
                let listener = try KernelSocket.listening(on: port, at: "127.0.0.2")
                let logged = try service.get("/v1/segments").json["next"]

                let client = try KernelSocket.connected(to: port, at: "127.0.0.2")
                let accepted = try listener.accepted()
                try client.write("not yours")
                #expect(try String(decoding: accepted.read(), as: UTF8.self) == "not yours")
                try accepted.write("nor yours")
                #expect(try String(decoding: client.read(), as: UTF8.self) == "nor yours")

                #expect(try service.get("/v1/segments").json["next"] == logged)
                #expect(try service.get(connection).json["state"] == "ESTABLISHED")
                #expect(try service.post("\(connection)/send", ["text": "mine"]).status == 200)
                #expect(try service.get("\(connection)/received?minimum=4&wait=5s").text == "mine")
            }
        }

        @Test func aKernelClientAtAPortOfOursIsAnsweredAsClosed() throws {
            let server = try EchoServer()
            try Service.run { service in
                let port = try KernelSocket.freePort()
                let connection = try service.connect(to: server.port, ["local": "127.0.0.1:\(port)"])
                // RFC 9293 §3.10.7.1: we own the endpoint and have no such connection, so the answer is RST. A guard that
                // only swallowed the SYN would leave the client waiting.
                let failure = #expect(throws: HarnessError.self) { try KernelSocket.connected(to: port) }
                #expect(failure?.description.contains("refused") == true)

                let records = try service.get("/v1/segments?limit=1000").json["segments"].elements
                let stranger = try #require(records.last { $0["direction"] == "in" && $0["connection"] == .null })
                #expect(stranger["cause"] == "unknown-connection")
                #expect(stranger["rule"] == "rfc9293-3.10.7.1")
                let reset = try #require(records.last { $0["tcp"]["flags"].elements.contains("RST") })
                #expect(reset["direction"] == "out")
                #expect(reset["because"] == stranger["number"])
                #expect(try service.get(connection).json["state"] == "ESTABLISHED")
            }
        }

        @Test func aPortInTimeWaitServesAnotherPeerButNotTheSame() throws {
            let servers = [try EchoServer(), try EchoServer()]
            try Service.run { service in
                let endpoint = JSON.string("127.0.0.1:\(try KernelSocket.freePort())")
                let first = try service.connect(to: servers[0].port, ["local": endpoint])
                #expect(try service.post("\(first)/close").status == 200)
                #expect(try service.get("\(first)?wait=state:TIME-WAIT&timeout=5s").json["state"] == "TIME-WAIT")

                let second = try service.connect(to: servers[1].port, ["local": endpoint])
                #expect(try service.post("\(second)/send", ["text": "again"]).status == 200)
                #expect(try service.get("\(second)/received?minimum=5&wait=5s").text == "again")

                let third = try service.post(
                    "/v1/connections", ["remote": "127.0.0.1:\(servers[0].port)", "local": endpoint])
                expectProblem(third, 409, "port-in-use")
                #expect(third.json["detail"].string?.contains("TIME-WAIT") == true, "\(third)")

                // Forgetting the first frees its port at once.
                #expect(try service.delete(first).status == 204)
                _ = try service.connect(to: servers[0].port, ["local": endpoint])
            }
        }

        @Test func theEngineKeepsToItsPortRange() throws {
            let server = try EchoServer()
            try Service.run(["--port-range", "23000-23099"]) { service in
                for _ in 0..<20 {
                    let connection = try service.connect(to: server.port)
                    let port = try #require(try service.get(connection).json["local"]["port"].int)
                    #expect((23_000...23_099).contains(port))
                }
            }
        }
    }
}
