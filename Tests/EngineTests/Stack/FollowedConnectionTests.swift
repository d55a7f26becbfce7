import Engine
import Testing

/// Connections of the kernel's, followed by what a raw socket sees of them.
@Suite struct FollowedConnectionTests {
    private static let local = Endpoint(Script.address, 40_000)
    private static let remote = Script.remote
    private static let tuple = FourTuple(local: local, remote: remote)

    private func host(_ cause: Cause = .observed) -> Script {
        var host = Script()
        let id = ConnectionID(observation: 1)
        host.stack.follow(FollowedConnection(id: id, tuple: Self.tuple, cause: cause, name: nil, at: host.now))
        return host
    }

    /// A segment of the peer's, or one that leaves and comes back on loopback; each with the numbers of its own side.
    private func packet(_ flags: TCPFlags, seq: Int, ack: Int = 0, text: String = "", leaves: Bool = false) -> [UInt8] {
        var packet = Script.packet(
            flags, seq: seq, ack: ack, from: leaves ? Self.local : Self.remote, to: leaves ? Self.remote : Self.local)
        if leaves {
            packet.tcp.sequence = Script.iss + 1 + seq
            packet.tcp.acknowledgment = flags.contains(.ack) ? Script.irs + 1 + ack : SequenceNumber(0)
        }
        packet.payload = Array(text.utf8)
        return packet.octets
    }

    @Test func whatComesTellsHowFarBothSidesAre() throws {
        var host = host()
        host.deliver(packet(.ack, seq: 10, ack: 20, text: "hello"))
        let seen = try #require(host.stack.followedConnections.first)
        #expect(seen.receiveNext == Script.irs + 16)
        #expect(seen.nxt == Script.iss + 21)
        #expect(seen.irs == Script.irs + 10)
        #expect(!seen.knowsBeginning)
        #expect(seen.state == .established)
        let record = try #require(host.stack.log.snapshot()[1])
        #expect(record.cause == .observed)
        #expect(record.connection?.description == "o1")
        #expect(record.relativeSequence(seen.receiveNext ?? Script.irs) == 6)
        try host.expectNothing()
    }

    @Test func aHandshakeTellsWhereNumbersBegin() throws {
        var host = host(.kernelTwin)
        host.deliver(packet([.syn, .ack], seq: -1, ack: 0))
        let seen = try #require(host.stack.followedConnections.first)
        #expect(seen.knowsBeginning)
        #expect(seen.irs == Script.irs)
        #expect(seen.iss == Script.iss)
    }

    /// The states that the segments lead to, one after the other.
    private func states(_ packets: [[UInt8]]) -> [State?] {
        var host = host()
        return packets.map { packet in
            host.deliver(packet)
            return host.stack.followedConnections.first?.state
        }
    }

    @Test func aClientIsFollowedFromItsSynToTimeWait() {
        let seen = states([
            packet(.syn, seq: -1, leaves: true), packet([.syn, .ack], seq: -1, ack: 0),
            packet(.ack, seq: 0, ack: 0, leaves: true), packet([.fin, .ack], seq: 0, ack: 0, leaves: true),
            packet([.fin, .ack], seq: 0, ack: 1), packet(.ack, seq: 1, ack: 1, leaves: true),
        ])
        #expect(seen == [.synSent, .established, .established, .finWait1, .timeWait, .timeWait])
    }

    @Test func aServerIsFollowedToItsLastAck() {
        let seen = states([
            packet(.syn, seq: -1), packet([.syn, .ack], seq: -1, ack: 0, leaves: true), packet(.ack, seq: 0, ack: 0),
            packet([.fin, .ack], seq: 0, ack: 0), packet(.ack, seq: 0, ack: 1, leaves: true),
            packet([.fin, .ack], seq: 0, ack: 1, leaves: true), packet(.ack, seq: 1, ack: 1),
        ])
        #expect(seen == [.synReceived, .synReceived, .established, .closeWait, .closeWait, .lastAck, .closed])
    }

    @Test func bothMayCloseAtOnce() {
        let seen = states([
            packet(.ack, seq: 0, ack: 0), packet([.fin, .ack], seq: 0, ack: 0, leaves: true),
            packet([.fin, .ack], seq: 0, ack: 0), packet(.ack, seq: 1, ack: 1),
        ])
        #expect(seen == [.established, .finWait1, .closing, .timeWait])
    }

    @Test func anAcknowledgedFinLeavesHalfAConnection() {
        let seen = states([
            packet(.ack, seq: 0, ack: 0), packet([.fin, .ack], seq: 0, ack: 0, leaves: true),
            packet(.ack, seq: 0, ack: 1), packet([.fin, .ack], seq: 0, ack: 1),
        ])
        #expect(seen == [.established, .finWait1, .finWait2, .timeWait])
    }

    @Test func aSynThatComesAgainMovesNothing() {
        let seen = states([
            packet(.syn, seq: -1), packet(.ack, seq: 0, ack: 0), packet(.syn, seq: -1),
            packet([.fin, .ack], seq: 0, ack: 0),
            packet(.syn, seq: -1),
        ])
        #expect(seen == [.synReceived, .established, .established, .closeWait, .closeWait])
    }

    @Test func bothDirectionsShowOnLoopback() throws {
        var host = host()
        host.deliver(packet(.ack, seq: 0, text: "out", leaves: true))
        host.deliver(packet([.ack, .rst], seq: 0, ack: 3))
        let log = host.stack.log.snapshot()
        #expect([log[1]?.direction, log[2]?.direction] == [.outbound, .inbound])
        #expect(host.stack.followedConnections.first?.state == .closed)
    }

    @Test func whatWeCraftIsNotSeenTwice() throws {
        var host = host()
        host.deliver(packet(.ack, seq: 0, ack: 0))
        var segment = CraftedSegment(tuple: Self.tuple)
        segment.flags = .ack
        segment.payload = Array("ours".utf8)
        let datagram = segment.datagrams[0]
        let record = host.stack.craft(datagram, asFollowed: Self.tuple, at: host.now, wall: host.wall)
        _ = try host.next()
        host.deliver(datagram)
        let log = host.stack.log.snapshot()
        #expect(log.newest == record)
        #expect(log[record]?.cause == .crafted)
    }

    @Test func nobodyElsesSegmentsAreLogged() {
        var host = host()
        host.deliver(Script.packet(.ack, seq: 0, to: Endpoint(Script.address, 40_001)).octets)
        #expect(host.stack.log.newest == 0)
        #expect(host.stack.counters.dropped[.foreign] == 1)
    }
}
