import Engine
import Testing

@Suite struct WireOutboxTests {
    /// A packet to the port of the same number.
    private static func packet(_ record: UInt64, payload block: OctetBlock? = nil) -> OutboundPacket {
        var packet = OutboundPacket(destination: Endpoint(.loopbackV4, UInt16(record % 65_536)), record: record)
        packet.payload = block.map { OctetSlice(block: $0, offset: 0, count: 1) }
        return packet
    }

    @Test func packetsComeOutInTheirOrderHoweverManyWait() {
        let outbox = Outbox()
        var put: UInt64 = 0
        var taken: UInt64 = 0
        // More go in than come out: it wraps around, and grows in the middle of it.
        for round in 1...100 {
            for _ in 0..<round {
                put += 1
                outbox.append(Self.packet(put))
            }
            for _ in 0..<round / 2 {
                taken += 1
                #expect(outbox.popFirst()?.record == taken)
            }
        }
        #expect(outbox.count == Int(put - taken))
        while let packet = outbox.popFirst() {
            taken += 1
            #expect(packet.record == taken)
        }
        #expect(taken == put)
        #expect(outbox.isEmpty)
    }

    @Test func aPacketKeepsItsBlockUntilItHasLeft() throws {
        let outbox = Outbox()
        weak var kept: OctetBlock?
        do {
            let block = OctetBlock()
            _ = block.append([7].span.bytes, from: 0)
            outbox.append(Self.packet(1, payload: block))
            kept = block
        }
        #expect(kept != nil)
        do {
            let packet = try #require(outbox.popFirst())
            #expect(packet.payloadLength == 1)
        }
        #expect(kept == nil, "the place where it stood holds it no longer")
    }

    @Test func whatMayNotLeaveIsTakenOutOnce() {
        let outbox = Outbox()
        for record in 1...4 as ClosedRange<UInt64> { outbox.append(Self.packet(record)) }
        var asked: [UInt16] = []
        func screen() {
            outbox.screen { destination in
                asked.append(destination.port)
                return !destination.port.isMultiple(of: 2)
            }
        }
        screen()
        outbox.append(Self.packet(6))
        outbox.append(Self.packet(7))
        screen()
        #expect(asked == [1, 2, 3, 4, 6, 7], "nobody is asked about the same packet again")
        #expect([outbox.popFirst(), outbox.popFirst(), outbox.popFirst()].map { $0?.record } == [1, 3, 7])
        #expect(outbox.isEmpty)
    }
}
