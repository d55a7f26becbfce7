import Foundation
import Testing

extension EndToEnd {
    /// Connections on the wire, written as scripts and run again on virtual time.
    @Suite struct Replays {
        /// The script of a connection, which must pass.
        private func replay(_ id: String, _ service: Service) throws -> String {
            let script = try service.get("/v1/connections/\(id)/script?as=packetdrill")
            try #require(script.status == 200, "\(script)")
            let run = try service.client.send(
                "POST", "/v1/scenarios", fields: ["Content-Type": "text/x-packetdrill"], body: script.body)
            let text = String(decoding: script.body, as: UTF8.self)
            #expect(run.json["verdict"] == "pass", "\(run)\n\(text)")
            return text
        }

        /// Opens a connection to a listener of the service's own, has a text echoed, and closes; both ends.
        private func exchange(
            _ service: Service, at address: String, _ members: [String: JSON], length: Int
        ) throws -> [String] {
            let listener = try service.post("/v1/listeners", ["local": "\(address):0", "service": "echo"])
            let port = try #require(listener.json["local"]["port"].int, "\(listener)")
            let request = members.merging(["remote": "\(address):\(port)"]) { given, _ in given }
            let opened = try service.post("/v1/connections?timeout=20s", .object(request))
            let id = try #require(opened.json["id"].string, "\(opened)")
            let sent = try service.post(
                "/v1/connections/\(id)/send?timeout=30s", octets: [UInt8](repeating: 0x2e, count: length))
            try #require(sent.status == 200, "\(sent)")
            var offset = 0
            while offset < length {
                let answer = try service.get("/v1/connections/\(id)/received?offset=\(offset)&wait=30s")
                try #require(answer.status == 200 && !answer.body.isEmpty, "\(answer)")
                offset += answer.body.count
            }
            _ = try service.post("/v1/connections/\(id)/close?timeout=30s")
            let accepted = try service.get("/v1/listeners/\(listener.json["id"].string ?? "")/accepted").json
            let peer = try #require(accepted["connections"][0]["id"].string)
            _ = try service.get("/v1/connections/\(peer)?wait=state:CLOSED&timeout=30s")
            return [id, peer]
        }

        @Test(
            "the script of an exchange passes, from both ends",
            arguments: zip(["127.0.0.1", "[::1]", "127.0.0.1"], ["default", "linux", "freebsd"]))
        func exchangePasses(address: String, personality: String) throws {
            try Service.run { service in
                let members: [String: JSON] = [
                    "personality": .string(personality), "windowScale": 3, "sack": false,
                    "initialSequence": 4_294_967_290,
                ]
                for id in try exchange(service, at: address, members, length: 5) {
                    let text = try replay(id, service)
                    #expect(text.contains("P. 1:6(5) ack 1"), "\(text)")
                }
            }
        }

        @Test("the script of a lossy connection passes, as far as it goes")
        func lossyConnectionPasses() throws {
            try Service.run { service in
                let lossy = try service.post(
                    "/v1/impairments",
                    ["name": "lossy", "type": "loss", "seed": 5, "attributes": ["probability": 0.05]])
                try #require(lossy.status == 201, "\(lossy)")
                for id in try exchange(service, at: "127.0.0.1", ["mss": 1_000], length: 60_000) {
                    let text = try replay(id, service)
                    let steps = text.split(separator: "\n").count { !$0.hasPrefix("//") }
                    #expect(steps > 20, "\(text)")
                }
            }
        }
    }
}
