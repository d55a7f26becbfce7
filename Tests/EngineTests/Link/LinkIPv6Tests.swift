import CNIO
import Engine
import Glibc
import TestSupport
import Testing

/// The IPv6 raw socket, which leaves the header out: it must look as if it had not.
@Suite struct LinkIPv6Tests {
    private static let ours = Endpoint(.loopbackV6, 20_000)
    private static let theirs = Endpoint(.loopbackV6, 20_001)

    /// A datagram of ours as it stands in a packet.
    private static func packet(
        from source: Endpoint, to destination: Endpoint, sequence: UInt32 = 0xffff_fff0, payload: Int = 0
    ) -> OutboundPacket {
        var packet = OutboundPacket(destination: destination, record: 0)
        if payload > 0 {
            let block = OctetBlock()
            let text = (0..<payload).map { UInt8(truncatingIfNeeded: $0) }
            _ = block.append(text.span.bytes, from: 0)
            packet.payload = OctetSlice(block: block, offset: 0, count: payload)
        }
        var fields = EnvelopedSegment(
            FourTuple(local: source, remote: destination), sequence: SequenceNumber(sequence), flags: [.rst])
        fields.ttl = 77
        fields.dscp = 0x2a
        fields.codepoint = .capable0
        fields.encode(into: &packet)
        return packet
    }

    /// The octets in front of the payload.
    private static func header(of packet: OutboundPacket) -> [UInt8] {
        (0..<packet.headerLength).map { packet.header[$0] }
    }

    private static func makeLink() throws -> RawSocketLink {
        let link = try RawSocketLink(family: .v6)
        try link.setFilter(PacketFilter(range: ours.port...ours.port, ports: [], family: .v6))
        return link
    }

    @Test(arguments: [0, 1, 1_000, 65_475]) func theHeaderIsPutBackInFrontOfThePacket(payload: Int) async throws {
        let (sent, received, failures) = try await inNetworkNamespace {
            let link = try Self.makeLink()
            let packet = Self.packet(from: Self.theirs, to: Self.ours, payload: payload)
            link.enqueue(packet)
            let failures = link.sendAll().count
            return (Self.header(of: packet), link.collect().first?.octets, failures)
        }
        #expect(failures == 0)
        let octets = try #require(received)
        #expect(Array(octets.prefix(sent.count)) == sent)
        #expect(octets.count == sent.count + payload)
        var view = try PacketView(octets)
        #expect(view.verify(octets) == .good)
        #expect((view.ttl, view.dscp, view.ecn) == (77, 0x2a, 2))
    }

    @Test func theFilterTurnsOtherPortsAway() async throws {
        let sequences = try await inNetworkNamespace {
            let link = try Self.makeLink()
            link.enqueue(Self.packet(from: Self.ours, to: Self.theirs, sequence: 1))
            link.enqueue(Self.packet(from: Self.theirs, to: Self.ours, sequence: 2))
            link.sendAll()
            return link.collect().map { Array($0.octets[44..<48]) }
        }
        #expect(sequences == [[0, 0, 0, 2]])
    }

    @Test func anICMPv6ErrorNamesTheSegmentThatItQuotes() async throws {
        let (error, isQuiet) = try await inNetworkNamespace {
            let link = try Self.makeLink()
            let quoted = Self.packet(from: Self.ours, to: Self.theirs, sequence: 0xffff_fffe)
            // The kernel fills in the checksum.
            let tooBig = [2, 0, 0, 0, 0, 0, 0x05, 0x14] + Self.header(of: quoted)
            try sendRaw(tooBig, protocol: IPPROTO_ICMPV6, to: "::1")
            _ = link.collect()
            return (link.pollNetworkError(), !link.isReady(POLLIN, within: .zero))
        }
        let found = try #require(error)
        #expect(found.connection == FourTuple(local: Self.ours, remote: Self.theirs))
        #expect(found.sequence == SequenceNumber(0xffff_fffe))
        #expect((found.type, found.code, found.mtu) == (2, 0, 1_300))
        #expect(found.offender == .loopbackV6)
        #expect(isQuiet)
    }

    @Test func aGuardAtAnyAddressLeavesTheOtherFamilyAlone() async throws {
        let isFree = try await inNetworkNamespace {
            let guardian = try ResetGuard(Endpoint(.anyV6, 20_000))
            defer { withExtendedLifetime(guardian) {} }
            return (try? KernelSocket.bound(to: 20_000)) != nil
        }
        #expect(isFree)
    }

    @Test func bothFamiliesAreOneLink() async throws {
        let (versions, isEmpty) = try await inNetworkNamespace {
            let pair = try LinkPair(range: 20_000...20_000)
            pair.outbox.append(Self.packet(from: Self.theirs, to: Self.ours))
            pair.outbox.append(RawSegment(destination: Endpoint(.loopbackV4, 20_000), flags: 0x04).packet())
            let blocked = pair.flush { _, _ in }
            var versions: Set<UInt8> = []
            let end = ContinuousClock.now + .seconds(20)
            while versions.count < 2, ContinuousClock.now < end {
                pair.noteReadyV6()
                _ = pair.receive { packet, _, _ in versions.insert(packet.withUnsafeBytes { $0[0] >> 4 }) }
            }
            return (versions, blocked == nil && pair.isEmpty)
        }
        #expect(versions == [4, 6])
        #expect(isEmpty)
    }
}
