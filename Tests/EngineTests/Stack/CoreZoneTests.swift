import Engine
import Testing

/// RFC 4007: a link-local address means a host only within a zone, and the zone is that of the packet.
@Suite struct CoreZoneTests {
    private static let ours = Endpoint(IPAddress(v6: 0xfe80 << 48, 1), 20_000)
    private static let theirs = Endpoint(IPAddress(v6: 0xfe80 << 48, 2), 7)
    private static let now = Instant(nanoseconds: 5_000_000_000)

    private static func stack() -> TCPStack {
        var configuration = StackConfiguration(secret: (1, 2))
        configuration.trapsOnBrokenInvariant = true
        configuration.initialSequence = Script.iss
        return TCPStack(configuration)
    }

    /// A segment from the peer as it stands on the wire.
    private static func segment(_ flags: TCPFlags) -> [UInt8] {
        var fields = EnvelopedSegment(
            FourTuple(local: theirs, remote: ours), sequence: Script.irs, flags: flags)
        if flags.contains(.ack) { fields.acknowledgment = Script.iss + 1 }
        var packet = OutboundPacket(destination: ours, record: 0)
        fields.encode(into: &packet)
        return packet.octets
    }

    private static func open(_ stack: inout TCPStack, zone: UInt32) throws -> ConnectionID {
        let tuple = FourTuple(local: ours, remote: theirs).within(zone: zone)
        return try stack.open(OpenRequest(remote: tuple.remote), tuple: tuple, routeMTU: 1_500, at: now)
    }

    private static func departures(_ stack: inout TCPStack) -> [OutboundPacket] {
        var packets: [OutboundPacket] = []
        while let packet = stack.pollTransmit(at: now, wall: 0) { packets.append(packet) }
        return packets
    }

    @Test func theSameEndpointsInTwoZonesAreTwoConnections() throws {
        var stack = Self.stack()
        let (first, second) = (try Self.open(&stack, zone: 2), try Self.open(&stack, zone: 3))
        let synchronizers = Self.departures(&stack)
        #expect(synchronizers.map(\.destination.address.zone) == [2, 3])
        #expect(synchronizers.allSatisfy { $0.octets[24..<40].elementsEqual(Self.theirs.address.octets) })
        let answer = Self.segment([.syn, .ack])
        stack.receive(answer.span.bytes, zone: 3, at: Self.now, wall: 0)
        #expect(try stack.connection(first).state == .synSent)
        #expect(try stack.connection(second).state == .established)
    }

    @Test func aListenerInOneZoneHearsNothingFromAnother() {
        var stack = Self.stack()
        let local = Self.ours.within(zone: 2)
        stack.own(local)
        _ = stack.listen(at: local, options: ConnectionOptions(), backlog: 8, routeMTU: 1_500)
        let synchronizer = Self.segment(.syn)
        stack.receive(synchronizer.span.bytes, zone: 3, at: Self.now, wall: 0)
        #expect(Self.departures(&stack).isEmpty)
        stack.receive(synchronizer.span.bytes, zone: 2, at: Self.now, wall: 0)
        #expect(Self.departures(&stack).map(\.destination) == [Self.theirs.within(zone: 2)])
    }

    @Test func anAnswerFromNoConnectionGoesBackIntoTheZone() {
        var stack = Self.stack()
        stack.own(Self.ours.within(zone: 2))
        let stray = Self.segment(.ack)
        stack.receive(stray.span.bytes, zone: 2, at: Self.now, wall: 0)
        #expect(Self.departures(&stack).map(\.destination) == [Self.theirs.within(zone: 2)])
    }

    @Test func aSegmentThatAnImpairmentHoldsKeepsItsZone() throws {
        var stack = Self.stack()
        let id = try Self.open(&stack, zone: 2)
        _ = Self.departures(&stack)
        var hold = ImpairmentSettings(name: "hold", kind: .hold(limit: 8), seed: 7)
        hold.stream = .inbound
        stack.impair(hold)
        let answer = Self.segment([.syn, .ack])
        stack.receive(answer.span.bytes, zone: 2, at: Self.now, wall: 0)
        #expect(try stack.connection(id).state == .synSent)
        _ = stack.releaseHeld(by: "hold", record: nil, at: Self.now, wall: 0)
        #expect(try stack.connection(id).state == .established)
    }

    @Test func onlyALinkLocalAddressIsPlacedInAZone() {
        let address = Self.theirs.address.within(zone: 7)
        #expect(address != Self.theirs.address)
        #expect(address.within(zone: 0) == Self.theirs.address)
        #expect(address.description == "fe80::2%7")
        #expect(address.octets == Self.theirs.address.octets)
        for other in [IPAddress.loopbackV6, .loopbackV4, IPAddress(v6: 0xfd00 << 48, 1), IPAddress(v4: 0xa9fe_0001)] {
            #expect(other.within(zone: 7) == other)
        }
    }
}
