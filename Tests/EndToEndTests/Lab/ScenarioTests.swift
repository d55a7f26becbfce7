import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Scripts and packs on the wire.
    @Suite struct Scenarios {
        private func run(_ service: Service, _ target: String, _ script: String) throws -> HTTPAnswer {
            try service.client.send(
                "POST", target, fields: ["Content-Type": "text/x-packetdrill"], body: Array(script.utf8))
        }

        /// Runs a pack; every row must pass, and name the segment that decided.
        private func expectPass(_ pack: String, _ service: Service, at port: Int) throws {
            let answer = try service.post("/v1/packs/\(pack)/runs", ["remote": .string("127.0.0.1:\(port)")])
            try #require(answer.status == 200, "\(answer)")
            let matrix = answer.json["matrix"].elements
            let listed = try service.get("/v1/packs").json["packs"].elements.first { $0["name"] == .string(pack) }
            #expect(matrix.map { $0["requirement"] } == listed?["requirements"].elements)
            for row in matrix {
                #expect(row["verdict"] == "pass", "\(pack): \(row)")
                guard case .number(let number) = row["segment"] else {
                    Issue.record("\(pack): no segment in \(row)")
                    continue
                }
                #expect(try service.get("/v1/segments/\(Int(number))").json["direction"] == "in")
            }
        }

        private static let packs = ["rfc9293", "rfc5961", "options"]

        @Test func theKernelMeetsThePacksRequirements() throws {
            let server = try EchoServer()
            let nobody = try KernelSocket.freePort()
            try Service.run { service in
                for pack in Self.packs { try expectPass(pack, service, at: Int(server.port)) }
                try expectPass("rfc9293-closed", service, at: Int(nobody))
                #expect(try service.get("/v1/packs").json["packs"].elements.count == Self.packs.count + 1)
            }
        }

        @Test func ourOwnListenerMeetsThePacksRequirements() throws {
            try Service.run { service in
                let listener = try service.post("/v1/listeners", ["local": "127.0.0.1:0", "service": "echo"])
                guard case .number(let port) = listener.json["local"]["port"], let id = listener.json["id"].string
                else {
                    throw HarnessError("no listener: \(listener)")
                }
                for pack in Self.packs { try expectPass(pack, service, at: Int(port)) }
                // A port of our range stays ours: nobody listens there then, and we say so.
                #expect(try service.delete("/v1/listeners/\(id)").status == 204)
                try expectPass("rfc9293-closed", service, at: Int(port))
            }
        }

        @Test func aServiceThatSaysNothingLeavesOpenWhatOnlyTextCanShow() throws {
            try Service.run { service in
                let listener = try service.post("/v1/listeners", ["local": "127.0.0.1:0", "service": "discard"])
                guard case .number(let port) = listener.json["local"]["port"] else {
                    throw HarnessError("no listener: \(listener)")
                }
                let target = "127.0.0.1:\(Int(port))"
                let answer = try service.post("/v1/packs/rfc9293/runs", ["remote": .string(target)])
                #expect(answer.json["inconclusive"] == 4 && answer.json["fail"] == 0, "\(answer)")
            }
        }

        @Test func aPortWhereNobodyListensFailsWhatItShouldAnswer() throws {
            let port = try KernelSocket.freePort()
            try Service.run { service in
                let answer = try service.post("/v1/packs/rfc5961/runs", ["remote": "127.0.0.1:\(port)"])
                #expect(
                    answer.json["inconclusive"] == .number(Double(answer.json["matrix"].elements.count)), "\(answer)")
                expectProblem(
                    try service.post("/v1/packs/rfc5961/runs", ["remote": "192.0.2.1:80"]), 403, "target-not-allowed")
                expectProblem(try service.post("/v1/packs/none/runs", ["remote": "127.0.0.1:1"]), 404, "not-found")
                expectProblem(try service.post("/v1/packs/rfc5961/runs", ["remote": 7]), 422, "invalid-request")
            }
        }

        @Test func aScriptRunsAgainstARealPeer() throws {
            let server = try EchoServer()
            let script = """
                0 < S 1000:1000(0) win 65535 <mss 1000>
                +0 > S. 0:0(0) ack 1001 <...>
                +0 < P. 1001:1006(5) ack 1 win 65535
                * > . 1:1(0) ack 1006 <...>
                * > P. 1:6(5) ack 1006 <...>
                +0 < R. 1006:1006(0) ack 6 win 0
                """
            try Service.run { service in
                let target = "/v1/scenarios?clock=real&remote=127.0.0.1:\(server.port)"
                let answer = try run(service, target, script)
                #expect(answer.status == 200, "\(answer)")
                #expect(answer.json["verdict"] == "pass")
                let failed = try run(service, target, script.replacingOccurrences(of: "ack 1001 <", with: "ack 1002 <"))
                expectProblem(failed, 422, "scenario-failed")
                #expect(failed.json["line"] == 2)
                #expect(failed.json["actual"].string?.contains("ack 1001") == true)
            }
        }

        @Test func aScriptsCallsAreMadeOnOurStackOnTheWire() throws {
            try Service.run { service in
                let passive = """
                    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                    +0 bind(3, ..., ...) = 0
                    +0 listen(3, 1) = 0
                    +0 < S 1000:1000(0) win 65535 <mss 1000>
                    +0 > S. 0:0(0) ack 1001 <...>
                    +0 < . 1001:1001(0) ack 1 win 65535
                    +0 accept(3, ..., ...) = 4
                    +0 write(4, "hello", 5) = 5
                    +0 > P. 1:6(5) ack 1001
                    +0 < P. 1001:1011(10) ack 6 win 65535
                    +0 read(4, ..., 100) = 10
                    +0 > . 6:6(0) ack 1011
                    +0 close(4) = 0
                    +0 > F. 6:6(0) ack 1011
                    """
                let answer = try run(service, "/v1/scenarios?clock=real", passive)
                #expect(answer.status == 200, "\(answer)")
                let active = """
                    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                    +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
                    +0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
                    +0 > S 0:0(0) <...>
                    +0 < S. 5000:5000(0) ack 1 win 65535 <mss 1000>
                    +0 > . 1:1(0) ack 5001
                    """
                #expect(try run(service, "/v1/scenarios?clock=real", active).status == 200)
            }
        }

        @Test func callsThatBlockEndWhenTheirTimeHasCome() throws {
            let script = """
                0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
                +0 bind(3, ..., ...) = 0
                +0 listen(3, 1) = 0
                +0...0.2 accept(3, ..., ...) = 4
                +.1 < S 1000:1000(0) win 65535 <mss 1000>
                +0 > S. 0:0(0) ack 1001 <...>
                +.1 < . 1001:1001(0) ack 1 win 65535
                +0...0.2 read(4, ..., 100) = 10
                +.2 < P. 1001:1011(10) ack 1 win 65535
                +0 > . 1:1(0) ack 1011
                +0 %{ assert tcpi_bytes_received == 10 and tcpi_state == TCP_ESTABLISHED }%
                +0 `ss -tan | grep -c ESTAB | grep 1`
                +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
                +0 read(4, ..., 100) = -1 EAGAIN (Resource temporarily unavailable)
                +0 close(4) = 0
                +0 > F. 1:1(0) ack 1011
                """
            try Service.run { service in
                let answer = try run(service, "/v1/scenarios?clock=real", script)
                #expect(answer.status == 200, "\(answer)")
                let six = try run(service, "/v1/scenarios?clock=real", "--ip_version=ipv6\n" + script)
                #expect(six.status == 200, "\(six)")
                let blocked = try run(
                    service, "/v1/scenarios?clock=real", script.replacingOccurrences(of: "100) = 10", with: "100) = 11")
                )
                expectProblem(blocked, 422, "scenario-failed")
                #expect(blocked.json["line"] == 9 && blocked.json["actual"] == "read = 10", "\(blocked)")
                let wrong = try run(
                    service, "/v1/scenarios?clock=real",
                    script.replacingOccurrences(of: "received == 10", with: "received == 12"))
                expectProblem(wrong, 422, "scenario-failed")
                #expect(wrong.json["line"] == 12, "\(wrong)")
                #expect(wrong.json["actual"].string?.contains("tcpi_bytes_received = 10") == true, "\(wrong)")
                // Nothing stays behind, however a script ends.
                #expect(try service.get("/v1/connections").json["connections"] == [])
                #expect(try service.get("/v1/listeners").json["listeners"] == [])
            }
        }

        @Test func aConnectThatBlocksEndsWithTheHandshakeOrItsRefusal() throws {
            let script = """
                0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                0...0.1 connect(3, ..., ...) = 0
                +0 > S 0:0(0) <...>
                +.1 < S. 5000:5000(0) ack 1 win 65535 <mss 1000>
                +0 > . 1:1(0) ack 5001
                """
            try Service.run { service in
                let answer = try run(service, "/v1/scenarios?clock=real", script)
                #expect(answer.status == 200, "\(answer)")
                let refused = """
                    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                    0...0.1 connect(3, ..., ...) = -1 ECONNREFUSED (Connection refused)
                    +0 > S 0:0(0) <...>
                    +.1 < R. 0:0(0) ack 1 win 0
                    """
                let second = try run(service, "/v1/scenarios?clock=real", refused)
                #expect(second.status == 200, "\(second)")
            }
        }

        @Test func aLineWithoutEffectOnTheWireIsRefusedBeforeAnythingLeaves() throws {
            let begin = "0 < S 1000:1000(0) win 65535\n"
            let own = [
                "+0 < icmp unreachable host_unreachable [0:0(0)]",
                "+0 getsockopt(3, SOL_TCP, TCP_NODELAY, [1], [4]) = 0",
                "+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [9000], 4) = 0", "+0 readv(3, [{..., 10}], 1) = 10",
                "+0 recv(3, ..., 10, MSG_PEEK) = 10",
            ]
            let remote = [
                "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3", "+0 %{ assert tcpi_state == 1 }%",
                "+0 `ss -tan | grep -c ESTAB | grep 1`",
            ]
            try Service.run { service in
                for (lines, target) in [(own, ""), (own + remote, "&remote=127.0.0.1:9")] {
                    for line in lines {
                        let answer = try run(service, "/v1/scenarios?clock=real\(target)", begin + line)
                        expectProblem(answer, 400, "unsupported-script")
                        #expect(answer.json["line"] == 2, "\(line): \(answer)")
                    }
                }
                expectProblem(try run(service, "/v1/scenarios?clock=real&seed=1", begin), 422, "invalid-request")
                #expect(try service.get("/v1/segments").json["segments"] == [])
            }
        }

        @Test func theProfileChoosesWhatOurStackLooksLikeOnTheWire() throws {
            let script = """
                #ifdef FreeBSD
                0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
                +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
                +0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
                +0 > S 0:0(0) <...>
                #endif
                """
            try Service.run { service in
                let answer = try run(service, "/v1/scenarios?clock=real&profile=freebsd", script)
                #expect(answer.status == 200 && answer.json["lines"] == 4, "\(answer)")
                let syn = try service.get("/v1/segments?flags=SYN").json["segments"].elements.first
                let scale = syn?["tcp"]["options"].elements.first { $0["name"] == "windowScale" }
                #expect(scale?["value"] == 6, "\(syn as Any)")
            }
        }
    }
}
