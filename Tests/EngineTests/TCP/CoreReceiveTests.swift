import Engine
import Testing

@Suite struct CoreReceiveTests {
    // MARK: Acknowledging

    /// What fills our window may be lost, and then nothing else of the peer's is acceptable: no ACK of ours would go on.
    @Test func anAckFromTheRightEdgeOfAFullWindowCounts() throws {
        var host = try Script(.established)
        try host.write(100)
        let text = try #require(try host.next())
        let edge = Int(text.header.window)
        host.peer(.ack, seq: edge + 1, ack: 100)
        #expect(host.connection?.acknowledgedPosition == 0)
        try host.expect(.ack, ack: 0)
        host.peer(.ack, seq: edge, ack: 100)
        #expect(host.connection?.acknowledgedPosition == 100)
        // It is unacceptable all the same, and answered.
        try host.expect(.ack, ack: 0)
        try host.expectNothing()
    }

    @Test func loneSegmentIsAcknowledgedAfter40Milliseconds() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 10)
        host.expectVerdict(.accepted)
        try host.expectNothing()
        #expect(host.advanceToTimer() == .milliseconds(40))
        let ack = try host.expect(.ack, seq: 0, ack: 10, length: 0, cause: .delayedAck)
        #expect(ack.record?.because == nil)
        try host.expectNothing()
    }

    @Test func everySecondFullSegmentIsAcknowledgedAtOnce() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 1_000)
        try host.expectNothing()
        host.peer(.ack, length: 1_000)
        try host.expect(.ack, ack: 2_000, cause: .ack)
        host.peer(.ack, length: 1_000)
        try host.expectNothing()
    }

    @Test func batchOfSegmentsIsAcknowledgedOnce() throws {
        var host = try Script(.established)
        for _ in 0..<10 { host.peer(.ack, length: 1_000) }
        try host.expect(.ack, ack: 10_000)
        try host.expectNothing()
    }

    @Test func withoutDelayEverySegmentIsAcknowledged() throws {
        var host = try Script(.established) { $0.options.delayedAck = false }
        host.peer(.ack, length: 1)
        try host.expect(.ack, ack: 1, cause: .ack)
    }

    @Test func answerCarriesTheAcknowledgment() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 10)
        try host.write(5)
        try host.expect(.ack, seq: 0, ack: 10, length: 5, cause: .data)
        host.advance(.seconds(Int64(1)))
        // Only our own repetitions follow: the delayed ACK has been paid.
        while let sent = try host.next() { #expect(sent.record?.cause == .rto) }
    }

    @Test func duplicateIsAcknowledgedAgain() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 1_000)
        host.peer(.ack, length: 1_000)
        try host.expect(.ack, ack: 2_000)
        host.peer(.ack, seq: 0, length: 1_000)
        host.expectVerdict(.duplicate, .first)
        try host.expect(.ack, ack: 2_000, cause: .duplicateAck)
        #expect(host.connection?.readable == 0..<2_000)
    }

    @Test func answersToDuplicatesAreBounded() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 1)
        for _ in 0..<50 { host.peer(.ack, seq: 0, length: 1) }
        var answers = 0
        while try host.next() != nil { answers += 1 }
        #expect(answers == 10)
        host.advance(.seconds(Int64(1)))
        while try host.next() != nil {}
        host.peer(.ack, seq: 0, length: 1)
        try host.expect(.ack, ack: 1)
    }

    // MARK: Order

    @Test func earlySegmentIsKeptAndAnsweredWithADuplicateAck() throws {
        var host = try Script(.established)
        host.peer(.ack, seq: 1_000, length: 1_000)
        host.expectVerdict(.outOfOrder, .seventh)
        try host.expect(.ack, ack: 0, cause: .duplicateAck)
        #expect(host.connection?.snapshot.receive.outOfOrder == 1_000)
        host.peer(.ack, seq: 0, length: 1_000)
        try host.expect(.ack, ack: 2_000, cause: .ack)
        #expect(try host.read() == (0..<2_000).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test func everyEarlySegmentEarnsItsOwnDuplicateAck() throws {
        var host = try Script(.established)
        for index in 1...3 { host.peer(.ack, seq: index * 1_000, length: 1_000) }
        for _ in 1...3 { try host.expect(.ack, ack: 0, cause: .duplicateAck) }
        try host.expectNothing()
    }

    @Test func partOfAHoleIsAcknowledgedAtOnce() throws {
        var host = try Script(.established)
        host.peer(.ack, seq: 500, length: 10)
        try host.expect(.ack, ack: 0)
        host.peer(.ack, seq: 0, length: 10)
        try host.expect(.ack, ack: 10, cause: .ack)
    }

    @Test func holesAreBounded() throws {
        var host = try Script(.established)
        for index in 0..<ReassemblyQueue.rangeLimit + 3 {
            host.peer(.ack, seq: 2 * index + 1, length: 1)
            while try host.next() != nil {}
        }
        #expect(host.connection?.snapshot.receive.outOfOrder == ReassemblyQueue.rangeLimit)
        #expect(host.connection?.snapshot.counters.outOfOrderRefused == 3)
        host.peer(.ack, seq: 0, length: 1)
        #expect(host.connection?.readable == 0..<2)
    }

    @Test func overlapIsTrimmed() throws {
        var host = try Script(.established)
        host.peer(.ack, seq: 0, length: 100)
        host.peer(.ack, seq: 50, length: 100)
        host.expectVerdict(.accepted)
        #expect(try host.read() == (0..<150).map { UInt8($0) })
        #expect(host.connection?.snapshot.counters.bytesReceived == 150)
    }

    @Test func textBehindTheWindowIsCutOff() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        host.peer(.ack, seq: 4_000, length: 1_000)
        #expect(host.connection?.snapshot.receive.outOfOrder == 96)
        host.peer(.ack, seq: 5_000, length: 10)
        host.expectVerdict(.outOfWindow, .first)
    }

    @Test(arguments: [1 << 31, 1 << 31 - 1, 1 << 31 + 1, 1 << 31 - 2_000, 1 << 31 + 2_000])
    func textFromTheFarSideOfTheRingIsNotTaken(position: Int) throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        host.peer(.ack, seq: position, length: 1_000)
        try host.expect(.ack, seq: 0, ack: 0, cause: .duplicateAck)
        #expect(host.connection?.readable == 0..<0)
        #expect(host.connection?.snapshot.receive.outOfOrder == 0)
    }

    @Test func segmentLargerThanTheWindowIsTakenAsFarAsItFits() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        host.peer(.ack, length: 100)
        host.peer(.ack, seq: 50, length: 6_000)
        host.expectVerdict(.accepted)
        #expect(host.connection?.readable == 0..<4_096)
    }

    @Test func finWaitsForTheTextInFrontOfIt() throws {
        var host = try Script(.established)
        host.peer([.fin, .ack], seq: 10, length: 10)
        host.expectVerdict(.outOfOrder, .seventh)
        host.expectState(.established)
        try host.expect(.ack, ack: 0)
        host.peer(.ack, seq: 0, length: 10)
        host.expectState(.closeWait)
        try host.expect(.ack, ack: 21)
        #expect(host.connection?.isReceiveFinal == true)
    }

    @Test func textAfterTheFinIsIgnored() throws {
        var host = try Script(.closeWait)
        host.peer(.ack, seq: 1, length: 10)
        host.expectVerdict(.outOfWindow, .seventh)
        #expect(host.connection?.readable == 0..<0)
    }

    // MARK: The window that we announce

    @Test func windowClosesAsTheBufferFillsAndNeverShrinks() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        for index in 1...4 {
            host.peer(.ack, length: 1_000)
            host.advance(.milliseconds(40))
            try host.expect(.ack, ack: index * 1_000, window: UInt16(4_096 - index * 1_000))
        }
        host.peer(.ack, length: 96)
        host.advance(.milliseconds(40))
        try host.expect(.ack, ack: 4_096, window: 0)
        host.peer(.ack, seq: 4_096, length: 1)
        host.expectVerdict(.outOfWindow, .first)
        try host.expect(.ack, ack: 4_096, window: 0, cause: .duplicateAck)
    }

    @Test func readingOpensTheWindowOnceItIsWorthIt() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        host.peer(.ack, length: 4_096)
        try host.expect(.ack, ack: 4_096, window: 0)
        try host.read(1_000)
        try host.expectNothing()
        try host.read(1_000)
        try host.expect(.ack, ack: 4_096, window: 2_000, cause: .windowUpdate)
        try host.read()
        try host.expect(.ack, ack: 4_096, window: 4_096, cause: .windowUpdate)
    }

    @Test func roundedUpWindowIsHonoured() throws {
        var host = try Script(.established) {
            $0.options.receiveBuffer = 4_096
            $0.options.windowScale = 7
            $0.peerOptions += [.windowScale(0)]
        }
        host.peer(.ack, length: 10)
        host.advance(.milliseconds(40))
        try host.expect(.ack, ack: 10, window: 32)  // 4,086 octets are left, 32 * 128 are announced
        host.peer(.ack, length: 4_096)
        host.expectVerdict(.accepted)
        try host.expect(.ack, ack: 4_106, window: 0)
        #expect(host.connection?.readable == 0..<4_106)
    }

    @Test func windowOpensThoughItsUnitIsLargerThanTheBuffer() throws {
        var host = try Script(.established) {
            $0.options.receiveBuffer = 6_000
            $0.options.windowScale = 13
            $0.peerOptions += [.windowScale(0)]
        }
        host.peer(.ack, length: 6_000)
        while try host.next() != nil {}
        try host.read()
        host.peer(.ack, length: 100)
        host.advance(.milliseconds(40))
        let ack = try host.expect(.ack)
        #expect(ack.header.window >= 1)
    }

    @Test("RFC 9293 SHLD-31: a FIN alone behind a hole is answered at once, and kept until the hole is filled")
    func finBehindAHoleIsKept() throws {
        var host = try Script(.established)
        host.peer([.fin, .ack], seq: 1_000)
        try host.expect(.ack, ack: 0, cause: .duplicateAck)
        host.expectState(.established)
        host.peer(.ack, seq: 0, length: 1_000)
        try host.expect(.ack, ack: 1_001)
        host.expectState(.closeWait)
    }

    @Test("RFC 9293 MAY-8: our window stays closed for as long as nobody reads")
    func ourWindowStaysClosedForHours() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        host.peer(.ack, length: 4_096)
        try host.expect(.ack, ack: 4_096, window: 0)
        for _ in 0..<240 {
            host.advance(.seconds(Int64(60)))
            host.peer(.ack, seq: 4_096, length: 1)
            try host.expect(.ack, ack: 4_096, window: 0)
        }
        host.expectState(.established)
        try host.read()
        try host.expect(.ack, ack: 4_096, window: 4_096)
    }

    @Test func probeOfOurClosedWindowMayAcknowledge() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        try host.write(10)
        try host.expect(.ack)
        host.peer(.ack, length: 4_096)
        try host.expect(.ack, window: 0)
        host.peer(.ack, seq: 4_096, ack: 10, length: 1)
        #expect(host.connection?.snapshot.send.inFlight == 0)
    }

    // MARK: Timestamps

    private func stamped() throws -> Script {
        try Script(.established) {
            $0.options.timestamps = true
            $0.peerOptions += [.timestamps(value: 0, echo: 0)]
        }
    }

    @Test func everySegmentEchoesTheNewestTimestampInOrder() throws {
        var host = try stamped()
        host.peerClock &+= 5
        host.peer(.ack, length: 1_000)
        host.peerClock &+= 5
        host.peer(.ack, length: 1_000)
        // RFC 7323 §4.3: the echo is that of the first segment which the ACK covers.
        let first = try host.expect(.ack, ack: 2_000)
        #expect(first.timestamps?.echo == host.peerClock &- 5)
        host.peerClock &+= 5
        host.peer(.ack, seq: 3_000, length: 1_000)
        let duplicate = try host.expect(.ack, ack: 2_000)
        #expect(duplicate.timestamps?.echo == host.peerClock &- 10)
    }

    @Test func timestampClockTicksInMilliseconds() throws {
        var host = try stamped()
        try host.write(1)
        let first = try #require(try host.expect(.ack).timestamps?.value)
        host.advance(.milliseconds(123))
        try host.write(1)
        let second = try #require(try host.expect(.ack).timestamps?.value)
        #expect(second &- first == 123)
    }

    @Test func oldTimestampIsRefusedAcrossTheWrap() throws {
        var host = try stamped()
        host.peerClock = 5  // behind the wrap, so later
        host.peer(.ack, length: 10)
        host.peerClock = 0xffff_ff80
        host.peer(.ack, length: 10)
        host.expectVerdict(.paws, .paws)
        try host.expect(.ack, ack: 10, cause: .duplicateAck)
        #expect(host.connection?.readable == 0..<10)
    }

    @Test func timestampsAreBelievedAgainAfter24DaysOfSilence() throws {
        var host = try stamped()
        host.peer(.ack, length: 10)
        host.advance(.seconds(Int64(25 * 86_400)))
        while try host.next() != nil {}
        host.peerClock &-= 1_000
        host.peer(.ack, length: 10)
        host.expectVerdict(.accepted)
    }

    @Test func segmentWithoutTheNegotiatedTimestampIsDroppedSilently() throws {
        var host = try stamped()
        host.peer(.ack, length: 10, options: [])
        host.expectVerdict(.paws, .paws)
        try host.expectNothing()
    }

    @Test func resetNeedsNoTimestamp() throws {
        var host = try stamped()
        host.peer(.rst, options: [])
        host.expectState(.closed, because: .resetByPeer)
    }

    // MARK: Damage

    @Test func badChecksumIsDroppedSilentlyAndCounted() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 10, checksum: 0x1234)
        host.expectVerdict(.badChecksum, .checksum)
        try host.expectNothing()
        #expect(host.stack.counters.dropped[.badChecksum] == 1)
        #expect(host.connection?.readable == 0..<0)
    }

    @Test func segmentWithoutAckIsDropped() throws {
        var host = try Script(.established)
        host.peer([], length: 10)
        host.expectVerdict(.malformed, .fifth)
        #expect(host.connection?.readable == 0..<0)
    }

    @Test func foreignSegmentIsNeitherAnsweredNorLogged() throws {
        var host = try Script(.established)
        let newest = host.stack.log.newest
        let elsewhere = Endpoint(Script.address, 9_999)
        host.deliver(Script.packet(.ack, seq: 0, to: elsewhere).octets)
        try host.expectNothing()
        #expect(host.stack.log.newest == newest)
        #expect(host.stack.counters.dropped[.foreign] == 1)
    }

    @Test func ownSegmentThatComesBackIsAnEcho() throws {
        var host = try Script(.established)
        host.deliver(Script.packet(.ack, seq: 0, from: Script.local, to: Script.remote).octets)
        #expect(host.stack.counters.dropped[.echo] == 1)
        try host.expectNothing()
    }

    @Test func ownedEndpointWithoutConnectionAnswersAsClosed() throws {
        var host = Script()
        host.peer(.syn, seq: 5, length: 3)
        let reset = try host.expect([.rst, .ack], ack: 9)
        #expect(reset.header.sequence == SequenceNumber(0))
        host.peer(.ack, ack: 7)
        try host.expect(.rst, seq: 7)
        host.peer(.rst)
        host.expectVerdict(.unknownConnection, .closed)
        try host.expectNothing()
    }
}
