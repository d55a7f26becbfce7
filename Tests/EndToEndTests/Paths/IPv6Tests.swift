import Engine
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// IPv6 does what IPv4 does: on loopback, over a link, in both roles.
    @Suite struct IPv6 {
        @Test func theWholeJobRunsOverLoopback() throws {
            let network = try NetworkNamespace()
            let server = try KernelSocket.listening(at: "::1", in: network)
            try Service.run(in: network) { service in
                let before = try network.kernelResets()
                let opened = try service.post("/v1/connections", ["remote": "[::1]:\(server.localPort)"])
                try #require(opened.status == 201, "\(opened)")
                #expect(opened.json["local"]["address"] == "::1")
                let connection = "/v1/connections/c1"
                let peer = try server.accepted()
                #expect(try service.post("\(connection)/send", ["text": "hello six"]).status == 200)
                #expect(try String(decoding: peer.read(), as: UTF8.self) == "hello six")
                try peer.write("and back")
                #expect(try service.get("\(connection)/received?minimum=8&wait=5s").text == "and back")
                peer.endWriting()
                #expect(try service.post("\(connection)/close").status == 200)
                #expect(try service.get("\(connection)?wait=closed&timeout=5s").json["closeReason"] == "normal")
                #expect(try network.kernelResets() == before)
            }
        }

        @Test func theEchoCommandAnswersAtBothLoopbacks() throws {
            let network = try NetworkNamespace()
            let server = try EchoServer(in: network)
            try Service.run(in: network) { service in
                for host in ["127.0.0.1", "[::1]"] {
                    try service.expectEcho(of: "echo", over: service.connect(to: "\(host):\(server.port)"))
                }
            }
        }

        @Test func theLogShowsAReceivedHeaderAsReconstructed() throws {
            let network = try NetworkNamespace()
            let server = try KernelSocket.listening(at: "::1", in: network)
            try Service.run(in: network) { service in
                let opened = try service.post(
                    "/v1/connections", ["remote": "[::1]:\(server.localPort)", "dscp": 10, "ttl": 33])
                try #require(opened.status == 201, "\(opened)")
                let records = try service.segments(of: "c1")
                try #require(records.count >= 2)
                let sent = records[0]["ip"]
                #expect(sent["version"] == 6 && sent["ttl"] == 33 && sent["dscp"] == 10)
                #expect(sent["reconstructed"] == .null)
                let received = records[1]["ip"]
                #expect(received["version"] == 6 && received["reconstructed"] == true)
                #expect(received["source"] == "::1" && received["destination"] == "::1")
                #expect(received["ttl"] == 64 && received["length"] == 80)
                #expect(records[1]["tcp"]["checksum"]["verdict"] == "offloaded")
                // RFC 9293 §3.7.1: loopback's MTU of 65,536 less 60.
                #expect(records[0]["tcp"]["options"][0]["value"] == 65_476)
            }
        }

        @Test func aListenerAtAnIPv6AddressServesTheKernelsClients() throws {
            let network = try NetworkNamespace()
            try Service.run(in: network) { service in
                for local in ["[::1]:0", "[::]:0"] {
                    let opened = try service.post("/v1/listeners", ["local": .string(local), "service": "echo"])
                    try #require(opened.status == 201, "\(opened)")
                    let port = try #require(opened.json["local"]["port"].int)
                    let client = try KernelSocket.connected(to: UInt16(port), at: "::1", in: network)
                    try client.write("echo six")
                    #expect(try String(decoding: client.read(), as: UTF8.self) == "echo six")
                    client.endWriting()
                    #expect(try client.read().isEmpty)
                }
                // A listener at :: is not one at 0.0.0.0: there the kernel answers, since nothing guards the port.
                let port = try #require(try service.get("/v1/listeners/l2").json["local"]["port"].int)
                #expect(throws: HarnessError.self) { try KernelSocket.connected(to: UInt16(port), in: network) }
            }
        }

        @Test func ourClientMeetsOurListenerOverALinkAddress() throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.2.1", there, "10.77.2.2").connect()
            try Service.run(["--allow-target", "fd00::/64"], in: here) { service in
                let listener = try service.post("/v1/listeners", ["local": "[fd00::1]:0", "service": "echo"])
                try #require(listener.status == 201, "\(listener)")
                let port = try #require(listener.json["local"]["port"].int)
                try service.expectEcho(of: "to myself", over: service.connect(to: "[fd00::1]:\(port)"))
            }
        }

        @Test func bulkGoesBothWaysOverALink() throws {
            let here = try NetworkNamespace()
            let there = try NetworkNamespace()
            try VethPair(here, "10.77.3.1", there, "10.77.3.2").connect()
            let server = try KernelSocket.listening(at: "fd00::2", in: there)
            var random = SplitMix64(seed: 6)
            let octets = random.octets(4 << 20)
            try Service.run(["--allow-target", "fd00::/64"], in: here) { service in
                let before = try here.kernelResets()
                let opened = try service.post("/v1/connections", ["remote": "[fd00::2]:\(server.localPort)"])
                try #require(opened.status == 201, "\(opened)")
                #expect(opened.json["mss"] == 1_440)
                let peer = try server.accepted()
                let received = try inParallel({ try peer.read(all: octets.count) }) {
                    let answer = try service.post("/v1/connections/c1/send", octets: octets)
                    #expect(answer.status == 200)
                }
                // Not compared inside the macro: it would print both.
                let arrived = received == octets
                #expect(arrived)
                try inParallel({ try peer.write(octets) }) {
                    let cameBack = try service.readAll(octets.count, from: "/v1/connections/c1") == octets
                    #expect(cameBack)
                }
                #expect(try here.kernelResets() == before)
            }
        }

        @Test(arguments: [
            ("[fe80::1]:80", "--allow-target"), ("[ff02::1]:80", "multicast"), ("[::]:80", "names no host"),
            ("[2001:db8::1]:80", "only loopback"), ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ])
        func aTargetBeyondLoopbackIsNotAllowed(remote: String, words: String) throws {
            try Service.run { service in
                let answer = try service.post("/v1/connections", ["remote": .string(remote)])
                expectProblem(answer, 403, "target-not-allowed")
                #expect(answer.text.contains(words), "\(answer)")
                #expect(try service.get("/v1/segments").json["segments"] == [])
            }
        }

        @Test func aMappedAddressIsTheIPv4AddressInside() throws {
            let server = try EchoServer()
            try Service.run { service in
                let opened = try service.post("/v1/connections", ["remote": "[::ffff:127.0.0.1]:\(server.port)"])
                try #require(opened.status == 201, "\(opened)")
                #expect(opened.json["remote"]["address"] == "127.0.0.1")
            }
        }

        @Test func bothEndsAreOfOneFamily() throws {
            try Service.run { service in
                let answer = try service.post("/v1/connections", ["remote": "[::1]:80", "local": "127.0.0.1:0"])
                expectProblem(answer, 422, "invalid-request")
                #expect(answer.json["errors"][0]["pointer"] == "/local")
            }
        }

        @Test func withoutIPv6TheServiceRunsAndSaysWhy() throws {
            let network = try NetworkNamespace()
            try network.set("net/ipv6/conf/all/disable_ipv6", to: "1")
            let server = try EchoServer(in: network)
            try Service.run(in: network) { service in
                _ = try service.connect(to: server.port)
                let answer = try service.post("/v1/connections", ["remote": "[::1]:\(server.port)"])
                expectProblem(answer, 502, "unreachable")
                let check = try service.get("/v1/doctor").json["checks"].elements.first { $0["name"] == "ipv6" }
                #expect(check?["verdict"] == "warn")
                #expect(check?["remedy"].string?.contains("disable_ipv6") == true)
            }
        }
    }
}
