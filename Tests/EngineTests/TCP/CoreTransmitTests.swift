import Engine
import Testing

@Suite struct CoreTransmitTests {
    @Test func textIsCutIntoSegmentsOfTheMSS() throws {
        var host = try Script(.established)
        try host.write(2_500)
        let first = try host.expect(.ack, seq: 0, ack: 0, length: 1_000, cause: .data)
        try host.expect(.ack, seq: 1_000, length: 1_000)
        let last = try host.expect(.ack, seq: 2_000, length: 500)
        try host.expectNothing()
        #expect(first.payload == (0..<1_000).map { UInt8(truncatingIfNeeded: $0) })
        #expect(last.payload == (2_000..<2_500).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test func pushStandsOnTheLastSegmentOnly() throws {
        var host = try Script(.established)
        try host.write(1_500)
        #expect(try host.expect(.ack).header.flags == .ack)
        #expect(try host.expect(.ack).header.flags == [.ack, .psh])
        try host.write(10, push: false)
        #expect(try host.expect(.ack).header.flags == .ack)
    }

    @Test func ourOwnMSSOptionAndRouteLimitSegmentsToo() throws {
        var host = try Script(.established) {
            $0.peerOptions = [.maximumSegmentSize(9_000)]
            $0.routeMTU = 1_240
        }
        try host.write(3_000)
        try host.expect(.ack, length: 1_200)
    }

    @Test func timestampsTakeTheirRoomFromTheText() throws {
        var host = try Script(.established) {
            $0.options.timestamps = true
            $0.peerOptions += [.timestamps(value: 0, echo: 0)]
        }
        try host.write(2_000)
        try host.expect(.ack, length: 988)
    }

    @Test func segmentMayCrossFromOneBlockOfTheBufferIntoTheNext() throws {
        var host = try Script(.established) {
            $0.routeMTU = 65_535
            $0.peerOptions = [.maximumSegmentSize(40_000)]
            $0.options.congestion = .none
        }
        try host.write(80_000)
        try host.expect(.ack, seq: 0, length: 40_000)
        host.peer(.ack, ack: 40_000)
        let second = try host.expect(.ack, seq: 40_000, length: 40_000)
        #expect(second.payload == (40_000..<80_000).map { UInt8(truncatingIfNeeded: $0) })
    }

    // MARK: The peer's window

    @Test func peersWindowIsNeverExceeded() throws {
        var host = try Script(.established) { $0.peerWindow = 2_500 }
        try host.write(10_000)
        try host.expect(.ack, seq: 0, length: 1_000)
        try host.expect(.ack, seq: 1_000, length: 1_000)
        try host.expectNothing()
        host.peer(.ack, ack: 1_000)
        try host.expect(.ack, seq: 2_000, length: 1_000)
        try host.expectNothing()
    }

    @Test func peersWindowIsScaledAfterTheHandshakeOnly() throws {
        var host = try Script(.established) {
            $0.options.windowScale = 0
            $0.options.congestion = .none
            $0.peerOptions += [.windowScale(2)]
            $0.peerWindow = 1_000
        }
        #expect(host.connection?.snapshot.send.wnd == 1_000)
        host.peer(.ack)
        #expect(host.connection?.snapshot.send.wnd == 4_000)
        try host.write(10_000)
        for position in [0, 1_000, 2_000, 3_000] { try host.expect(.ack, seq: position, length: 1_000) }
        try host.expectNothing()
    }

    @Test func olderSegmentDoesNotChangeTheWindow() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 100, window: 3_000)
        host.peer(.ack, seq: 0, ack: 0, window: 9_000)
        #expect(host.connection?.snapshot.send.wnd == 3_000)
        while try host.next() != nil {}
        try host.write(2_000)
        try host.expect(.ack, length: 1_000)
        try host.expect(.ack, length: 1_000)
        host.peer(.ack, ack: 2_000, window: 5_000)
        // Newer octets with an older ACK: its window counts from a left edge that has moved on.
        host.peer(.ack, ack: 1_000, length: 10, window: 60_000)
        #expect(host.connection?.snapshot.send.wnd == 5_000)
    }

    @Test func shrunkWindowStopsNewTextOnly() throws {
        var host = try Script(.established) { $0.peerWindow = 4_000 }
        try host.write(10_000)
        for position in [0, 1_000, 2_000, 3_000] { try host.expect(.ack, seq: position) }
        host.peer(.ack, ack: 1_000, window: 1_000)
        try host.expectNothing()
        host.peer(.ack, ack: 4_000, window: 1_000)
        try host.expect(.ack, seq: 4_000, length: 1_000)
    }

    // MARK: Silly windows

    @Test func smallWindowWaitsForALargerOneOrTheOverrideTimer() throws {
        var host = try Script(.established)
        try host.write(4_000)
        for _ in 0..<4 { try host.expect(.ack) }
        host.peer(.ack, ack: 4_000, window: 300)
        try host.write(2_000)
        try host.expectNothing()
        let rto = try #require(host.connection?.snapshot.rtt.rto)
        #expect(host.advanceToTimer() == rto)
        try host.expect(.ack, seq: 4_000, length: 300)
        try host.expectNothing()
    }

    @Test func windowUpdateReleasesWhatWasHeldBack() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 300)
        try host.write(2_000)
        try host.expectNothing()
        host.peer(.ack, window: 1_500)
        try host.expect(.ack, seq: 0, length: 1_000)
        try host.expectNothing()
    }

    @Test func halfOfTheLargestWindowIsWorthSending() throws {
        var host = try Script(.established) { $0.peerWindow = 900 }
        try host.write(2_000)
        try host.expect(.ack, length: 900)
        host.peer(.ack, ack: 900, window: 450)
        try host.expect(.ack, seq: 900, length: 450)
    }

    @Test func nagleHoldsASmallSegmentWhileAnythingIsOutstanding() throws {
        var host = try Script(.established) { $0.options.nagle = true }
        try host.write(10)
        try host.expect(.ack, length: 10)
        try host.write(10)
        try host.write(10)
        try host.expectNothing()
        host.peer(.ack, ack: 10)
        try host.expect(.ack, seq: 10, length: 20)
    }

    @Test func withoutNagleEverySmallSegmentGoesAtOnce() throws {
        var host = try Script(.established)
        try host.write(10)
        try host.expect(.ack, seq: 0, length: 10)
        try host.write(10)
        try host.expect(.ack, seq: 10, length: 10)
    }

    @Test func finIsSentEvenWhenNagleWouldWait() throws {
        var host = try Script(.established) { $0.options.nagle = true }
        try host.write(10)
        try host.expect(.ack, length: 10)
        try host.write(10)
        host.close()
        try host.expect([.fin, .ack], seq: 10, length: 10)
    }

    // MARK: The closed window

    @Test func closedWindowIsProbedAfterTheTimeoutAndThenMoreSeldom() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        try host.write(1_000)
        try host.expectNothing()
        let rto = try #require(host.connection?.snapshot.rtt.rto)
        var expected = rto
        for _ in 0..<6 {
            #expect(host.advanceToTimer() == expected)
            try host.expect(.ack, seq: 0, length: 1, cause: .windowProbe)
            host.peer(.ack, window: 0)
            try host.expectNothing()
            expected = expected * 2
        }
    }

    @Test func refusedProbesSayNothingOfLoss() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        try host.write(1_000)
        let before = try #require(host.connection?.snapshot)
        for _ in 0..<10 {
            host.advanceToTimer()
            try host.expect(.ack, length: 1)
            host.peer(.ack, window: 0)
        }
        let after = try #require(host.connection?.snapshot)
        #expect(after.congestion.window == before.congestion.window)
        #expect(after.congestion.slowStartThreshold == nil)
        #expect(after.counters.duplicateAcksReceived == 0)
        #expect(after.rtt.rto == before.rtt.rto)
        #expect(after.counters.timeouts == 0)
    }

    @Test func refusedOctetGoesOutAgainWhenTheWindowOpens() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        try host.write(1_500)
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, length: 1)
        host.peer(.ack, ack: 0, window: 5_000)
        try host.expect(.ack, seq: 0, length: 1)
        try host.expect(.ack, seq: 1, length: 1_000)
        try host.expect(.ack, seq: 1_001, length: 499)
    }

    @Test func takenProbeOpensTheWindow() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        try host.write(1_500)
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, length: 1)
        host.peer(.ack, ack: 1, window: 5_000)
        try host.expect(.ack, seq: 1, length: 1_000)
    }

    @Test func peerThatAnswersProbesKeepsTheConnectionForever() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        try host.write(10)
        for _ in 0..<60 {
            host.advanceToTimer()
            try host.expect(.ack, length: 1, cause: .windowProbe)
            host.peer(.ack, window: 0)
        }
        host.expectState(.established)
    }

    @Test("while a probe of the peer's closed window is out, ACKs stand where that window ends")
    func acknowledgmentsStayInsideAClosedWindow() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        host.peer(.ack, length: 4_096, window: 0)
        try host.expect(.ack, seq: 0, ack: 4_096, window: 0)
        try host.write(10)
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, length: 1, cause: .windowProbe)
        // The peer probes too, and then hears that our window is open.
        host.peer(.ack, seq: 4_096, length: 1, window: 0)
        try host.expect(.ack, seq: 0, ack: 4_096, length: 0, window: 0)
        try host.read()
        try host.expect(.ack, seq: 0, ack: 4_096, length: 0, window: 4_096)
        host.peer(.ack, ack: 0, window: 1_000)
        try host.expect(.ack, seq: 0, length: 1)
        try host.expect(.ack, seq: 1, length: 9)
    }

    @Test("while both sides probe, an ACK one octet to the left of the window still says that our probe has arrived")
    func bothSidesMayProbe() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        try host.write(10)
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, length: 1, cause: .windowProbe)
        // The peer's probe finds our window open, and ours has found the peer's: both ACKs stand in front of what was taken.
        host.peer(.ack, seq: 0, ack: 0, length: 1, window: 0)
        host.peer(.ack, seq: 0, ack: 1, window: 1_000)
        #expect(host.connection?.snapshot.send.una == Script.iss + 2)
        var sent = 0
        while let segment = try host.next() { sent += segment.payload.count }
        #expect(sent == 9)
    }

    @Test("RFC 9293 SHLD-17: text behind a right edge that the peer has taken back does not time the connection out")
    func textBehindTheEdgeDoesNotTimeOut() throws {
        var host = try Script(.established)
        try host.write(3_000)
        for seq in [0, 1_000, 2_000] { try host.expect(.ack, seq: seq, length: 1_000) }
        // The window shrinks: two thirds of what is in flight lie beyond it now, and will never be acknowledged.
        host.peer(.ack, ack: 1_000, window: 0)
        for _ in 0..<60 {
            host.advanceToTimer()
            let probe = try #require(try host.next())
            #expect(probe.payload.count <= 1_000)
            try host.expectNothing()
            host.peer(.ack, ack: 1_000, window: 0)
        }
        host.expectState(.established)
        #expect(host.connection?.snapshot.send.inFlight ?? 0 > 0)
    }

    @Test func silentPeerWithAClosedWindowEndsAtTheUserTimeout() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        try host.write(10)
        try host.expectNothing()
        host.advance(.seconds(Int64(100)))
        host.expectState(.closed, because: .timeout)
    }

    @Test func finAloneProbesAClosedWindow() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        host.close()
        try host.expectNothing()
        host.advanceToTimer()
        try host.expect([.fin, .ack], seq: 0, length: 0)
        host.peer(.ack, ack: 1, window: 0)
        host.expectState(.finWait2)
    }

    @Test func probeOfTheLastOctetLeavesTheFinBehind() throws {
        var host = try Script(.established)
        host.peer(.ack, window: 0)
        try host.write(1)
        host.close()
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, length: 1, cause: .windowProbe)
        host.peer(.ack, ack: 1, window: 100)
        try host.expect([.fin, .ack], seq: 1)
    }

    // MARK: The send buffer

    @Test func fullSendBufferTakesNoMoreUntilAcknowledged() throws {
        var host = try Script(.established) { $0.options.sendBuffer = 4_096 }
        #expect(try host.write(10_000) == 4_096)
        #expect(try host.write(1) == 0)
        while try host.next() != nil {}
        host.peer(.ack, ack: 1_000)
        #expect(try host.write(5_000) == 1_000)
    }

    @Test func writeAfterCloseIsRefused() throws {
        var host = try Script(.established)
        host.close()
        #expect(throws: StackError.self) { try host.write(1) }
    }

    @Test func twoConnectionsTakeTurns() throws {
        var setup = Script.Setup()
        setup.options.congestion = .none
        setup.peerOptions = [.maximumSegmentSize(1_000)]
        var host = Script(setup)
        var ids: [ConnectionID] = []
        for port: UInt16 in [20_001, 20_002] {
            var request = OpenRequest(remote: Script.remote)
            request.options = setup.options
            let local = Endpoint(Script.address, port)
            let tuple = FourTuple(local: local, remote: Script.remote)
            ids.append(try host.stack.open(request, tuple: tuple, routeMTU: 1_500, at: host.now))
            try host.expect(.syn)
            var answer = Script.packet([.syn, .ack], seq: -1, to: local)
            answer.tcp.window = 65_535
            answer.tcp.options = TCPOption.encode([.maximumSegmentSize(1_000)])
            host.deliver(answer.octets)
            try host.expect(.ack)
            try host.expectNothing()
        }
        let octets = [UInt8](repeating: 0, count: 40_000)
        for id in ids { _ = try host.stack.write(octets.span.bytes, from: 0, to: id, push: true, at: host.now) }
        var ports: [UInt16] = []
        while let sent = try host.next() { ports.append(sent.header.sourcePort) }
        #expect(ports.count == 80)
        #expect(ports.prefix(16).allSatisfy { $0 == 20_001 })
        #expect(ports[16] == 20_002)
    }
}
