import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// TCP options registered over HTTP.
    @Suite struct RegisteredOptions {
        private func put(_ service: Service, _ name: String, _ json: JSON) throws -> HTTPAnswer {
            try service.client.send(
                "PUT", "/v1/options/\(name)", fields: ["Content-Type": "application/json"], body: json.octets())
        }

        @Test func anOptionIsSentAndShownByName() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let delay: JSON = [
                    "kind": 254, "exid": "0xBEEF", "attach": "every",
                    "fields": [
                        ["name": "delayMs", "type": "u16", "value": 40],
                        ["name": "n", "type": "u8", "rule": "counter"],
                    ],
                ]
                let created = try put(service, "delay", delay)
                #expect(created.status == 201, "\(created)")
                #expect(try put(service, "delay", delay).status == 200)
                // Twelve octets of timestamps and eight of MSS and window scale leave room enough.
                let connection = try service.connect(to: listener.localPort)
                let records = try service.segments(of: connection)
                let option = records[0]["tcp"]["options"].elements.first { $0["name"] == "delay" }
                #expect(option?["fields"]["delayMs"] == 40)
                #expect(option?["exid"] == "0xbeef")
                #expect(try service.get("/v1/options").json["options"].elements.count == 1)
                #expect(try service.get("/v1/segments?format=text").text.contains("delay delayMs 40"))
                #expect(try service.delete("/v1/options/delay").status == 204)
                expectProblem(try service.get("/v1/options/delay"), 404, "not-found")
            }
        }

        @Test func whatDoesNotFitIsRefusedBeforeTheHandshake() throws {
            try Service.run { service in
                let long: JSON = [
                    "kind": 253, "attach": "syn", "fields": [["name": "cookie", "type": "bytes", "length": 24]],
                ]
                #expect(try put(service, "long", long).status == 201)
                let answer = try service.post("/v1/connections", ["remote": "127.0.0.1:9"])
                expectProblem(answer, 422, "invalid-request")
                #expect(answer.text.contains("room for 40"), "\(answer)")
                #expect(try service.get("/v1/segments").json["segments"] == [])
            }
        }

        @Test func aWrongDefinitionIsNamedByItsPlace() throws {
            try Service.run { service in
                let cases: [(JSON, String)] = [
                    ([:], "/kind"),
                    (["kind": 8], "/kind"),
                    (["kind": 254, "exid": "BEEF"], "/exid"),
                    (["kind": 254, "fields": [["name": "a", "type": "u24"]]], "/fields/0/type"),
                    (["kind": 254, "fields": [["name": "a", "type": "u8", "value": 256]]], "/fields/0/value"),
                    (["kind": 254, "fields": [["name": "a", "type": "u64[5]"]]], "/fields"),
                    (["kind": 254, "fields": [["name": "a", "type": "text", "rule": "echo"]]], "/fields"),
                ]
                for (body, pointer) in cases {
                    let answer = try put(service, "probe", body)
                    expectProblem(answer, 422, "invalid-request")
                    #expect(answer.json["errors"].elements.contains { $0["pointer"].string == pointer }, "\(answer)")
                }
                #expect(try put(service, "probe", ["kind": 254]).status == 201)
                expectProblem(try put(service, "other", ["kind": 254]), 422, "invalid-request")
                expectProblem(try put(service, "c1", ["kind": 253]), 422, "invalid-request")
            }
        }
    }
}
