import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Segments made by hand, on real wires.
    @Suite struct Crafting {
        @Test func aCraftedSYNIsAnsweredAndNobodyResetsTheAnswer() throws {
            let network = try NetworkNamespace()
            let listener = try KernelSocket.listening(in: network)
            try Service.run(in: network) { service in
                let before = try network.kernelResets()
                let answer = try service.post(
                    "/v1/segments?wait=reply",
                    [
                        "remote": "127.0.0.1:\(listener.localPort)", "sequence": 4_294_967_290, "flags": ["SYN"],
                        "options": [["kind": 253, "hex": "f989"]], "window": 3_000,
                    ])
                try #require(answer.status == 201, "\(answer)")
                let reply = answer.json["replies"][0]
                #expect(reply["tcp"]["flags"] == ["SYN", "ACK"])
                #expect(reply["tcp"]["acknowledgment"] == 4_294_967_291)
                #expect(reply["cause"] == "unknown-connection")
                let number = try #require(answer.json["segments"][0].int)
                let record = try service.get("/v1/segments/\(number)").json
                #expect(record["cause"] == "crafted")
                #expect(record["tcp"]["options"][0]["hex"] == "f989")
                // Neither the kernel nor we: who crafts a SYN wants to craft the ACK too.
                let resets = try service.get("/v1/segments?direction=out&flags=RST").json["segments"].elements
                #expect(resets.isEmpty)
                #expect(try network.kernelResets() == before)
            }
        }

        @Test func aSegmentInsideAConnectionCountsFromItsBeginning() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let connection = try service.connect(to: listener.localPort)
                let peer = try listener.accepted()
                let id = connection.split(separator: "/").last.map(String.init) ?? ""
                let answer = try service.post(
                    "/v1/segments?wait=reply",
                    [
                        "connection": "\(id)", "relativeSequence": 1, "relativeAcknowledgment": 1,
                        "flags": ["PSH", "ACK"], "payload": ["text": "crafted"],
                    ])
                try #require(answer.status == 201, "\(answer)")
                #expect(String(decoding: try peer.read(), as: UTF8.self) == "crafted")
                let record = try service.get("/v1/segments/\(answer.json["segments"][0].int ?? 0)").json
                #expect(record["connection"].string == id)
                #expect(record["tcp"]["relativeSequence"] == 1)
                #expect(record["tcp"]["checksum"]["verdict"] == "good")
            }
        }

        @Test func tcpdumpInAnotherNamespaceSeesOctetForOctetWhatWasAsked() throws {
            let seen = try Self.seen(
                of: [
                    [
                        "remote": "10.77.1.2:7", "local": 1_017, "sequence": 1, "acknowledgment": 2,
                        "flags": ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"], "reserved": 15,
                        "window": 3, "urgentPointer": 4, "dataOffset": 5, "checksum": "0xbeef",
                        "options": [["raw": "fd04f989"]], "payload": ["text": "x"],
                        "ip": ["ttl": 5, "dscp": 46, "ecn": 1, "id": 4_660, "dontFragment": false],
                    ],
                    [
                        "remote": "10.77.1.2:7", "local": 1_018, "payload": ["hex": "000102030405060708090a0b0c0d0e0f"],
                        "ip": ["fragmentSize": 24, "fragmentOverlap": 8, "id": 9], "flags": [],
                    ],
                ], from: "10.77.1.1", to: "10.77.1.2", allowing: "10.77.1.0/24",
                filter: "ip src 10.77.1.1 and (tcp or ip[6:2] & 0x1fff != 0)")
            #expect(seen.first?.hasSuffix("03f900070000000100000002" + "5fff0003beef0004" + "fd04f989" + "78") == true)
        }

        @Test func tcpdumpSeesIPv6OctetForOctetToo() throws {
            _ = try Self.seen(
                of: [
                    [
                        "remote": "[fd00::2]:7", "local": 1_017, "sequence": 1, "acknowledgment": 2,
                        "flags": ["SYN", "FIN"],
                        "reserved": 14, "window": 3, "checksum": "0xbeef", "options": [["raw": "fd04f9890304"]],
                        "payload": ["text": "x"], "ip": ["ttl": 5, "dscp": 46, "ecn": 1],
                    ],
                    [
                        "remote": "[fd00::2]:7", "local": 1_018, "flags": [],
                        "payload": ["text": "\(String(repeating: "y", count: 1_500))"],
                        "ip": ["fragmentSize": 1_280, "id": 70_000],
                    ],
                ], from: "10.77.2.1", to: "10.77.2.2", allowing: "fd00::/64",
                filter: "ip6 src fd00::1 and (ip6[6] == 6 or ip6[6] == 44)")
        }

        /// Sends two requests that make three packets, and expects that tcpdump at the other end of a link sees, octet for
        /// octet, what the log says has left; answers the packets as digits.
        private static func seen(
            of requests: [JSON], from near: String, to far: String, allowing target: String, filter: String
        ) throws -> [String] {
            let (here, there) = (try NetworkNamespace(), try NetworkNamespace())
            try VethPair(here, near, there, far).connect()
            let words = ["tcpdump", "-i", "veth0", "-l", "-n", "-x", "--immediate-mode", filter]
            let dump = try there.perform { Result { try ChildProcess(words) } }.get()
            defer { dump.signal(SIGTERM) }
            try #require(dump.errors.wait(within: .patience) { $0.contains("listening on") }, "\(dump.diagnosis)")
            var wanted: [String] = []
            try Service.run(["--allow-target", target], in: here) { service in
                for request in requests {
                    let answer = try service.post("/v1/segments", request)
                    try #require(answer.status == 201, "\(answer)")
                    #expect(answer.json["kernelRewrote"] == [])
                    for number in answer.json["segments"].elements {
                        let raw = try service.get("/v1/segments/\(number.int ?? 0)/raw").body
                        wanted.append(raw.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
                    }
                }
                #expect(wanted.count == 3)
                // It prints a packet's lines one after the other: the last packet is there before its last octets are.
                let isComplete = dump.output.wait(within: .patience) { packets($0) == wanted }
                #expect(isComplete, "\(packets(dump.output.text)) instead of \(wanted): \(dump.diagnosis)")
            }
            return wanted
        }

        /// The packets of tcpdump -x, each as digits.
        private static func packets(_ text: String) -> [String] {
            var packets: [String] = []
            for line in text.split(separator: "\n") {
                if line.hasPrefix("\t0x") {
                    let digits = line.split(separator: ":", maxSplits: 1).last ?? ""
                    packets[packets.count - 1] += digits.filter(\.isHexDigit)
                } else {
                    packets.append("")
                }
            }
            return packets
        }

        @Test func aCraftedIPv6SYNIsAnsweredWholeAndInFragments() throws {
            let listener = try KernelSocket.listening(at: "::1")
            try Service.run { service in
                let requests: [JSON] = [
                    ["remote": "[::1]:\(listener.localPort)", "flags": ["SYN"], "ip": ["ttl": 9]],
                    [
                        "remote": "[::1]:\(listener.localPort)", "flags": ["SYN"],
                        // Linux wants all fragments but the last to be of 1,280 octets at least.
                        "payload": ["text": "\(String(repeating: "x", count: 1_500))"],
                        "ip": ["fragmentSize": 1_280, "id": 70_000],
                    ],
                ]
                for (index, request) in requests.enumerated() {
                    let answer = try service.post("/v1/segments?wait=reply", request)
                    try #require(answer.status == 201, "\(answer)")
                    #expect(answer.json["segments"].elements.count == index + 1)
                    #expect(answer.json["kernelRewrote"] == [])
                    #expect(answer.json["replies"][0]["tcp"]["flags"] == ["SYN", "ACK"])
                }
            }
        }

        @Test func withoutAGuardTheKernelsResetIsInTheLog() throws {
            let network = try NetworkNamespace()
            let listener = try KernelSocket.listening(in: network)
            try Service.run(in: network) { service in
                let answer = try service.post(
                    "/v1/segments?wait=reply",
                    ["remote": "127.0.0.1:\(listener.localPort)", "flags": ["SYN"], "guard": "none"])
                #expect(answer.json["replies"][0]["tcp"]["flags"] == ["SYN", "ACK"], "\(answer)")
                let resets = try service.get("/v1/segments?direction=out&flags=RST&wait=5s").json["segments"].elements
                #expect(resets.first?["cause"] == "observed")
            }
        }

        @Test func nonsenseIsNamedByItsPlace() throws {
            try Service.run { service in
                let cases: [(JSON, String)] = [
                    (["remote": "127.0.0.1:1", "reserved": 16], "/reserved"),
                    (["remote": "127.0.0.1:1", "checksum": "beef"], "/checksum"),
                    (["remote": "127.0.0.1:1", "flags": ["SIN"]], "/flags/0"),
                    (["remote": "127.0.0.1:1", "options": [["hex": "00"]]], "/options/0/kind"),
                    (["remote": "127.0.0.1:1", "ip": ["fragmentSize": 12]], "/ip/fragmentSize"),
                    (["remote": "127.0.0.1:1", "relativeSequence": 1], "/relativeSequence"),
                    (["remote": "127.0.0.1:1", "pairs": "overlap"], "/pairs"),
                    (["remote": "127.0.0.1"], "/remote"),
                    ([:], "/remote"),
                ]
                for (body, pointer) in cases {
                    let answer = try service.post("/v1/segments", body)
                    expectProblem(answer, 422, "invalid-request")
                    #expect(answer.json["errors"].elements.contains { $0["pointer"].string == pointer }, "\(answer)")
                }
                expectProblem(try service.post("/v1/segments", ["remote": "192.0.2.1:80"]), 403, "target-not-allowed")
                let long = try service.post(
                    "/v1/segments",
                    ["remote": "127.0.0.1:1", "payload": ["text": "\(String(repeating: "x", count: 65_500))"]])
                expectProblem(long, 422, "message-too-long")
                #expect((long.json["mtu"].int ?? 0) > 60_000)
            }
        }

        @Test func anotherProgramsPortIsNotForCrafting() throws {
            let owner = try KernelSocket.listening()
            try Service.run { service in
                for kind in ["socket", "none"] as [JSON] {
                    let answer = try service.post(
                        "/v1/segments",
                        ["remote": "127.0.0.1:9", "local": JSON.number(Double(owner.localPort)), "guard": kind])
                    expectProblem(answer, 403, "observation-disabled")
                }
            }
        }

        @Test func noReplyIsATimeoutThatNamesTheSegment() throws {
            let silent = try KernelSocket.silent()
            try Service.run { service in
                let answer = try service.post(
                    "/v1/segments?wait=reply&timeout=100ms", ["remote": "127.0.0.1:\(silent.localPort)"])
                expectProblem(answer, 504, "timed-out")
                #expect(answer.json["segments"].elements.count == 1)
            }
        }
    }
}
