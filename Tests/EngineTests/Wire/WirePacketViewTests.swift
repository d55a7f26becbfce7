import Engine
import TestSupport
import Testing

@Suite struct WirePacketViewTests {
    @Test func capturedDataSegmentIsReadInPlace() throws {
        let view = try PacketView(Captured.data)
        #expect(view.tuple.local == Endpoint(.loopbackV4, 52287))
        #expect(view.tuple.remote == Endpoint(.loopbackV4, 43456))
        #expect(view.ttl == 64)
        #expect(view.payloadOffset == 52)
        #expect(view.payloadLength == 9)
        #expect(view.segment.sequence == SequenceNumber(0x78cc_07f2))
        #expect(view.segment.acknowledgment == SequenceNumber(0x02d9_7fd9))
        #expect(view.segment.flags == [.psh, .ack])
        #expect(view.segment.window == 64)
        #expect(view.segment.textLength == 9)
        #expect(view.segment.options.timestamps == .init(value: 0x3e1a_9d51, echo: 0x7e03_7319))
        #expect(!view.optionsMalformed)
    }

    @Test func synOptionsAreDecoded() throws {
        let options = try PacketView(Captured.syn).segment.options
        #expect(options.maximumSegmentSize == 65495)
        #expect(options.windowScale == 10)
        #expect(options.sackPermitted)
        #expect(options.timestamps == .init(value: 0x3e1a_9d51, echo: 0))
    }

    @Test func octetsBeyondTheTotalLengthAreNotText() throws {
        let view = try PacketView(Captured.data + [0, 0, 0])
        #expect(view.payloadLength == 9)
    }

    @Test(
        "RFC 9293 MUST-7: malformed options never crash",
        arguments: [
            "0200 0000", "0205 05b4", "02ff 05b4", "0101 0102", "0402 0304", "0801 0000", "fd00 0000",
        ])
    func malformedOptionListsAreMarked(hex: String) throws {
        var packet = TestPacket()
        packet.tcp.options = octets(hex)
        #expect(try PacketView(packet.octets).optionsMalformed)
    }

    @Test func optionsBeforeTheMalformedOneCount() throws {
        var packet = TestPacket()
        packet.tcp.options = octets("020405b4 03000000")
        let view = try PacketView(packet.octets)
        #expect(view.optionsMalformed)
        #expect(view.segment.options.maximumSegmentSize == 1460)
    }

    @Test("RFC 9293 MUST-6: unknown options are ignored", arguments: ["fd04 0a0b", "fd03 ff01", "0101 0100"])
    func unknownOptionsAreIgnored(hex: String) throws {
        var packet = TestPacket()
        packet.tcp.options = octets(hex) + octets("020405b4")
        let view = try PacketView(packet.octets)
        #expect(!view.optionsMalformed)
        #expect(view.segment.options.maximumSegmentSize == (hex.hasSuffix("00") ? nil : 1460))
    }

    @Test func everyKindOfNonsenseHasItsError() throws {
        func error(_ change: (inout [UInt8]) -> Void) -> WireError? {
            var packet = Captured.data
            change(&packet)
            do throws(WireError) {
                _ = try PacketView(packet)
                return nil
            } catch { return error }
        }
        #expect(error { $0[0] = 0x55 } == .badVersion(5))
        #expect(error { $0[0] = 0x44 } == .badHeaderLength(16))
        #expect(error { $0[9] = 17 } == .notTCP(17))
        #expect(error { $0[6] = 0x20 } == .fragment)
        #expect(error { $0[7] = 1 } == .fragment)
        #expect(error { $0[32] = 0x48 } == .badDataOffset(16))
        #expect(error { $0[32] = 0xf8 } == .badTotalLength(61))
        #expect(error { $0[3] = 39 } == .badTotalLength(39))
        #expect(error { $0[3] = 62 } == .truncated(needed: 62, have: 61))
        #expect(error { $0 = [] } == .truncated(needed: 1, have: 0))
    }

    @Test(arguments: [Captured.syn, Captured.synAck, Captured.data])
    func everyTruncationIsAnError(packet: [UInt8]) {
        for length in 0..<packet.count {
            #expect(throws: WireError.self, "\(length) octets") {
                try PacketView(Array(packet.prefix(length)))
            }
        }
    }

    @Test func noiseNeverTraps() {
        var random = SplitMix64.announced("noise")
        var parsed = 0
        for _ in 0..<100_000 {
            var raw = random.octets(Int.random(in: 0...120, using: &random))
            if raw.count > 13, Bool.random(using: &random) {
                // Past the first checks, into the options.
                raw[0] = [0x45, 0x46, 0x60].randomElement(using: &random) ?? 0x45
                raw[2] = 0
                raw[3] = UInt8(raw.count)
                raw[4...5] = [0, UInt8(max(0, raw.count - 40))]
                raw[6...7] = raw[0] == 0x60 ? [6, 64] : [0, 0]
                raw[9] = 6
            }
            guard var view = try? PacketView(raw) else { continue }
            parsed += 1
            _ = view.verify(raw)
            _ = view.tuple
        }
        #expect(parsed > 1_000)
    }

    @Test func sixteenOctetAddressesAreRead() throws {
        var ip = IPv6Header()
        ip.source = .loopbackV6
        ip.destination = IPAddress(v6: 0xfd00 << 48, 2)
        ip.payloadLength = 21
        ip.dscp = 46
        ip.ecn = 2
        let tcp = try TCPHeader(Captured.data, at: 20)
        var short = tcp
        short.dataOffset = 5
        let view = try PacketView(ip.encoded() + short.encoded() + [7])
        #expect(view.source == .loopbackV6)
        #expect(view.tuple.local == Endpoint(ip.destination, 52287))
        #expect(view.dscp == 46 && view.ecn == 2)
        #expect(view.payloadOffset == 60)
        #expect(view.payloadLength == 1)
    }
}
