import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Paths that are bent over HTTP, with the kernel as the peer.
    @Suite struct ImpairedPaths {
        @Test func aDroppedSegmentStaysInTheLogAndIsRepeated() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try service.connect(to: server.port)
                let created = try service.post(
                    "/v1/impairments",
                    [
                        "name": "first-lost", "type": "drop", "stream": "upstream",
                        "connection": "\(connection.split(separator: "/").last ?? "")",
                        "attributes": ["nth": 1, "match": "data"],
                    ])
                try #require(created.status == 201, "\(created)")
                #expect(created.fields["location"] == "/v1/impairments/first-lost")
                let sent = try service.post("\(connection)/send", ["text": "hello"])
                #expect(sent.status == 200, "\(sent)")
                let records = try service.segments(of: connection)
                let lost = records.first { $0["impairment"]["action"] == "dropped" }
                #expect(lost?["impairment"] == ["name": "first-lost", "action": "dropped", "onWire": false])
                #expect(lost?["cause"] == "data")
                #expect(records.contains { $0["retransmits"] == lost?["number"] && $0["impairment"] == .null })
                let shown = try service.get("/v1/impairments/first-lost").json
                #expect(shown["counters"]["impaired"] == 1)
                #expect(try service.delete("/v1/impairments/first-lost").status == 204)
                expectProblem(try service.get("/v1/impairments/first-lost"), 404, "not-found")
            }
        }

        @Test func aDelayShowsInTheRoundTripTime() throws {
            let server = try EchoServer()
            try Service.run { service in
                let created = try service.post(
                    "/v1/impairments", ["type": "delay", "attributes": ["latency": "60ms"], "lease": .null])
                #expect(created.json["name"] == "delay_downstream")
                let connection = try service.connect(to: server.port)
                let minimum = try service.get(connection).json["rtt"]["minimum"]
                guard case .number(let seconds) = minimum else { throw HarnessError("no round-trip time: \(minimum)") }
                #expect(seconds >= 0.06)
            }
        }

        @Test func aHeldSegmentIsReleasedEdited() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let connection = try service.connect(to: listener.localPort)
                let peer = try listener.accepted()
                let created = try service.post(
                    "/v1/impairments",
                    ["name": "park", "type": "hold", "stream": "upstream", "attributes": ["match": "data"]])
                #expect(created.status == 201, "\(created)")
                _ = try service.post("\(connection)/send?wait=sent", ["text": "secret"])
                let held = try service.get("/v1/impairments/park/held").json["held"]
                // One, and its repetitions if it has been here for longer than a timeout.
                #expect(Set(held.elements.map { $0["record"]["tcp"]["sequence"] }).count == 1)
                #expect(held[0]["record"]["impairment"]["action"] == "held")
                let released = try service.post(
                    "/v1/impairments/park/release",
                    ["segment": held[0]["segment"], "edit": ["payload": ["text": "public"]]])
                #expect(released.json["segments"].elements.count == 1, "\(released)")
                #expect(String(decoding: try peer.read(), as: UTF8.self) == "public")
                expectProblem(
                    try service.post("/v1/impairments/park/release", ["segment": 4_000_000]), 422, "invalid-request")
            }
        }

        @Test func aResetLeavesNothingBehind() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try service.connect(to: server.port)
                #expect(try service.post("/v1/listeners", ["local": 0]).status == 201)
                #expect(try service.post("/v1/impairments", ["type": "loss"]).status == 201)
                expectProblem(try service.post("/v1/impairments", ["type": "loss"]), 409, "name-in-use")
                #expect(try service.post("/v1/reset").status == 204)
                #expect(try service.get("/v1/impairments").json["impairments"] == [])
                #expect(try service.get("/v1/listeners").json["listeners"] == [])
                #expect(try service.get(connection).json["closeReason"] == "aborted")
            }
        }

        @Test func aWrongImpairmentIsNamedByItsPlace() throws {
            try Service.run { service in
                let cases: [(JSON, String)] = [
                    ([:], "/type"),
                    (["type": "rain"], "/type"),
                    (["type": "loss", "attributes": ["probability": 1.5]], "/attributes/probability"),
                    (["type": "rate", "attributes": ["rate": 0]], "/attributes/rate"),
                    (["type": "loss", "toxicity": -1], "/toxicity"),
                    (["type": "drop", "attributes": ["nth": 0]], "/attributes/nth"),
                ]
                for (body, pointer) in cases {
                    let answer = try service.post("/v1/impairments", body)
                    expectProblem(answer, 422, "invalid-request")
                    #expect(answer.json["errors"].elements.contains { $0["pointer"].string == pointer }, "\(answer)")
                }
                let unknown = try service.post("/v1/impairments", ["type": "loss", "attributes": ["chance": 1]])
                expectProblem(unknown, 422, "unknown-member")
                expectProblem(
                    try service.post("/v1/impairments", ["type": "loss", "connection": "c99"]), 404, "not-found")
                // One body does for every type: what means nothing to this one is checked, and has no effect.
                let whole: JSON = ["probability": 0.05, "latency": "40ms", "jitter": "10ms", "nth": 3, "match": "data"]
                let every = try service.post("/v1/impairments", ["type": "loss", "attributes": whole])
                #expect(every.status == 201, "\(every)")
            }
        }
    }
}
