import Engine
import Testing

/// Segments made by hand, as octets.
@Suite struct WireCraftingTests {
    private let tuple = FourTuple(
        local: Endpoint(IPAddress(v4: 0x0a00_0001), 1_017), remote: Endpoint(IPAddress(v4: 0x0a00_0002), 6_666))

    private func crafted(_ change: (inout CraftedSegment) -> Void = { _ in }) -> CraftedSegment {
        var segment = CraftedSegment(tuple: tuple)
        segment.sequence = SequenceNumber(0xffff_fff0)
        change(&segment)
        return segment
    }

    @Test func whatIsLeftOpenIsComputed() throws {
        let octets = crafted { $0.payload = Array("x".utf8) }.datagrams[0]
        let headers = try PacketHeaders(octets)
        #expect(headers.checksumVerdict(octets) == .good)
        #expect(headers.tcp?.dataOffset == 5)
        #expect(headers.payloadLength == 1)
        guard case .v4(let ip) = headers.ip else { throw WireError.badVersion(6) }
        #expect(Int(ip.totalLength) == octets.count)
        #expect(Checksum.scalar(Array(octets.prefix(20))) == 0xffff)
    }

    @Test func everyFieldStandsAsItIsAskedFor() throws {
        let octets = crafted {
            $0.flags = TCPFlags(TCPFlags.names.map(\.flag))
            $0.reserved = 0b1110
            $0.dataOffset = 3
            $0.checksum = 0xbeef
            $0.urgentPointer = 7
            $0.window = 3_000
            $0.options = [1, 253, 3, 9]
            $0.ip.ttl = 3
            $0.ip.dscp = 46
            $0.ip.ecn = 3
            $0.ip.identification = 0x1234
            $0.ip.dontFragment = false
        }.datagrams[0]
        #expect(
            octets[20...] == [
                0x03, 0xf9, 0x1a, 0x0a, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 0, 0x3f, 0xff, 0x0b, 0xb8, 0xbe, 0xef, 0, 7, 1,
                253,
                3, 9,
            ])
        #expect(octets[..<10] == [0x45, 0xbb, 0, 44, 0x12, 0x34, 0, 0, 3, 6])
        #expect(try PacketHeaders(octets).checksumVerdict(octets) != .good)
    }

    @Test func optionsAreFilledUpToAWord() throws {
        let octets = crafted { $0.options = [253, 3, 9] }.datagrams[0]
        #expect(octets[40...] == [253, 3, 9, 0])
        #expect(octets[32] >> 4 == 6)
    }

    @Test(arguments: [IPAddress.Family.v4, .v6])
    func fragmentsPutTogetherGiveTheSegment(family: IPAddress.Family) throws {
        var segment = crafted { $0.payload = (0..<100).map { UInt8($0) } }
        if family == .v6 {
            segment.tuple = FourTuple(local: Endpoint(.loopbackV6, 1), remote: Endpoint(.loopbackV6, 2))
        }
        let whole = segment.segment
        segment.ip.fragments = CraftedSegment.Fragmentation(size: 48, overlap: 16)
        segment.ip.identification = 77
        let fragments = segment.datagrams
        #expect(fragments.count == segment.datagramCount)
        #expect(fragments.count == 4)
        var rebuilt = [UInt8](repeating: 0, count: whole.count)
        for (index, fragment) in fragments.enumerated() {
            let header = family == .v4 ? 20 : 48
            let field = family == .v4 ? Array(fragment[6..<8]) : Array(fragment[42..<44])
            let bits = UInt16(field[0]) << 8 | UInt16(field[1])
            let offset = family == .v4 ? Int(bits & 0x1fff) * 8 : Int(bits & 0xfff8)
            let isMore = bits & (family == .v4 ? 0x2000 : 1) != 0
            #expect(offset == index * 32)
            #expect(isMore == (index < 3))
            rebuilt.replaceSubrange(offset..<offset + fragment.count - header, with: fragment[header...])
        }
        #expect(rebuilt == whole)
    }

    @Test func aPairSharesOctetsOrGoesTheWrongWayRound() {
        let segment = crafted {
            $0.payload = Array("abcdefgh".utf8)
            $0.flags = [.syn, .fin, .psh]
        }
        let overlap = segment.paired(.overlap)
        #expect(overlap.map { String(decoding: $0.payload, as: UTF8.self) } == ["abcdef", "efgh"])
        #expect(overlap.map(\.flags) == [[.syn], [.fin, .psh]])
        #expect(overlap[1].sequence == SequenceNumber(0xffff_fff5))
        let swapped = segment.paired(.outOfOrder)
        #expect(swapped.map { String(decoding: $0.payload, as: UTF8.self) } == ["efgh", "abcd"])
        #expect(segment.paired(.duplicate) == [segment, segment])
    }

    @Test func aDatagramIsReadBackAsItWas() {
        let segment = crafted {
            $0.options = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]
            $0.flags = [.ack, .ae, .psh]
            $0.reserved = 0b1010
            $0.payload = Array("hello".utf8)
            $0.ip.ttl = 9
        }
        var again = CraftedSegment(segment.datagrams[0])
        #expect(again?.datagrams == segment.datagrams)
        again?.payload = []
        #expect(again.flatMap { try? PacketHeaders($0.datagrams[0]) }?.payloadLength == 0)
        #expect(CraftedSegment([0x45, 0, 0, 20]) == nil)
    }
}

/// A bucket of tokens, on virtual time.
@Suite struct TokenBucketTests {
    @Test func itAllowsABurstAndThenTheRate() {
        var bucket = TokenBucket(rate: 100, burst: 10)
        let start = Instant(nanoseconds: 1_000)
        for _ in 0..<10 { #expect(bucket.take(1, at: start) == nil) }
        #expect(bucket.take(1, at: start) == .milliseconds(10))
        #expect(bucket.take(1, at: start + .milliseconds(10)) == nil)
    }

    @Test func whatIsBorrowedIsPaidBackInTime() {
        var bucket = TokenBucket(rate: 1_000, burst: 0)
        #expect(bucket.borrow(500, at: .zero) == .milliseconds(500))
        #expect(bucket.debt(at: .zero + .milliseconds(200)) == 300)
        #expect(bucket.debt(at: .zero + .milliseconds(900)) == 0)
    }
}
