import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The guards that serve a whole range of ports.
    @Suite struct GuardKinds {
        /// Talks over a connection with this guard while the kernel's counter of RSTs is watched.
        private static func expectTalk(_ kind: String, version: Int, in service: Service, with server: KernelSocket)
            throws
        {
            let remote = (version == 4 ? "10.77.70.2" : "[fd00::2]") + ":\(server.localPort)"
            let opened = try service.post("/v1/connections", ["remote": .string(remote), "guard": .string(kind)])
            try #require(opened.status == 201, "\(opened)")
            #expect(opened.json["options"]["guard"].string == kind)
            let connection = "/v1/connections/\(opened.json["id"].string ?? "")"
            let peer = try server.accepted()
            #expect(try service.post("\(connection)/send", ["text": "to the kernel"]).status == 200)
            #expect(try String(decoding: peer.read(), as: UTF8.self) == "to the kernel")
            try peer.write("and back")
            #expect(try service.get("\(connection)/received?minimum=8&wait=5s").text == "and back")
            // Our own RST gets out, and ends the peer's connection.
            #expect(try service.delete(connection).status == 204)
            #expect(throws: HarnessError.self) { try peer.read() }
        }

        private static func run(
            _ flags: [String], version: Int, _ test: (Service, NetworkNamespace, KernelSocket) throws -> Void
        )
            throws
        {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.70.1", there, "10.77.70.2").connect()
            let server = try KernelSocket.listening(at: version == 4 ? "10.77.70.2" : "fd00::2", in: there)
            let targets = ["--allow-target", "10.77.70.0/24", "--allow-target", "[fd00::]/64"]
            try Service.run(targets + flags, in: here) { service in try test(service, here, server) }
        }

        @Test(arguments: [4, 6]) func rangeGuardsManyPortsWithoutASocketForEach(version: Int) throws {
            try Self.run(["--guard-range", "20000-20999"], version: version) { service, here, server in
                let before = try here.kernelResets()
                try Self.expectTalk("range", version: version, in: service, with: server)
                #expect(try here.kernelResets() == before)
                #expect(try service.get("/v1/engine").json["guards"]["available"].elements.contains("range"))
                #expect(try service.get("/v1/engine").json["guards"]["opened"] == 0)
                let outside = try service.post(
                    "/v1/connections",
                    ["remote": "10.77.70.2:\(server.localPort)", "local": 21_000, "guard": "range"])
                expectProblem(outside, 422, "invalid-request")
                let checks = try service.get("/v1/doctor").json["checks"].elements
                #expect(checks.first { $0["name"] == "guard-range" }?["verdict"] == "pass")
            }
        }

        @Test func aListenerBehindTheRangeIsReachedAndOthersPortsAreLeftAlone() throws {
            let network = try NetworkNamespace()
            let other = try KernelSocket.listening(at: "127.0.0.1", in: network)
            try Service.run(["--guard", "range", "--guard-range", "20000-20099"], in: network) { service in
                let opened = try service.post("/v1/listeners", ["local": "127.0.0.1:0", "service": "echo"])
                try #require(opened.status == 201, "\(opened)")
                let port = UInt16(try #require(opened.json["local"]["port"].int))
                #expect((20_000...20_099).contains(port))
                let client = try KernelSocket.connected(to: port, in: network)
                try client.write("in range")
                #expect(try String(decoding: client.read(), as: UTF8.self) == "in range")
                _ = try KernelSocket.connected(to: other.localPort, in: network)
            }
        }

        @Test(arguments: [4, 6]) func nftablesKeepsTheKernelsResetsInsideAndLetsOursOut(version: Int) throws {
            try Self.run(["--guard", "nftables"], version: version) { service, here, server in
                let ruleset = try here.run(["nft", "list", "ruleset"])
                #expect(ruleset.contains("20000-29999") && ruleset.contains("drop"), "\(ruleset)")
                try Self.expectTalk("nftables", version: version, in: service, with: server)
                let checks = try service.get("/v1/doctor").json["checks"].elements
                #expect(checks.first { $0["name"] == "guard-nftables" }?["verdict"] == "pass", "\(checks)")
            }
        }

        @Test(arguments: ["range", "nftables"]) func guardsOutliveTheDropOfPrivileges(kind: String) throws {
            try Self.run(["--guard", kind, "--user", "nobody"], version: 4) { service, here, server in
                let before = try here.kernelResets()
                try Self.expectTalk(kind, version: 4, in: service, with: server)
                // The kernel counts what it makes, whether or not a rule then drops it.
                if kind == "range" { #expect(try here.kernelResets() == before) }
                let status = try String(
                    contentsOfFile: "/proc/\(service.process.pid)/status", encoding: .utf8)
                // CAP_NET_ADMIN, which both were opened with, is gone.
                #expect(status.contains("CapEff:\t0000000000002400"), "\(status)")
            }
        }

        @Test func theTableOfNftablesGoesWithTheProcess() throws {
            let network = try NetworkNamespace()
            let service = try Service(["--guard", "nftables"], in: network)
            #expect(try network.run(["nft", "list", "tables"]).contains("rawtcpweb"))
            service.process.signal(SIGKILL)
            _ = try service.process.wait(within: .patience)
            #expect(try network.run(["nft", "list", "tables"]).isEmpty)
        }

        @Test(arguments: ["range", "nftables"]) func aGuardThatWasNotOpenedIsRefusedWithTheFlag(kind: String) throws {
            let server = try EchoServer()
            try Service.run { service in
                let answer = try service.post(
                    "/v1/connections", ["remote": "127.0.0.1:\(server.port)", "guard": .string(kind)])
                expectProblem(answer, 409, "guard-unavailable")
                #expect(answer.json["detail"].string?.contains("--guard") == true, "\(answer)")
                #expect(try service.get("/v1/segments").json["segments"] == [])
                #expect(try service.get("/v1/engine").json["guards"]["available"] == ["socket", "none"])
            }
        }
    }
}
