import Engine
import TestSupport
import Testing

@Suite struct WireHeaderTests {
    @Test func capturedSynReadsFieldByField() throws {
        let ip = try IPv4Header(Captured.syn)
        #expect(ip.version == 4)
        #expect(ip.headerLength == 5)
        #expect(ip.totalLength == 60)
        #expect(ip.identification == 0x94da)
        #expect(ip.dontFragment && !ip.moreFragments && !ip.reservedFlag)
        #expect(ip.ttl == 64)
        #expect(ip.protocolNumber == 6)
        #expect(ip.checksum == 0xa7df)
        #expect(ip.source == .loopbackV4 && ip.destination == .loopbackV4)

        let tcp = try TCPHeader(Captured.syn, at: 20)
        #expect(tcp.sourcePort == 43456)
        #expect(tcp.destinationPort == 52287)
        #expect(tcp.sequence == SequenceNumber(0x78cc_07f1))
        #expect(tcp.dataOffset == 10)
        #expect(tcp.flags == .syn)
        #expect(tcp.window == 0xffd7)
        #expect(tcp.checksum == 0xfe30)
        #expect(
            TCPOption.decode(tcp.options) == [
                .maximumSegmentSize(65495), .sackPermitted, .timestamps(value: 0x3e1a_9d51, echo: 0), .noOperation,
                .windowScale(10),
            ])
    }

    @Test(arguments: [Captured.syn, Captured.synAck, Captured.data])
    func capturedHeadersEncodeToTheSameOctets(packet: [UInt8]) throws {
        let ip = try IPv4Header(packet)
        let tcp = try TCPHeader(packet, at: 20)
        let headers = ip.encoded() + tcp.encoded()
        #expect(headers == Array(packet.prefix(headers.count)))
    }

    @Test func anyHeaderOctetsSurviveDecodingAndEncoding() throws {
        var random = SplitMix64.announced("headers")
        for _ in 0..<20_000 {
            let length = Int.random(in: 20...60, using: &random)
            let raw = random.octets(length)
            let ip = try IPv4Header(raw)
            #expect(ip.encoded() == Array(raw.prefix(min(length, max(20, Int(ip.headerLength) * 4)))))
            let tcp = try TCPHeader(raw)
            #expect(tcp.encoded() == Array(raw.prefix(min(length, max(20, Int(tcp.dataOffset) * 4)))))
            let long = random.octets(40)
            #expect(try IPv6Header(long).encoded() == long)
        }
    }

    @Test func anyHeaderValueSurvivesEncodingAndDecoding() throws {
        var random = SplitMix64.announced("header values")
        for _ in 0..<5_000 {
            var tcp = TCPHeader()
            tcp.sourcePort = .random(in: 0 ... .max, using: &random)
            tcp.sequence = SequenceNumber(.random(in: 0 ... .max, using: &random))
            tcp.dataOffset = .random(in: 0...15, using: &random)
            tcp.reserved = .random(in: 0...15, using: &random)
            tcp.flags = TCPFlags(rawValue: .random(in: 0...0x1ff, using: &random))
            tcp.options = random.octets(max(0, Int(tcp.dataOffset) * 4 - 20))
            #expect(try TCPHeader(tcp.encoded()) == tcp)
        }
    }

    @Test func anyOptionOctetsSurviveDecodingAndEncoding() {
        var random = SplitMix64.announced("option octets")
        let kinds: [UInt8] = [0, 1, 2, 3, 4, 5, 8, 28, 34, 253]
        for _ in 0..<50_000 {
            var raw = random.octets(Int.random(in: 0...40, using: &random))
            // Mostly known kinds with small lengths: pure noise would hardly ever get past the first option.
            for at in raw.indices where Bool.random(using: &random) {
                raw[at] = Bool.random(using: &random) ? kinds.randomElement(using: &random)! : raw[at] % 12
            }
            #expect(TCPOption.encode(TCPOption.decode(raw)) == raw)
        }
    }

    @Test func legalOptionListsSurviveEncodingAndDecoding() {
        let block = TCPOption.SACKBlock(start: SequenceNumber(0xffff_fff0), end: SequenceNumber(0x10))
        let options: [TCPOption] = [
            .maximumSegmentSize(1460), .windowScale(14), .sackPermitted, .sack([block, block]),
            .timestamps(value: 1, echo: 2), .userTimeout(inMinutes: true, value: 5), .fastOpen(cookie: []),
            .fastOpen(cookie: [1, 2, 3, 4]), .unknown(kind: 253, data: [0xf9, 0x89]), .noOperation,
            .endOfOptions(padding: [0]),
        ]
        #expect(TCPOption.decode(TCPOption.encode(options)) == options)
    }

    @Test(
        "an option with an impossible length keeps its octets",
        arguments: [
            (hex: "0203 05", kept: [TCPOption.malformed(octets: [2, 3, 5])]),
            (hex: "0304 0101 01", kept: [.malformed(octets: [3, 4, 1, 1]), .noOperation]),
            (hex: "0800", kept: [.malformed(octets: [8, 0])]),
            (hex: "01 02", kept: [.noOperation, .malformed(octets: [2])]),
            (hex: "05 0a 0000", kept: [.malformed(octets: [5, 10, 0, 0])]),
            (hex: "fd ff 00", kept: [.malformed(octets: [0xfd, 0xff, 0])]),
        ])
    func malformedOptionsKeepTheirOctets(hex: String, kept: [TCPOption]) {
        #expect(TCPOption.decode(octets(hex)) == kept)
    }

    @Test func truncatedHeadersNameWhatIsMissing() {
        #expect(throws: WireError.truncated(needed: 20, have: 12)) {
            try TCPHeader(Array(Captured.syn[20..<32]))
        }
        #expect(throws: WireError.truncated(needed: 20, have: 19)) {
            try IPv4Header(Array(Captured.syn.prefix(19)))
        }
        #expect(throws: WireError.truncated(needed: 40, have: 39)) {
            try IPv6Header(Array(Captured.syn.prefix(39)))
        }
    }
}
