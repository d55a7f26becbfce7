import Engine
import Testing

/// RFC 9293 §3.8.3 and §3.9: what the user and the layers beside TCP are told.
@Suite struct CoreInterfaceTests {
    @Test("RFC 9293 MUST-20, SHLD-9: at R1 the user is told, and the route is doubted; the connection goes on")
    func r1IsTold() throws {
        var host = try Script(.established)
        try host.write(1)
        host.advanceToTimer()
        #expect(host.connection?.snapshot.isTroubled == false)
        host.advance(.seconds(Int64(15)))
        #expect(host.connection?.snapshot.isTroubled == true)
        var isTold = false
        while let event = host.stack.pollEvent() {
            if case .troubled(Script.remote.address) = event { isTold = true }
        }
        #expect(isTold)
        host.expectState(.established)
        host.peer(.ack, ack: 1)
        #expect(host.connection?.snapshot.isTroubled == false)
    }

    @Test("RFC 9293 MUST-48, SHLD-21, SHLD-22: the code point goes out as the user set it, also when it is changed")
    func codePointCanBeChanged() throws {
        var host = try Script(.established) { $0.options.dscp = 10 }
        try host.change { change in
            change.dscp = 46
            change.ttl = 7
        }
        try host.write(1)
        let polled = host.stack.pollTransmit(at: host.now, wall: host.wall)
        let packet = try #require(polled)
        let ip = try IPv4Header(packet.octets)
        #expect((ip.ttl, ip.dscp) == (7, 46))
    }

    @Test(
        "RFC 9293 MUST-57, MUST-63: a SYN from an address that nobody can have is not answered",
        arguments: [
            IPAddress(v4: 0xe000_0001), IPAddress(v4: 0xffff_ffff), IPAddress(v4: 0),
        ])
    func synFromNowhereIsDropped(source: IPAddress) throws {
        var host = try Script(.listen)
        host.deliver(Script.packet(.syn, seq: -1, from: Endpoint(source, 7)).octets)
        try host.expectNothing()
        #expect(host.stack.openCount == 0)
    }

    @Test(
        "RFC 9293 MUST-57: a SYN to a broadcast or multicast address is dropped in silence",
        arguments: [IPAddress(v4: 0xe000_0001), IPAddress(v4: 0xffff_ffff), IPAddress(v4: 0x0a00_00ff)])
    func synToManyIsDropped(destination: IPAddress) throws {
        var host = Script()
        host.stack.broadcasts = [IPAddress(v4: 0x0a00_00ff)]
        let local = Endpoint(.anyV4, Script.local.port)
        _ = host.stack.listen(at: local, options: host.setup.options, backlog: 8, routeMTU: 1_500)
        let target = Endpoint(destination, Script.local.port)
        host.deliver(Script.packet(.syn, seq: -1, to: target).octets)
        try host.expectNothing()
        #expect(host.stack.openCount == 0)
        host.deliver(Script.packet(.syn, seq: -1).octets)
        try host.expect([.syn, .ack])
    }

    @Test("RFC 9293 MUST-45: a connection keeps the address that its peer has called")
    func theCalledAddressStays() throws {
        var host = Script()
        let local = Endpoint(.anyV4, Script.local.port)
        _ = host.stack.listen(at: local, options: host.setup.options, backlog: 8, routeMTU: 1_500)
        let called = Endpoint(IPAddress(v4: 0x0a00_0009), Script.local.port)
        /// The source addresses of what leaves.
        func sources() -> [IPAddress] {
            var sources: [IPAddress] = []
            while let packet = host.stack.pollTransmit(at: host.now, wall: host.wall) {
                sources.append(IPAddress(v4: packet.octets[12..<16].reduce(0) { $0 << 8 | UInt32($1) }))
            }
            return sources
        }
        host.deliver(Script.packet(.syn, seq: -1, to: called).octets)
        #expect(sources() == [called.address])
        host.deliver(Script.packet(.ack, seq: 0, ack: 0, to: called).octets)
        try host.write(10)
        #expect(sources() == [called.address])
        host.deliver(Script.packet([.fin, .ack], seq: 0, ack: 10, to: called).octets)
        host.close()
        let farewell = sources()
        #expect(!farewell.isEmpty && farewell.allSatisfy { $0 == called.address })
    }

    @Test("RFC 9293 MUST-41, MUST-42: a passive OPEN at the port of a connection in SYN-SENT leaves that one alone")
    func listeningBesideAConnection() throws {
        var host = try Script(.synSent)
        host.listen()
        let other = Endpoint(IPAddress(v4: 0x0a00_0003), 9)
        host.deliver(Script.packet(.syn, seq: -1, from: other).octets)
        try host.expect([.syn, .ack])
        host.peerSYN(.ack)
        host.expectState(.established)
    }

    @Test("RFC 9293 MUST-12: the user learns whether it was a FIN or a RST that ended the stream")
    func endIsToldApart() throws {
        var closed = try Script(.lastAck)
        closed.peer(.ack, ack: 1)
        closed.expectState(.closed, because: .normal)
        var reset = try Script(.established)
        reset.peer(.rst)
        reset.expectState(.closed, because: .resetByPeer)
    }

    @Test("RFC 9293 MUST-11: a RST in SYN-RECEIVED tells whether the open was passive or active")
    func synReceivedRemembersWhereItCameFrom() throws {
        var passive = try Script(.synReceived)
        passive.peer(.syn, seq: 10)
        passive.expectState(.closed, because: .refused)
        var active = try Script(.synSent)
        active.peerSYN()
        try active.expect([.syn, .ack])
        active.peer(.syn, seq: 10)
        active.expectState(.synReceived)
    }

    @Test("a repeated SYN in SYN-RECEIVED has its SYN,ACK repeated at once")
    func repeatedSynIsAnsweredAgain() throws {
        var host = try Script(.synReceived)
        host.peerSYN()
        host.expectVerdict(.duplicate, .first)
        try host.expect([.syn, .ack], seq: -1, ack: 0, cause: .synAck)
        host.peer(.ack, ack: 0)
        host.expectState(.established)
    }

    @Test("RFC 6429: a user timeout of one's own ends a connection whose peer keeps its window closed")
    func ownUserTimeoutEndsAZeroWindow() throws {
        var host = try Script(.established) { $0.options.userTimeout = .seconds(Int64(20)) }
        host.peer(.ack, ack: 0, window: 0)
        try host.write(10)
        for _ in 0..<12 where host.connection?.state == .established {
            host.advance(.seconds(Int64(2)))
            while try host.next() != nil {}
            host.peer(.ack, ack: 0, window: 0)
        }
        host.expectState(.closed, because: .timeout)
    }
}
