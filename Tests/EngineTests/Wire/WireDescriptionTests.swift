import Engine
import TestSupport
import Testing

@Suite struct WireDescriptionTests {
    @Test func everyFieldOfASynHasItsPlace() throws {
        let description = PacketDescription(Captured.syn)
        let fields = Dictionary(uniqueKeysWithValues: description.fields.map { ($0.name, $0) })
        func field(_ name: String) throws -> HeaderField { try #require(fields[name]) }
        #expect(try field("ip.version").value == .number(4))
        #expect(try field("ip.ttl").bitOffset == 64)
        #expect(try field("ip.source").value == .address(.loopbackV4))
        #expect(try field("tcp.sequence").bitOffset == 160 + 32)
        #expect(try field("tcp.sequence").value == .number(0x78cc_07f1))
        #expect(try field("tcp.flags.SYN").value == .number(1))
        #expect(try field("tcp.flags.SYN").bitOffset == 160 + 96 + 14)
        #expect(try field("tcp.flags.ACK").text == "not set")
        #expect(try field("tcp.checksum").text == "0xfe30")
        #expect(try field("tcp.options.mss").value == .number(65495))
        #expect(try field("tcp.options.mss").bitLength == 32)
        #expect(try field("tcp.options.timestamps").text == "value 1041931601, echo 0")
        #expect(try field("tcp.options.windowScale").rfc == "RFC 7323 §2")
        #expect(description.fields.last?.name == "tcp.options.windowScale")
    }

    @Test(arguments: [Captured.syn, Captured.synAck, Captured.data])
    func rowsAreThePacketsBits(packet: [UInt8]) {
        let rows = PacketDescription(packet).bits
        #expect(rows.dropLast().allSatisfy { $0.count == 32 })
        let bits = rows.joined()
        let octets = stride(from: 0, to: bits.count, by: 8).map { UInt8(bits.dropFirst($0).prefix(8), radix: 2) }
        #expect(octets == packet.map { $0 })
    }

    @Test func fieldsNeverOverlapNorLeaveAGap() {
        var random = SplitMix64.announced("descriptions")
        for _ in 0..<3_000 {
            var raw = random.octets(Int.random(in: 0...130, using: &random))
            if raw.count > 9 {
                raw[0] = [0x45, 0x4f, 0x40, 0x60].randomElement(using: &random) ?? 0x45
                raw[6...7] = [6, 0]
                raw[9] = 6
            }
            let description = PacketDescription(raw)
            var end = 0
            for field in description.fields {
                #expect(field.bitOffset == end, "\(field.name)")
                end += field.bitLength
            }
            #expect(end <= raw.count * 8)
            if let headers = try? PacketHeaders(raw) { #expect(end == headers.length * 8) }
        }
    }

    @Test func whatIsNoPacketHasBitsOnly() {
        let description = PacketDescription([0xff, 0x01, 0, 0, 0x80])
        #expect(description.fields.isEmpty)
        #expect(description.bits == ["11111111000000010000000000000000", "10000000"])
        #expect(PacketDescription([]).bits.isEmpty)
    }

    @Test func laterFragmentHasNoTCPHeader() throws {
        var packet = Captured.data
        packet[7] = 1
        #expect(try PacketHeaders(packet).tcp == nil)
        #expect(PacketDescription(packet).fields.last?.name == "ip.destination")
    }

    @Test(arguments: [0, 1, 2, 9, 15, 16, 17, 1_447, 65_000])
    func additionEndsInTheRightChecksum(length: Int) throws {
        var packet = TestPacket()
        packet.tcp.options = octets("020405b4 01030307")
        packet.payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let raw = packet.octets
        let headers = try PacketHeaders(raw)
        let addition = try #require(ChecksumAddition(raw, headers))
        #expect(addition.expected == headers.tcp?.checksum)
        #expect(addition.expected == headers.rightChecksum(raw))
        #expect(addition.steps.last?.label == "complement")
        #expect(addition.steps.count < 50)
        let sum = addition.steps.filter { $0.words > 0 }.reduce(0) { $0 + UInt64($1.word) }
        #expect(addition.steps.last { $0.words > 0 }?.sum == sum)
        let words = addition.steps.reduce(0) { $0 + $1.words }
        #expect(words == 4 + 1 + 1 + 14 + (length + 1) / 2)
    }

    @Test func additionNeedsTheWholeSegment() throws {
        let cut = Array(Captured.data.dropLast())
        #expect(ChecksumAddition(cut, try PacketHeaders(cut)) == nil)
    }

    @Test func textCannotDriveATerminal() {
        #expect(String(printable: Array("a\\b\u{1b}[2J~ é\n".utf8) + [0x7f]) == "a\\\\b\\x1b[2J~ \\xc3\\xa9\\x0a\\x7f")
    }
}
