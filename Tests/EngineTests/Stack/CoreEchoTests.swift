import Engine
import Testing

/// The echo of our own segments, as the loopback device hands it back.
@Suite struct CoreEchoTests {
    private static func host(observing: Bool = true) throws -> Script {
        var host = try Script(.established)
        host.stack.observesEcho = observing
        return host
    }

    /// Sends a segment of three octets; its octets and its record's number.
    private static func send(_ host: inout Script) throws -> (octets: [UInt8], record: UInt64) {
        _ = try host.write(3)
        let polled = host.stack.pollTransmit(at: host.now, wall: host.wall)
        let packet = try #require(polled)
        return (packet.octets, packet.record)
    }

    @Test func anEchoIsFoldedIntoTheRecordAndIsNoneOfItsOwn() throws {
        var host = try Self.host()
        let (octets, record) = try Self.send(&host)
        host.deliver(octets)
        let log = host.stack.log.snapshot()
        #expect(log.newest == record)
        #expect(log[record]?.echo == WireEcho(wallTime: host.wall, rewritten: []))
        #expect(host.stack.counters.dropped[.echo] == 1)
        host.expectState(.established)
    }

    @Test func whatTheKernelHasRewrittenIsNamed() throws {
        var host = try Self.host()
        var (octets, record) = try Self.send(&host)
        octets[5] = 9  // the id's lower half
        octets[10] ^= 0xff  // the header checksum
        octets[8] = 63  // the time to live
        host.deliver(octets)
        #expect(host.stack.log.echo(of: record)?.rewritten == ["ip.id", "ip.ttl", "ip.checksum"])
    }

    @Test func segmentsThatLookAlikeGetTheirEchoesInOrder() throws {
        var host = try Self.host()
        let first = try Self.send(&host)
        // Its timer starts once there is nothing more to send.
        try host.expectNothing()
        let due = host.stack.nextDeadline
        host.stack.advance(to: due, wall: host.wall)
        let polled = host.stack.pollTransmit(at: due, wall: host.wall)
        let second = try #require(polled)
        try #require(second.octets == first.octets)
        host.deliver(first.octets)
        #expect(host.stack.log.echo(of: first.record) != nil)
        #expect(host.stack.log.echo(of: second.record) == nil)
        host.deliver(second.octets)
        #expect(host.stack.log.echo(of: second.record) != nil)
    }

    @Test func whatWeHaveNotSentIsNoEcho() throws {
        var host = try Self.host()
        var (octets, record) = try Self.send(&host)
        octets[27] ^= 1  // SEG.SEQ
        host.deliver(octets)
        #expect(host.stack.log.echo(of: record) == nil)
        #expect(host.stack.log.newest == record)
    }

    @Test func nobodyLooksUnlessAsked() throws {
        var host = try Self.host(observing: false)
        let (octets, record) = try Self.send(&host)
        host.stack.observesEcho = true
        host.deliver(octets)
        #expect(host.stack.log.echo(of: record) == nil)
        #expect(host.stack.counters.dropped[.echo] == 1)
    }
}
