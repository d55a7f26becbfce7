import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// IPv6 link-local addresses, which mean a host only at an interface: `fe80::2%veth0`.
    @Suite struct Zone {
        /// Two networks joined by a link, at whose ends stand fe80::1 and fe80::2.
        private struct Link {
            let here: NetworkNamespace
            let there: NetworkNamespace
            static let flags = ["--allow-target", "[fe80::]/10"]

            init(_ number: Int) throws {
                here = try NetworkNamespace()
                there = try NetworkNamespace()
                try VethPair(here, "10.78.\(number).1", there, "10.78.\(number).2").connect()
                for (network, address) in [(here, "fe80::1"), (there, "fe80::2")] {
                    try network.run(["ip", "address", "add", "\(address)/64", "dev", "veth0", "nodad"])
                }
            }

            /// A listener of the kernel's at the far end.
            func server() throws -> KernelSocket {
                try KernelSocket.listening(at: "fe80::2%\(there.interface("veth0"))", in: there)
            }
        }

        @Test func theWholeJobRunsAtALinkLocalAddress() throws {
            let link = try Link(1)
            let server = try link.server()
            try Service.run(Link.flags, in: link.here) { service in
                let before = try link.here.kernelResets()
                let opened = try service.post(
                    "/v1/connections", ["remote": .string("[fe80::2%veth0]:\(server.localPort)")])
                try #require(opened.status == 201, "\(opened)")
                #expect(opened.json["local"]["address"].string?.hasSuffix("%veth0") == true, "\(opened)")
                #expect(opened.json["remote"]["address"] == "fe80::2%veth0")
                #expect(opened.json["mss"] == 1_440)
                let peer = try server.accepted()
                #expect(try service.post("/v1/connections/c1/send", ["text": "hello"]).status == 200)
                #expect(try String(decoding: peer.read(), as: UTF8.self) == "hello")
                try peer.write("and back")
                #expect(try service.get("/v1/connections/c1/received?minimum=8&wait=5s").text == "and back")
                peer.endWriting()
                #expect(try service.post("/v1/connections/c1/close").status == 200)
                #expect(try service.get("/v1/connections/c1?wait=closed&timeout=5s").json["closeReason"] == "normal")
                #expect(try link.here.kernelResets() == before)
                // What is on the wire has no zone.
                #expect(try service.segments(of: "c1")[0]["ip"]["destination"] == "fe80::2")
            }
        }

        /// By name, by number, and with a local address of the user's choice.
        @Test func theInterfaceIsNamedOrNumbered() throws {
            let link = try Link(2)
            let server = try link.server()
            let number = link.here.interface("veth0")
            try Service.run(Link.flags, in: link.here) { service in
                let remote = "[fe80::2%\(number)]:\(server.localPort)"
                let opened = try service.post(
                    "/v1/connections", ["remote": .string(remote), "local": "[fe80::1%veth0]:0"])
                try #require(opened.status == 201, "\(opened)")
                #expect(opened.json["local"]["address"] == "fe80::1%veth0")
                #expect(opened.json["remote"]["address"] == "fe80::2%veth0")
                #expect(try service.delete("/v1/connections/c1").status == 204)
            }
        }

        @Test(arguments: ["[fe80::1%veth0]:0", "[::]:0"])
        func aListenerServesTheKernelsClients(local: String) throws {
            let link = try Link(3)
            try Service.run(Link.flags, in: link.here) { service in
                let opened = try service.post("/v1/listeners", ["local": .string(local), "service": "echo"])
                try #require(opened.status == 201, "\(opened)")
                let port = UInt16(try #require(opened.json["local"]["port"].int))
                let client = try KernelSocket.connected(
                    to: port, at: "fe80::1%\(link.there.interface("veth0"))", in: link.there)
                try client.write("echo at the link")
                #expect(try String(decoding: client.read(), as: UTF8.self) == "echo at the link")
                client.endWriting()
                #expect(try client.read().isEmpty)
                let served = try service.get("/v1/connections/c1").json
                #expect(served["local"]["address"] == "fe80::1%veth0")
                #expect(served["remote"]["address"].string?.hasSuffix("%veth0") == true)
                let heard = try service.get("/v1/segments?listener=l1&direction=in").json["segments"].elements
                #expect(heard.first?["tcp"]["flags"] == ["SYN"])
            }
        }

        @Test func ourClientMeetsOurListener() throws {
            let link = try Link(4)
            try Service.run(Link.flags, in: link.here) { service in
                let listener = try service.post("/v1/listeners", ["local": "[fe80::1%veth0]:0", "service": "echo"])
                try #require(listener.status == 201, "\(listener)")
                let port = try #require(listener.json["local"]["port"].int)
                try service.expectEcho(of: "to myself", over: service.connect(to: "[fe80::1%veth0]:\(port)"))
            }
        }

        /// Two links, and at the far end of each the same address and the same port.
        @Test func theSameAddressAtAnotherInterfaceIsAnotherHost() throws {
            let first = try Link(5)
            let elsewhere = try NetworkNamespace()
            try VethPair(first.here, "10.78.6.1", elsewhere, "10.78.6.2", device: "veth1").connect()
            try first.here.run(["ip", "address", "add", "fe80::1/64", "dev", "veth1", "nodad"])
            try elsewhere.run(["ip", "address", "add", "fe80::2/64", "dev", "veth1", "nodad"])
            let one = try first.server()
            let other = try KernelSocket.listening(
                on: one.localPort, at: "fe80::2%\(elsewhere.interface("veth1"))", in: elsewhere)
            try Service.run(Link.flags, in: first.here) { service in
                for (id, device) in [("c1", "veth0"), ("c2", "veth1")] {
                    let opened = try service.post(
                        "/v1/connections",
                        [
                            "remote": .string("[fe80::2%\(device)]:\(one.localPort)"),
                            "local": .string("[fe80::1%\(device)]:20123"),
                        ])
                    try #require(opened.status == 201, "\(opened)")
                    #expect(opened.json["id"].string == id)
                    #expect(opened.json["remote"]["address"].string == "fe80::2%\(device)")
                }
                let peers = [try one.accepted(), try other.accepted()]
                for (id, text) in [("c1", "to the one"), ("c2", "to the other")] {
                    #expect(try service.post("/v1/connections/\(id)/send", ["text": .string(text)]).status == 200)
                }
                #expect(try String(decoding: peers[0].read(), as: UTF8.self) == "to the one")
                #expect(try String(decoding: peers[1].read(), as: UTF8.self) == "to the other")
            }
        }

        @Test func aCraftedSegmentAndATwinOfTheKernelsGoThereToo() throws {
            let link = try Link(7)
            let server = try link.server()
            try Service.run(Link.flags, in: link.here) { service in
                let remote = JSON.string("[fe80::2%veth0]:\(server.localPort)")
                let crafted = try service.post(
                    "/v1/segments?wait=reply", ["remote": remote, "flags": ["SYN"], "sequence": 7])
                try #require(crafted.status == 201, "\(crafted)")
                #expect(crafted.json["replies"][0]["tcp"]["flags"] == ["SYN", "ACK"])
                let twin = try service.post("/v1/connections", ["remote": remote, "engine": "kernel"])
                try #require(twin.status == 201, "\(twin)")
                #expect(twin.json["remote"]["address"] == "fe80::2%veth0")
                let id = twin.json["id"].string ?? ""
                #expect(
                    try service.get("/v1/segments?connection=\(id)&direction=in").json["segments"].elements.count > 0)
            }
        }

        /// A segment that an impairment has kept still knows where it came from.
        @Test func aDelayedSegmentArrivesInItsZone() throws {
            let link = try Link(8)
            let server = try link.server()
            try Service.run(Link.flags, in: link.here) { service in
                let impaired = try service.post(
                    "/v1/impairments",
                    ["name": "late", "type": "delay", "stream": "downstream", "attributes": ["latency": "5ms"]])
                try #require(impaired.status == 201, "\(impaired)")
                let opened = try service.post(
                    "/v1/connections", ["remote": .string("[fe80::2%veth0]:\(server.localPort)")])
                #expect(opened.status == 201, "\(opened)")
                #expect(try service.delete("/v1/connections/c1").status == 204)
            }
        }

        /// RFC 6874 §2: in a URI, "%" stands in front of a zone as "%25".
        @Test func aTunnelLeadsThereToo() throws {
            let link = try Link(9)
            let server = try link.server()
            try Service.run(Link.flags, in: link.here) { service in
                let target = "[fe80::2%25veth0]:\(server.localPort)"
                let client = try KernelSocket.connected(to: service.client.port, in: link.here)
                try client.write("CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\r\n")
                let answer = try String(decoding: client.read(), as: UTF8.self)
                #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
                let peer = try server.accepted()
                try client.write("through")
                #expect(try String(decoding: peer.read(), as: UTF8.self) == "through")
            }
        }

        @Test(arguments: [
            ("[fe80::2]:80", "fe80::2%veth0"), ("[fe80::2%veth7]:80", "no interface \"veth7\""),
            ("[fd00::2%veth0]:80", "leave out \"%veth0\""),
        ])
        func anAddressWithoutAZoneOfItsOwnIsRefused(remote: String, words: String) throws {
            let link = try Link(10)
            try Service.run(Link.flags, in: link.here) { service in
                let answer = try service.post("/v1/connections", ["remote": .string(remote)])
                expectProblem(answer, 422, "invalid-request")
                #expect(answer.json["errors"][0]["pointer"] == "/remote")
                #expect(answer.json["detail"].string?.contains(words) == true, "\(answer)")
                let listener = try service.post("/v1/listeners", ["local": "[fe80::1]:0"])
                expectProblem(listener, 422, "invalid-request")
                #expect(listener.json["errors"][0]["pointer"] == "/local")
                #expect(listener.json["detail"].string?.contains("fe80::1%veth0") == true, "\(listener)")
            }
        }

        /// The kernel asks the link for the address, once here, and then tells us so in that zone.
        @Test func aHostThatIsNotThereIsUnreachable() throws {
            let link = try Link(11)
            try link.here.set("net/ipv6/neigh/veth0/mcast_solicit", to: "1")
            try Service.run(Link.flags, in: link.here) { service in
                let answer = try service.post("/v1/connections?timeout=3s", ["remote": "[fe80::99%veth0]:80"])
                expectProblem(answer, 502, "unreachable")
                #expect(answer.json["detail"].string?.contains("address unreachable") == true, "\(answer)")
            }
        }
    }
}

extension NetworkNamespace {
    /// The number of an interface in it, which a link-local address names behind `%`.
    fileprivate func interface(_ name: String) -> UInt32 { perform { if_nametoindex(name) } }
}
