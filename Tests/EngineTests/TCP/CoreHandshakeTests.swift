import Engine
import Testing

@Suite struct CoreHandshakeTests {
    @Test func activeOpenSendsWhatTheOptionsSay() throws {
        var setup = Script.Setup()
        setup.options.mss = 1_300
        setup.options.windowScale = 9
        setup.options.timestamps = true
        setup.options.receiveBuffer = 50_000
        setup.options.ttl = 33
        setup.options.dscp = 10
        var host = Script(setup)
        let request: OpenRequest = {
            var request = OpenRequest(remote: Script.remote)
            request.options = setup.options
            return request
        }()
        let tuple = FourTuple(local: Script.local, remote: Script.remote)
        _ = try host.stack.open(request, tuple: tuple, routeMTU: 1_500, at: host.now)
        let polled = host.stack.pollTransmit(at: host.now, wall: 0)
        let packet = try #require(polled)
        let ip = try IPv4Header(packet.octets)
        let tcp = try TCPHeader(packet.octets, at: 20)
        #expect((ip.ttl, ip.dscp) == (33, 10))
        #expect((ip.source, ip.destination) == (Script.local.address, Script.remote.address))
        #expect((tcp.sourcePort, tcp.destinationPort) == (20_000, 7))
        #expect(tcp.flags == .syn)
        #expect(tcp.sequence == Script.iss)
        #expect(tcp.acknowledgment == SequenceNumber(0))
        #expect(tcp.window == 50_000)
        let options = TCPOption.decode(tcp.options)
        #expect(options.contains(.maximumSegmentSize(1_300)))
        #expect(options.contains(.windowScale(9)))
        #expect(options.contains { $0.kind == 8 })
        #expect(packet.payloadLength == 0)
    }

    @Test func announcedMSSIsTheRouteMTULessBothHeaders() throws {
        var host = Script()
        try host.stack.open(at: host.now, routeMTU: 65_535)
        let syn = try host.expect(.syn)
        #expect(syn.options == [.maximumSegmentSize(65_495)])
    }

    @Test func synAckCompletesAnActiveOpen() throws {
        var host = try Script(.synSent)
        host.peerSYN(.ack)
        host.expectVerdict(.accepted, .synSentFourth)
        try host.expect(.ack, seq: 0, ack: 0, length: 0)
        host.expectState(.established)
        try host.expectNothing()
    }

    @Test func windowOfTheHandshakesLastAckIsScaled() throws {
        var host = try Script(.synSent) {
            $0.options.windowScale = 7
            $0.peerOptions += [.windowScale(3)]
        }
        host.peerSYN(.ack)
        // Of 1 MiB the SYN could announce 65,535 octets; now they are told in units of 128.
        try host.expect(.ack, window: 8_192)
    }

    @Test func payloadOfTheRequestFollowsTheHandshake() throws {
        var host = Script()
        try host.open { $0.payload = [1, 2, 3] }
        host.peerSYN(.ack)
        let data = try host.expect(.ack, seq: 0, ack: 0, cause: .data)
        #expect(data.payload == [1, 2, 3])
        #expect(data.header.flags.contains(.psh))
    }

    @Test func resetRefusesAnActiveOpen() throws {
        var host = try Script(.synSent)
        host.peer([.rst, .ack], ack: 0)
        host.expectState(.closed, because: .refused)
        try host.expectNothing()
    }

    @Test func resetWithoutAckDoesNotRefuseAnActiveOpen() throws {
        var host = try Script(.synSent)
        host.peer(.rst)
        host.expectState(.synSent)
        host.expectVerdict(.outOfWindow, .synSentSecond)
    }

    @Test func resetThatAcknowledgesAnOlderConnectionIsIgnored() throws {
        var host = try Script(.synSent)
        host.peer([.rst, .ack], ack: 1_000)
        host.expectState(.synSent)
        host.expectVerdict(.oldAck, .synSentFirst)
        try host.expectNothing()
    }

    @Test func answerOfAnOlderConnectionIsResetAndTheSynRepeatedOnceAtOnce() throws {
        var host = try Script(.synSent)
        host.peer(.ack, ack: 500)
        try host.expect(.rst, seq: 500)
        try host.expect(.syn, seq: -1, cause: .syn)
        host.peer(.ack, ack: 500)
        try host.expect(.rst, seq: 500)
        try host.expectNothing()
        host.peerSYN(.ack)
        host.expectState(.established)
    }

    @Test func synIsRepeatedAfterASecondThenTwoThenFour() throws {
        var host = try Script(.synSent)
        for seconds: Int64 in [1, 2, 4, 8, 16, 32, 60] {
            #expect(host.advanceToTimer() == .seconds(seconds))
            try host.expect(.syn, seq: -1, length: 0, cause: .rto)
            try host.expectNothing()
        }
        host.advance(.seconds(Int64(57)))  // 180 s in all: R2
        host.expectState(.closed, because: .timeout)
        try host.expectNothing()
    }

    @Test func userTimeoutEndsAnUnansweredHandshake() throws {
        var host = try Script(.synSent) { $0.options.userTimeout = .seconds(Int64(5)) }
        host.advance(.milliseconds(4_999))
        host.expectState(.synSent)
        host.advance(.milliseconds(1))
        host.expectState(.closed, because: .timeout)
    }

    @Test func closeInSynSentSendsNothing() throws {
        var host = try Script(.synSent)
        host.close()
        host.expectState(.closed, because: .aborted)
        try host.expectNothing()
    }

    @Test(arguments: [(IPAddress.loopbackV4, 536), (.loopbackV6, 1_220)])
    func missingMSSOptionMeansTheDefaultOfTheFamily(address: IPAddress, expected: Int) {
        let origin = Connection.Origin(
            id: ConnectionID(rawValue: 1), tuple: FourTuple(local: Endpoint(address, 1), remote: Endpoint(address, 2)),
            iss: Script.iss, routeMTU: 9_000, timestampOffset: 0)
        let syn = Segment(sequence: Script.irs, flags: .syn, window: 65_535)
        let connection = Connection.accepting(syn, record: 1, origin, ConnectionOptions(), at: .zero)
        #expect(connection.snapshot.mss == expected)
    }

    @Test func missingMSSOptionBoundsWhatIsSent() throws {
        var host = try Script(.established) { $0.peerOptions = [] }
        try host.write(1_000)
        try host.expect(.ack, length: 536)
    }

    @Test("RFC 9293 MUST-23: an unanswered SYN is repeated for at least three minutes")
    func synIsRepeatedForThreeMinutes() throws {
        var host = try Script(.synSent)
        let start = host.now
        var last = start
        while let interval = host.advanceToTimer(), host.connection?.state == .synSent {
            last = host.now
            #expect(interval <= .seconds(Int64(60)), "RFC 6298 §2.5 bounds the backed-off timer")
            try host.expect(.syn, seq: -1, cause: .rto)
        }
        host.expectState(.closed, because: .timeout)
        #expect(host.now - start >= .seconds(Int64(180)))
        #expect(last - start >= .seconds(Int64(120)))
    }

    @Test("RFC 9293 §3.10.7.4: behind a passive OPEN a SYN,ACK at IRS is not acceptable, and establishes nothing")
    func synAckAtTheListenersConnectionIsAcknowledgedOnly() throws {
        var host = try Script(.synReceived)
        host.peer([.syn, .ack], seq: -1, ack: 0)
        try host.expect(.ack, seq: 0, ack: 0)
        host.expectState(.synReceived)
        host.peer(.ack, seq: 0, ack: 0)
        host.expectState(.established)
    }

    @Test func absurdlySmallMSSIsTakenAs64() throws {
        let host = try Script(.established) { $0.peerOptions = [.maximumSegmentSize(0)] }
        #expect(host.connection?.snapshot.mss == 64)
    }

    @Test func windowScaleAbove14CountsAs14() throws {
        let host = try Script(.established) {
            $0.options.windowScale = 0
            $0.peerOptions += [.windowScale(200)]
        }
        #expect(host.connection?.snapshot.send.scale == 14)
    }

    @Test func optionsThatThePeerLeavesOutAreNotUsed() throws {
        var host = try Script(.established) {
            $0.options.windowScale = 7
            $0.options.timestamps = true
        }
        let negotiated = try #require(host.connection?.snapshot.negotiated)
        #expect(!negotiated.windowScale && !negotiated.timestamps)
        try host.write(10)
        let data = try host.expect(.ack, window: 65_535)
        #expect(data.options.isEmpty)
    }

    // MARK: Passive

    @Test func listenerAnswersASynAndTheAckEstablishes() throws {
        var host = Script()
        host.listen()
        host.peerSYN()
        host.expectVerdict(.accepted, .listenThird)
        let answer = try host.expect([.syn, .ack], seq: -1, ack: 0, cause: .synAck)
        #expect(answer.options == [.maximumSegmentSize(1_460)])
        host.expectState(.synReceived)
        host.peer(.ack, ack: 0)
        host.expectState(.established)
        try host.expectNothing()
        var accepted = false
        while let event = host.stack.pollEvent() {
            if case .accepted(_, let id) = event { accepted = id == ConnectionID(rawValue: 1) }
        }
        #expect(accepted)
    }

    @Test func listenerOffersOnlyWhatTheSynOffered() throws {
        var setup = Script.Setup()
        setup.options.windowScale = 7
        setup.options.timestamps = true
        setup.peerOptions = [.windowScale(2)]
        var host = Script(setup)
        host.listen()
        host.peerSYN()
        let answer = try host.expect([.syn, .ack])
        #expect(answer.options.filter { $0.kind != 1 } == [.maximumSegmentSize(1_460), .windowScale(7)])
    }

    @Test func dataOnTheHandshakesLastAckIsTaken() throws {
        var host = try Script(.synReceived)
        host.peer(.ack, ack: 0, length: 5)
        host.expectState(.established)
        #expect(try host.read() == [0, 1, 2, 3, 4])
    }

    @Test func finOnTheHandshakesLastAckIsTaken() throws {
        var host = try Script(.synReceived)
        host.peer([.fin, .ack], ack: 0, length: 5)
        host.expectState(.closeWait)
        try host.expect(.ack, ack: 6)
    }

    @Test func listenerIgnoresAResetAndResetsAnAck() throws {
        var host = Script()
        host.listen()
        host.peer(.rst)
        host.expectVerdict(.outOfWindow, .listenFirst)
        try host.expectNothing()
        host.peer(.ack, ack: 77)
        host.expectVerdict(.oldAck, .listenSecond)
        try host.expect(.rst, seq: 77)
        host.peer([.fin])
        host.expectVerdict(.outOfWindow, .listenFourth)
        try host.expectNothing()
    }

    @Test func resetInSynReceivedEndsTheConnectionAndFreesItsPlace() throws {
        var host = Script()
        host.listen(backlog: 1)
        host.peerSYN()
        try host.expect([.syn, .ack])
        host.peer(.rst, seq: 0)
        host.expectState(.closed, because: .refused)
        host.peerSYN()
        try host.expect([.syn, .ack], seq: -1)
        #expect(host.stack.openCount == 1)
    }

    @Test func deletingAHalfOpenConnectionFreesItsPlace() throws {
        var host = Script()
        host.listen(backlog: 1)
        host.peerSYN()
        try host.expect([.syn, .ack])
        try host.stack.delete(host.id, at: host.now, wall: host.wall)
        try host.expect([.rst, .ack])
        host.peerSYN()
        try host.expect([.syn, .ack], seq: -1)
        #expect(host.stack.openCount == 1)
    }

    @Test func fullBacklogAnswersWithACookieAndItsAckBeginsAConnection() throws {
        var host = Script()
        host.listen(backlog: 0)
        host.peerSYN()
        let cookie = try host.expect([.syn, .ack], ack: 0).header.sequence
        #expect(host.stack.openCount == 0)
        var answer = Script.packet(.ack, seq: 0)
        answer.tcp.acknowledgment = cookie + 1
        host.deliver(answer.octets)
        host.expectState(.established)
        #expect(host.connection?.snapshot.mss == 536)  // the largest that a cookie remembers below 1,000
    }

    @Test func acknowledgmentOfNoCookieIsReset() throws {
        var host = Script()
        host.listen(backlog: 0)
        host.peerSYN()
        try host.expect([.syn, .ack])
        host.peer(.ack, seq: 0, ack: 99)
        try host.expect(.rst, seq: 99)
        #expect(host.stack.openCount == 0)
    }

    @Test(arguments: [-1, 1, 500])
    func unacceptableAckInSynReceivedIsReset(ack: Int) throws {
        var host = try Script(.synReceived)
        host.peer(.ack, ack: ack)
        host.expectVerdict(.outOfWindow, .fifth)
        try host.expect(.rst, seq: ack)
        host.expectState(.synReceived)
        host.peer(.ack, ack: 0)
        host.expectState(.established)
    }

    @Test func synAckIsRepeatedAndResetsTheInitialWindow() throws {
        var host = try Script(.synReceived)
        host.advance(.seconds(Int64(1)))
        try host.expect([.syn, .ack], seq: -1, ack: 0, cause: .rto)
        host.peer(.ack, ack: 0)
        // RFC 5681 §3.1: one segment; RFC 6298 §5.7: three seconds.
        #expect(host.connection?.snapshot.congestion.window == 1_000)
        #expect(host.connection?.snapshot.rtt.rto == .seconds(Int64(3)))
    }

    // MARK: Simultaneous

    @Test func simultaneousOpenGoesByFigure8() throws {
        var host = try Script(.synSent)
        host.peerSYN()
        host.expectState(.synReceived)
        try host.expect([.syn, .ack], seq: -1, ack: 0, cause: .synAck)
        host.peerSYN(.ack)
        host.expectState(.established)
        try host.expectNothing()
        host.peer(.ack, length: 3)
        #expect(try host.read() == [0, 1, 2])
    }

    @Test func finOnASimultaneousSynWaitsForEstablished() throws {
        var host = try Script(.synSent)
        host.peer([.syn, .fin], seq: -1, options: [])
        host.expectState(.synReceived)
        try host.expect([.syn, .ack], seq: -1, ack: 0)
        host.peer([.fin, .ack], seq: 0, ack: 0)
        host.expectState(.closeWait)
        try host.expect(.ack, seq: 0, ack: 1)
        try host.write(4)
        try host.expect(.ack, seq: 0, length: 4)
    }
}

extension TCPStack {
    /// Opens a connection with default options but without timestamps and window scale.
    fileprivate mutating func open(at now: Instant, routeMTU: Int) throws {
        var request = OpenRequest(remote: Script.remote)
        request.options = Script.Setup().options
        _ = try open(
            request, tuple: FourTuple(local: Script.local, remote: Script.remote), routeMTU: routeMTU, at: now)
    }
}
