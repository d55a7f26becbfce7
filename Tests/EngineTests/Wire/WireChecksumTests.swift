import Engine
import TestSupport
import Testing

@Suite struct WireChecksumTests {
    @Test func addsUpTheExampleOfRFC1071() {
        // RFC 1071 §3: 00 01 f2 03 f4 f5 f6 f7 sum to ddf2.
        var sum = Checksum()
        sum.add(octets("0001 f203 f4f5 f6f7").span.bytes)
        #expect(sum.folded == 0xddf2)
        #expect(sum.finished() == 0x220d)
    }

    @Test func equalsTheScalarSumAtEveryLengthAndSplit() {
        var random = SplitMix64.announced("checksum")
        for length in 0..<400 {
            let raw = random.octets(length)
            var whole = Checksum()
            whole.add(raw.span.bytes)
            #expect(whole.folded == Checksum.scalar(raw))

            let first = Int.random(in: 0...length, using: &random)
            let second = Int.random(in: first...length, using: &random)
            var split = Checksum()
            split.add(raw.span.bytes.extracting(0..<first))
            split.add(raw.span.bytes.extracting(first..<second))
            split.add(raw.span.bytes.extracting(second..<length))
            #expect(split.folded == Checksum.scalar(raw), "split at \(first) and \(second) of \(length)")
        }
    }

    @Test(arguments: [65_535, 65_495, 1_448])
    func carriesSurviveLongRunsOfOnes(length: Int) {
        let raw = [UInt8](repeating: 0xff, count: length)
        var sum = Checksum()
        sum.add(raw.span.bytes)
        #expect(sum.folded == Checksum.scalar(raw))
    }

    @Test func pseudoHeaderIsTheRFCsPicture() {
        var packet = TestPacket()
        packet.payload = [1, 2, 3]
        var sum = Checksum()
        sum.addPseudoHeader(source: packet.ip.source, destination: packet.ip.destination, length: 23)
        #expect(sum.folded == Checksum.scalar(packet.pseudoHeader))

        let source = IPAddress(v6: 0xfd00_0000_0000_0001, 0x1234_5678_9abc_def0)
        var six = Checksum()
        six.addPseudoHeader(source: source, destination: .loopbackV6, length: 70_000)
        #expect(
            six.folded == Checksum.scalar(source.octets + IPAddress.loopbackV6.octets + octets("00011170 00000006")))
    }

    @Test func wordsAndSpansMix() {
        var sum = Checksum()
        sum.add(sumOfWords: UInt64((0xff01_8002 as UInt32).bigEndian))
        sum.add(octets("0203").span.bytes)
        #expect(sum.folded == Checksum.scalar([0xff, 0x01, 0x80, 0x02, 0x02, 0x03]))
    }

    @Test func rightChecksumIsGood() throws {
        var packet = TestPacket()
        packet.payload = Array("odd".utf8)
        let (verdict, expected, field) = try verdict(packet.octets)
        #expect(verdict == .good)
        #expect(expected == field)
    }

    @Test(arguments: [Captured.syn, Captured.synAck, Captured.data])
    func pseudoHeaderSumAloneIsOffloaded(packet: [UInt8]) throws {
        #expect(try verdict(packet).verdict == .offloaded)
    }

    @Test func wrongChecksumIsBadAndTheRightOneIsKnown() throws {
        var packet = TestPacket()
        packet.payload = [9]
        let right = try TCPHeader(packet.octets, at: 20).checksum
        packet.checksum = right ^ 0x0100
        let bad = try verdict(packet.octets)
        #expect(bad.verdict == .bad)
        #expect(bad.expected == right)
        packet.checksum = 0
        let zero = try verdict(packet.octets)
        #expect(zero.verdict == .zero)
        #expect(zero.expected == right)
    }

    @Test func shortBufferIsUnverifiable() throws {
        let packet = TestPacket().octets
        var view = try PacketView(packet)
        #expect(view.verify(Array(packet.prefix(30))) == .unverifiable)
    }

    @Test func everySingleBitErrorIsFound() throws {
        var packet = TestPacket()
        packet.payload = Array("hello raw".utf8)
        let right = packet.octets
        for bit in 20 * 8..<right.count * 8 {
            var wrong = right
            wrong[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            guard var view = try? PacketView(wrong) else { continue }
            #expect(!view.verify(wrong).isAcceptable, "bit \(bit)")
        }
    }

    private func verdict(
        _ packet: [UInt8]
    ) throws -> (verdict: ChecksumVerdict, expected: UInt16?, field: UInt16) {
        var view = try PacketView(packet)
        let verdict = view.verify(packet)
        #expect(view.checksumVerdict == verdict)
        return (verdict, view.expectedChecksum, view.checksum)
    }
}
