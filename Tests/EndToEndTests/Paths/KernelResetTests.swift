import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Without a guard the kernel resets what it does not know; the answer names it and shows the three segments.
    @Suite struct KernelReset {
        /// Expects the story: our SYN, the peer's SYN,ACK, the RST of our kernel.
        private static func expectStory(_ answer: HTTPAnswer, in service: Service) throws {
            expectProblem(answer, 502, "kernel-reset")
            let numbers = answer.json["segments"].elements.compactMap(\.int)
            try #require(numbers.count == 3, "\(answer)")
            let records = try numbers.map { try service.get("/v1/segments/\($0)").json }
            #expect(records.map { $0["tcp"]["flags"] }[0...1] == [["SYN"], ["SYN", "ACK"]])
            #expect(records[2]["tcp"]["flags"].elements.contains("RST"))
            #expect(records.map { $0["direction"] } == ["out", "in", "out"])
            #expect(records.map { $0["cause"] } == ["syn", "accepted", "observed"])
            let id = try #require(answer.json["connection"].string)
            #expect(records.allSatisfy { $0["connection"].string == id })
            #expect(try service.get("/v1/connections/\(id)").json["state"] == "CLOSED")
        }

        @Test(arguments: ["127.0.0.1", "::1"]) func itIsNamedOnLoopback(address: String) throws {
            let network = try NetworkNamespace()
            let server = try KernelSocket.listening(at: address, in: network)
            try Service.run(in: network) { service in
                let host = address.contains(":") ? "[\(address)]" : address
                let answer = try service.post(
                    "/v1/connections", ["remote": "\(host):\(server.localPort)", "guard": "none"])
                try Self.expectStory(answer, in: service)
                // With a guard all is well, and our own RST at the end is not taken for the kernel's.
                let guarded = try service.post("/v1/connections", ["remote": "\(host):\(server.localPort)"])
                #expect(guarded.status == 201, "\(guarded)")
            }
        }

        @Test(arguments: [4, 6]) func itIsNamedOverALink(version: Int) throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.60.1", there, "10.77.60.2").connect()
            let server = try KernelSocket.listening(at: version == 4 ? "10.77.60.2" : "fd00::2", in: there)
            let flags = ["--allow-target", "10.77.60.0/24", "--allow-target", "[fd00::]/64"]
            try Service.run(flags, in: here) { service in
                let remote = (version == 4 ? "10.77.60.2" : "[fd00::2]") + ":\(server.localPort)"
                let answer = try service.post("/v1/connections", ["remote": .string(remote), "guard": "none"])
                try Self.expectStory(answer, in: service)
            }
        }

        @Test func theRuleByHandKeepsTheKernelSilent() throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.61.1", there, "10.77.61.2").connect()
            let server = try KernelSocket.listening(at: "10.77.61.2", in: there)
            try Service.run(["--allow-target", "10.77.61.0/24"], in: here) { service in
                let rules = try service.get("/v1/doctor/rules?format=nft")
                #expect(rules.fields["content-type"]?.hasPrefix("text/plain") == true)
                let file = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID()).nft")
                defer { try? FileManager.default.removeItem(at: file) }
                try rules.text.write(to: file, atomically: true, encoding: .utf8)
                try here.run(["nft", "-f", file.path()])
                let opened = try service.post(
                    "/v1/connections", ["remote": "10.77.61.2:\(server.localPort)", "guard": "none"])
                #expect(opened.status == 201, "\(opened)")
                let peer = try server.accepted()
                #expect(try service.post("/v1/connections/c1/send", ["text": "past the rule"]).status == 200)
                #expect(try String(decoding: peer.read(), as: UTF8.self) == "past the rule")
                // Our own RST passes.
                #expect(try service.delete("/v1/connections/c1").status == 204)
                #expect(throws: HarnessError.self) { try peer.read() }
                // The service has given up what listing tables takes, and says so; the command has not.
                let check = try service.get("/v1/doctor").json["checks"].elements.first { $0["name"] == "firewall" }
                #expect(check?["verdict"] == "warn" && check?["remedy"].string?.contains("nft list ruleset") == true)
                #expect(try here.run([Checkout.program, "doctor"]).contains("inet rawtcpweb"))
                #expect(try service.get("/v1/doctor/rules?format=iptables").text.contains("--sport 20000:29999"))
                expectProblem(try service.get("/v1/doctor/rules?format=pf"), 422, "invalid-request")
            }
        }
    }
}
