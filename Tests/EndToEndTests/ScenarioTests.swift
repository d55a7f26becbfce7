import Foundation
import Testing

extension EndToEnd {
    /// Scripts and packs on the wire.
    @Suite struct Scenarios {
        private func run(_ service: Service, _ target: String, _ script: String) throws -> HTTPAnswer {
            try service.client.send(
                "POST", target, fields: ["Content-Type": "text/x-packetdrill"], body: Array(script.utf8))
        }

        @Test func theKernelMeetsThePacksRequirements() throws {
            let server = try EchoServer()
            try Service.run { service in
                for pack in try service.get("/v1/packs").json["packs"].elements {
                    let name = try #require(pack["name"].string)
                    let answer = try service.post("/v1/packs/\(name)/runs", ["remote": "127.0.0.1:\(server.port)"])
                    try #require(answer.status == 200, "\(answer)")
                    let matrix = answer.json["matrix"].elements
                    #expect(matrix.count == pack["requirements"].elements.count)
                    for row in matrix {
                        #expect(row["verdict"] == "pass", "\(name): \(row)")
                        guard case .number(let number) = row["segment"] else { continue }
                        #expect(try service.get("/v1/segments/\(Int(number))").json["direction"] == "in")
                    }
                }
            }
        }

        @Test func ourOwnListenerMeetsThePacksRequirements() throws {
            try Service.run { service in
                let listener = try service.post("/v1/listeners", ["local": "127.0.0.1:0", "service": "discard"])
                guard case .number(let port) = listener.json["local"]["port"] else {
                    throw HarnessError("no listener: \(listener)")
                }
                for name in ["rfc9293", "rfc5961"] {
                    let answer = try service.post("/v1/packs/\(name)/runs", ["remote": "127.0.0.1:\(Int(port))"])
                    for row in answer.json["matrix"].elements { #expect(row["verdict"] == "pass", "\(name): \(row)") }
                }
            }
        }

        @Test func aPortWhereNobodyListensFailsWhatItShouldAnswer() throws {
            let port = try KernelSocket.freePort()
            try Service.run { service in
                let answer = try service.post("/v1/packs/rfc5961/runs", ["remote": "127.0.0.1:\(port)"])
                #expect(answer.json["inconclusive"] == 4, "\(answer)")
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
                    +0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
                    +0 > S 0:0(0) <...>
                    +0 < S. 5000:5000(0) ack 1 win 65535 <mss 1000>
                    +0 > . 1:1(0) ack 5001
                    """
                #expect(try run(service, "/v1/scenarios?clock=real", active).status == 200)
            }
        }
    }
}
