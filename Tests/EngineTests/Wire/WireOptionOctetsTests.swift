import Engine
import Testing

@Suite struct WireOptionOctetsTests {
    private let tuple = FourTuple(local: Endpoint(.loopbackV4, 43_456), remote: Endpoint(.loopbackV4, 52_287))

    private func packet(_ change: (inout SegmentOptions) -> Void) throws -> (octets: [UInt8], view: PacketView) {
        var fields = EnvelopedSegment(tuple, sequence: SequenceNumber(0xffff_fff0), flags: .ack)
        change(&fields.options)
        let packet = encode(fields)
        return (packet, try PacketView(packet))
    }

    @Test func extraOptionsStandVerbatimBehindTheKnownOnes() throws {
        let (octets, view) = try packet { options in
            options.timestamps = .init(value: 1, echo: 2)
            options.extra.append(kind: 253, data: [0x0a, 0x0b])
        }
        #expect(Array(octets.dropFirst(40)) == [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 253, 4, 0x0a, 0x0b])
        #expect(view.segment.options.extra.array == [253, 4, 0x0a, 0x0b])
    }

    @Test("RFC 9293 MUST-69: the header behind the options is filled up with zeros")
    func paddingIsZero() throws {
        let (octets, view) = try packet { $0.extra.append(kind: 254, data: [7, 7, 7]) }
        #expect(Array(octets.dropFirst(40)) == [254, 5, 7, 7, 7, 0, 0, 0])
        #expect(view.segment.options.extra.data(ofKind: 254) == [7, 7, 7])
        #expect(!view.optionsMalformed)
    }

    @Test("RFC 9293 MUST-6: options that nobody knows are kept as they came, and ignored")
    func unknownOptionsAreKeptInTheirOrder() throws {
        var packet = TestPacket()
        packet.tcp.options = octets("fd04 0102 0101 0402 fe03 09 01")
        let options = try PacketView(packet.octets).segment.options
        #expect(options.sackPermitted)
        #expect(options.extra.array == octets("fd04 0102 fe03 09"))
        #expect(options.extra.data(ofKind: 254) == [9])
        #expect(options.extra.data(ofKind: 28) == nil)
    }

    @Test func fortyOctetsFitAndNoMore() throws {
        var extra = OptionOctets()
        let fits = extra.append(kind: 253, data: [UInt8](repeating: 1, count: 38))
        let fitsToo = extra.append(kind: 253, data: [])
        #expect(fits && !fitsToo)
        #expect(extra.count == 40)
        let full = extra
        let (octets, view) = try packet { $0.extra = full }
        #expect(octets.count == 80)
        #expect(view.segment.options.extra == full)
    }

    @Test func whatDoesNotFitBehindTheOthersIsLeftOut() throws {
        let (octets, view) = try packet { options in
            options.timestamps = .init(value: 1, echo: 2)
            options.extra.append(kind: 253, data: [UInt8](repeating: 1, count: 28))
        }
        #expect(octets.count == 52)
        #expect(view.segment.options.extra.isEmpty)
    }
}
