import Engine
import RawTCPWeb
import Testing

@Suite struct SegmentFilterTests {
    private func found(_ text: String, names: [String: ConnectionID] = [:]) throws -> [UInt64] {
        let filter = try SegmentFilter(text)
        let log = AnalyzedLog(SegmentLogFixture.log())
        return (1...5).filter { number in log[number].map { filter.matches($0, names: names) } ?? false }
    }

    @Test(
        "filters choose what Wireshark would choose",
        arguments: [
            ("tcp.flags.syn==1", [1, 2, 5]), ("tcp.flags.syn==1 && tcp.flags.ack==0", [1]),
            ("tcp.flags.syn eq 1 and not tcp.flags.ack eq 1", [1]), ("tcp.len>0", [4]), ("tcp.len", [1, 2, 3, 4, 5]),
            ("tcp.port==52287", [1, 2, 3, 4, 5]), ("tcp.srcport == 52287", [2, 5]), ("tcp.port != 52287", []),
            ("tcp.srcport != 52287", [1, 3, 4]), ("tcp.port in {80, 52287}", [1, 2, 3, 4, 5]),
            ("tcp.srcport in {80 1000..60000}", [1, 2, 3, 4, 5]), ("frame.number in {2..3}", [2, 3]),
            ("tcp.flags & 0x12 == 0x12", [2, 5]), ("tcp.flags == 0x002", [1]), ("tcp.flags & 8", [4]),
            ("ip.addr == 127.0.0.1", [1, 2, 3, 4, 5]), ("ip.src == 127.0.0.0/8", [1, 2, 3, 4, 5]),
            ("ip.addr == 10.0.0.0/8", []), ("ipv6.addr == ::1", []), ("tcp.options.mss_val == 65495", [2, 5]),
            ("tcp.options.mss_val", [2, 5]), ("!tcp.options.sack_perm", [1, 3, 4]), ("tcp.seq == 0", [1, 2, 5]),
            ("tcp.seq==1 || tcp.seq==0 && tcp.len>100", [3, 4]), ("(tcp.seq==1 || tcp.seq==0) && tcp.len>0", [4]),
            ("tcp contains \"raw\"", [4]), ("frame contains 68:65:6c", [4]), ("payload contains hello", [4]),
            ("payload contains \"hello\\x20raw\"", [4]), ("payload == 68:65:6c:6c:6f:20:72:61:77", [4]),
            ("tcp.srcport == tcp.dstport", []), ("tcp.checksum.status == 2", [2, 5]),
            ("ip.ttl <= 0x40", [1, 2, 3, 4, 5]),
            ("tcp.window_size > 65000", [2, 3, 4, 5]),
        ] as [(String, [UInt64])])
    func filtersChooseAsWireshark(text: String, expected: [UInt64]) throws {
        #expect(try found(text) == expected)
    }

    @Test(
        "filters know what only the engine knows",
        arguments: [
            ("cause==data", [4]), ("cause in {syn, data}", [1, 4]), ("connection==c1", [1, 2, 3, 4, 5]),
            ("connection==c2", []), ("connection==demo", [1, 2, 3, 4, 5]), ("direction==in", [2, 5]),
            ("rule==rfc9293-3.10.7.3-fourth", [2]), ("answers==4", [5]), ("because", [3]),
            ("after==ESTABLISHED", [2, 3, 4, 5]),
            ("state==syn-sent", [1, 2]), ("number>=4", [4, 5]), ("elapsed > 0.00005", [4, 5]),
            ("checksum==offloaded", [2, 5]),
            ("analysis==zero_window", []),
        ] as [(String, [UInt64])])
    func filtersKnowTheEngine(text: String, expected: [UInt64]) throws {
        #expect(try found(text, names: ["demo": ConnectionID(rawValue: 1)]) == expected)
    }

    @Test(
        "a mistake has its place",
        arguments: [
            ("", 0), ("tcp.prot==1", 0), ("tcp.port==", 10), ("tcp.port==http", 10), ("tcp.port=80", 8),
            ("tcp.port==80 &&", 15), ("tcp.port==80 tcp.len", 13), ("(tcp.len", 8), ("tcp.len)", 7),
            ("cause==because", 7), ("payload contains", 16), ("payload contains \"x", 17), ("tcp.len contains 5", 8),
            ("ip.addr==127.1", 9), ("ip.addr==::1", 9), ("tcp.port in 80", 12), ("tcp.port in {80", 15),
            ("cause > rto", 6), ("tcp.options.sack == 1", 17), ("payload matches \"x\"", 8), ("tcp.len == 5 ; x", 13),
            ("payload contains \"\\q\"", 18), ("1 == 1", 0), ("tcp.flags[0] == 1", 9), ("tcp.len == -1", 11),
        ])
    func aMistakeHasItsPlace(text: String, position: Int) {
        let error = #expect(throws: FilterError.self) { try SegmentFilter(text) }
        #expect(error?.position == position, "\(error?.detail ?? "")")
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "(", count: 5_000) + "tcp" + String(repeating: ")", count: 5_000)
        #expect(throws: FilterError.self) { try SegmentFilter(deep) }
        #expect(throws: FilterError.self) { try SegmentFilter(String(repeating: "!", count: 5_000) + "tcp") }
        let shallow = String(repeating: "(", count: 60) + "tcp" + String(repeating: ")", count: 60)
        #expect(throws: Never.self) { try SegmentFilter(shallow) }
    }

    @Test func randomTextNeverTraps() {
        var random = SplitMix64(seed: 19_890_602)
        let words = [
            "tcp", "tcp.port", "==", "!=", "&&", "||", "!", "(", ")", "{", "}", "..", "80", "\"x\"", "in", "contains",
            "&",
            "0xff", "cause", "rto", "payload", "68:65", ",", "é", "\\", "\"", "[", "1..", "ip.addr", "10.0.0.0/8",
        ]
        for _ in 0..<3_000 {
            let count = Int.random(in: 1...12, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined(
                separator: Bool.random(using: &random) ? " " : "")
            guard let filter = try? SegmentFilter(text) else { continue }
            for number in UInt64(1)...5 {
                _ = AnalyzedLog(SegmentLogFixture.log())[number].map { filter.matches($0) }
            }
        }
    }
}
