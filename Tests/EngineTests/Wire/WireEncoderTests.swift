import Engine
import TestSupport
import Testing

@Suite struct WireEncoderTests {
    private let tuple = FourTuple(local: Endpoint(.loopbackV4, 43456), remote: Endpoint(.loopbackV4, 52287))

    @Test func synEqualsTheKernelsOctetForOctet() throws {
        var fields = EnvelopedSegment(tuple, sequence: SequenceNumber(0x78cc_07f1), flags: .syn)
        fields.window = 0xffd7
        fields.options.maximumSegmentSize = 65495
        fields.options.sackPermitted = true
        fields.options.timestamps = .init(value: 0x3e1a_9d51, echo: 0)
        fields.options.windowScale = 10
        var expected = unidentified(Captured.syn)
        // The kernel left its checksum to the hardware; ours is finished.
        var view = try PacketView(expected)
        expected[36...37] = [0, 0]
        view = try PacketView(expected)
        view.verify(expected)
        let right = try #require(view.expectedChecksum)
        expected[36...37] = [UInt8(right >> 8), UInt8(right & 0xff)]
        #expect(encode(fields) == expected)
    }

    @Test func dataEqualsTheKernelsButForTheChecksum() throws {
        var fields = EnvelopedSegment(tuple, sequence: SequenceNumber(0x78cc_07f2), flags: [.psh, .ack])
        fields.acknowledgment = SequenceNumber(0x02d9_7fd9)
        fields.window = 64
        fields.options.timestamps = .init(value: 0x3e1a_9d51, echo: 0x7e03_7319)
        let packet = encode(fields, payload: Array("hello raw".utf8), cutAt: 4)
        let expected = unidentified(Captured.data)
        #expect(packet.prefix(36) == expected.prefix(36))
        #expect(packet.dropFirst(38) == expected.dropFirst(38))
        var view = try PacketView(packet)
        #expect(view.verify(packet) == .good)
    }

    /// The datagram with an identification of zero, as ours have it.
    private func unidentified(_ octets: [UInt8]) -> [UInt8] {
        var octets = octets
        octets[4...5] = [0, 0]
        octets[10...11] = [0, 0]
        let right = ~Checksum.scalar(Array(octets.prefix(20)))
        octets[10...11] = [UInt8(right >> 8), UInt8(right & 0xff)]
        return octets
    }

    @Test func whatIsEncodedIsReadBack() throws {
        var random = SplitMix64.announced("encoder")
        for _ in 0..<5_000 {
            let fields = randomFields(&random)
            let payload = random.octets(Int.random(in: 0...100, using: &random))
            let cut = Int.random(in: 0...payload.count, using: &random)
            let packet = encode(fields, payload: payload, cutAt: cut)
            var view = try PacketView(packet)
            // One right checksum in 65,536 equals the pseudo-header sum, and so looks offloaded.
            #expect(view.verify(packet).isAcceptable)
            #expect(view.tuple == FourTuple(local: fields.tuple.remote, remote: fields.tuple.local))
            #expect(view.segment.sequence == fields.sequence)
            #expect(view.segment.acknowledgment == fields.acknowledgment)
            #expect(view.segment.flags == fields.flags)
            #expect(view.segment.window == fields.window)
            #expect(view.segment.urgentPointer == fields.urgentPointer)
            #expect(view.segment.options == fields.options)
            #expect(view.ttl == fields.ttl && view.dscp == fields.dscp && view.ecn == fields.codepoint.rawValue)
            #expect(Array(packet.dropFirst(view.payloadOffset)) == payload)
            #expect(fields.options.encodedLength == view.tcpHeaderLength - 20)
        }
    }

    @Test func headerChecksumOfIPv4IsRight() {
        let packet = encode(EnvelopedSegment(tuple, sequence: SequenceNumber(1), flags: .syn))
        #expect(Checksum.scalar(Array(packet.prefix(20))) == 0xffff)
    }

    private func randomFields(_ random: inout SplitMix64) -> EnvelopedSegment {
        func word() -> UInt64 { .random(in: 0 ... .max, using: &random) }
        func chance() -> Bool { .random(using: &random) }
        let isV4 = chance()
        func endpoint() -> Endpoint {
            Endpoint(
                isV4 ? IPAddress(v4: UInt32(truncatingIfNeeded: word())) : IPAddress(v6: word(), word()),
                UInt16(truncatingIfNeeded: word()))
        }
        var fields = EnvelopedSegment(
            FourTuple(local: endpoint(), remote: endpoint()),
            sequence: SequenceNumber(UInt32(truncatingIfNeeded: word())),
            flags: TCPFlags(rawValue: UInt16(word() & 0x1ff)))
        fields.acknowledgment = SequenceNumber(UInt32(truncatingIfNeeded: word()))
        fields.ttl = UInt8(word() & 0xff)
        fields.dscp = UInt8(word() & 0x3f)
        fields.codepoint = ECNCodepoint(bits: UInt8(word() & 3))
        fields.window = UInt16(truncatingIfNeeded: word())
        fields.urgentPointer = UInt16(truncatingIfNeeded: word())
        if chance() { fields.options.maximumSegmentSize = UInt16(truncatingIfNeeded: word()) }
        if chance() { fields.options.windowScale = UInt8(word() & 0xff) }
        fields.options.sackPermitted = chance()
        if chance() {
            fields.options.timestamps = .init(
                value: UInt32(truncatingIfNeeded: word()), echo: UInt32(truncatingIfNeeded: word()))
        }
        return fields
    }
}

/// The whole datagram that these fields make, its payload cut into two runs.
func encode(_ fields: EnvelopedSegment, payload: [UInt8] = [], cutAt cut: Int = 0) -> [UInt8] {
    let packet = outbound(fields, payload: payload, cutAt: cut)
    return (0..<packet.headerLength).map { packet.header[$0] } + payload
}

/// An encoded packet, its payload cut into two runs.
func outbound(_ fields: EnvelopedSegment, payload: [UInt8] = [], cutAt cut: Int = 0) -> OutboundPacket {
    var packet = OutboundPacket(destination: fields.tuple.remote, record: 0)
    if !payload.isEmpty {
        let block = OctetBlock()
        _ = block.append(payload.span.bytes, from: 0)
        packet.payload = OctetSlice(block: block, offset: 0, count: cut)
        packet.continuation = OctetSlice(block: block, offset: cut, count: payload.count - cut)
    }
    fields.encode(into: &packet)
    return packet
}
