import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Handshakes that come to nothing, each with the problem that says why.
    @Suite struct Failures {
        @Test func aRefusedPortIsAProblemWithItsSegments() throws {
            let port = try KernelSocket.freePort()
            try Service.run { service in
                let answer = try service.post("/v1/connections", ["remote": "127.0.0.1:\(port)"])
                expectProblem(answer, 502, "connection-refused")
                let numbers = answer.json["segments"].elements.compactMap(\.int)
                try #require(numbers.count == 2, "\(answer)")
                #expect(try service.get("/v1/segments/\(numbers[0])").json["tcp"]["flags"] == ["SYN"])
                #expect(try service.get("/v1/segments/\(numbers[1])").json["tcp"]["flags"] == ["RST", "ACK"])
                let id = try #require(answer.json["connection"].string)
                let connection = try service.get("/v1/connections/\(id)").json
                #expect(connection["state"] == "CLOSED")
                #expect(connection["closeReason"] == "refused")
            }
        }

        @Test func aSilentTargetRunsIntoTheTimeoutAndEarnsRetransmissions() throws {
            let target = try KernelSocket.silent()
            try Service.run { service in
                let answer = try service.post(
                    "/v1/connections?timeout=2500ms", ["remote": "127.0.0.1:\(target.localPort)"])
                expectProblem(answer, 504, "handshake-timeout")
                let id = try #require(answer.json["connection"].string)
                let records = try service.segments(of: id)
                #expect(records.first?["cause"] == "syn")
                // RFC 6298 §2.1: the first RTO is one second, so one repetition fits.
                let repetition = try #require(records.first { $0["cause"] == "rto" })
                #expect(repetition["retransmits"] == records.first?["number"])
                #expect(repetition["tcp"]["sequence"] == records[0]["tcp"]["sequence"])
            }
        }

        @Test func aLocalPortOfAnotherProgramIsInUse() throws {
            let server = try EchoServer()
            let holder = try KernelSocket.listening()
            try Service.run { service in
                let answer = try service.post(
                    "/v1/connections",
                    ["remote": "127.0.0.1:\(server.port)", "local": "127.0.0.1:\(holder.localPort)"])
                expectProblem(answer, 409, "port-in-use")
            }
        }

        @Test(arguments: ["192.0.2.1:80", "0.0.0.0:80", "224.0.0.1:80", "255.255.255.255:80"])
        func aTargetBeyondLoopbackIsNotAllowed(remote: String) throws {
            try Service.run { service in
                let answer = try service.post("/v1/connections", ["remote": .string(remote)])
                expectProblem(answer, 403, "target-not-allowed")
                if remote.hasPrefix("192") { #expect(answer.text.contains("--allow-target")) }
                #expect(try service.get("/v1/segments").json["segments"] == [])
            }
        }

        @Test func allowTargetOpensItsNetworkAndPortsAndNoMore() throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.1.1", there, "10.77.1.2").connect()
            let server = try KernelSocket.listening(at: "10.77.1.2", in: there)
            let other = try KernelSocket.listening(at: "10.77.1.2", in: there)
            try Service.run(["--allow-target", "10.77.1.2/32:\(server.localPort)"], in: here) { service in
                let allowed = try service.post("/v1/connections", ["remote": "10.77.1.2:\(server.localPort)"])
                #expect(allowed.status == 201, "\(allowed)")
                #expect(allowed.json["local"]["address"] == "10.77.1.1")
                let refused = try service.post("/v1/connections", ["remote": "10.77.1.2:\(other.localPort)"])
                expectProblem(refused, 403, "target-not-allowed")
                #expect(try service.delete("/v1/connections/c1").status == 204)
            }
        }

        @Test func aPeerThatResetsEndsTheConnection() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let connection = try service.connect(to: listener.localPort)
                try listener.accepted().reset()
                let ended = try service.get("\(connection)?wait=closed&timeout=5s").json
                #expect(ended["state"] == "CLOSED")
                #expect(ended["closeReason"] == "reset-by-peer")
                let rest = try service.get("\(connection)/received")
                #expect(rest.fields["stream-error"] == "reset-by-peer")
                #expect(rest.fields["stream-final"] == "false")
                expectProblem(try service.post("\(connection)/send", ["text": "x"]), 409, "not-open")
            }
        }

        @Test func deletingAnOpenConnectionResetsItAndForgetsIt() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let connection = try service.connect(to: listener.localPort)
                let peer = try listener.accepted()
                #expect(try service.delete(connection).status == 204)
                #expect(throws: HarnessError.self) { try peer.read() }
                expectProblem(try service.get(connection), 404, "not-found")
            }
        }

        @Test func aPeerThatClosesFirstLeavesUsTheLastWord() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let connection = try service.connect(to: listener.localPort)
                let peer = try listener.accepted()
                try peer.write("bye")
                peer.endWriting()
                let waiting = try service.get("\(connection)?wait=state:CLOSE-WAIT&timeout=5s").json
                #expect(waiting["state"] == "CLOSE-WAIT")
                let received = try service.get("\(connection)/received")
                #expect(received.text == "bye")
                #expect(received.fields["stream-final"] == "true")
                #expect(try service.post("\(connection)/send", ["text": "last word"]).status == 200)
                #expect(try String(decoding: peer.read(), as: UTF8.self) == "last word")
                #expect(try service.post("\(connection)/close").status == 200)
                #expect(try peer.read() == [])
                let ended = try service.get("\(connection)?wait=closed&timeout=5s").json
                #expect(ended["closeReason"] == "normal")
            }
        }
    }
}
