import Engine
import Testing

@Suite struct CoreClosingTests {
    private let twoMSL = TimeWaitRecord.msl * 2

    @Test func weCloseFirst() throws {
        var host = try Script(.established)
        host.close()
        host.expectState(.finWait1)
        try host.expect([.fin, .ack], seq: 0, ack: 0, cause: .fin)
        host.peer(.ack, ack: 1)
        host.expectState(.finWait2)
        host.peer([.fin, .ack])
        host.expectVerdict(.accepted, .eighth)
        host.expectState(.timeWait)
        try host.expect(.ack, seq: 1, ack: 1)
        host.advance(twoMSL)
        host.expectState(.closed, because: .normal)
        #expect(host.stack.timeWaitCount == 0)
    }

    @Test func peerClosesFirst() throws {
        var host = try Script(.established)
        host.peer([.fin, .ack])
        host.expectState(.closeWait)
        try host.expect(.ack, ack: 1)
        try host.write(3)
        try host.expect(.ack, seq: 0, length: 3)
        host.close()
        try host.expect([.fin, .ack], seq: 3)
        host.expectState(.lastAck)
        host.peer(.ack, ack: 4)
        host.expectState(.closed, because: .normal)
        #expect(host.stack.openCount == 0)
    }

    @Test func bothCloseAtOnce() throws {
        var host = try Script(.finWait1)
        host.peer([.fin, .ack], ack: 0)
        host.expectState(.closing)
        try host.expect(.ack, seq: 1, ack: 1)
        host.peer(.ack, ack: 1)
        host.expectState(.timeWait)
    }

    @Test func acknowledgmentAndFinInOneSegment() throws {
        var host = try Script(.finWait1)
        host.peer([.fin, .ack], ack: 1)
        host.expectState(.timeWait)
        try host.expect(.ack, seq: 1, ack: 1)
    }

    @Test func finFollowsTheLastOctetInTheSameSegment() throws {
        var host = try Script(.established)
        try host.write(1_500)
        host.close()
        host.expectState(.finWait1)
        try host.expect(.ack, seq: 0, length: 1_000)
        try host.expect([.fin, .ack], seq: 1_000, length: 500, cause: .data)
        host.peer(.ack, ack: 1_500)
        host.expectState(.finWait1)
        host.peer(.ack, ack: 1_501)
        host.expectState(.finWait2)
    }

    @Test func textIsStillTakenAfterOurClose() throws {
        var host = try Script(.finWait2)
        host.peer(.ack, length: 5)
        #expect(try host.read() == [0, 1, 2, 3, 4])
    }

    @Test func finIsRepeatedUntilAcknowledged() throws {
        var host = try Script(.finWait1)
        host.advanceToTimer()
        try host.expect([.fin, .ack], seq: 0, cause: .rto)
        host.advanceToTimer()
        try host.expect([.fin, .ack], seq: 0, cause: .rto)
        host.peer(.ack, ack: 1)
        host.expectState(.finWait2)
        host.advance(.seconds(Int64(3_600)))
        try host.expectNothing()
    }

    @Test func behindTheEndNothingWaitsToBeSent() throws {
        var host = try Script(.established)
        try host.write(3)
        try host.expect(.ack, seq: 0, length: 3)
        host.peer(.rst, seq: 0)
        host.expectState(.closed, because: .resetByPeer)
        let connection = try host.stack.connection(host.id)
        #expect(!connection.hasUnsentText && connection.sentPosition == connection.acceptedPosition)
    }

    @Test func closeInSynReceivedWaitsForTheHandshake() throws {
        var host = try Script(.synReceived)
        host.close()
        host.expectState(.synReceived)
        host.peer(.ack, ack: 0)
        host.expectState(.finWait1)
        try host.expect([.fin, .ack], seq: 0)
    }

    @Test func secondCloseChangesNothing() throws {
        var host = try Script(.finWait1)
        host.close()
        try host.expectNothing()
        host.expectState(.finWait1)
    }

    // MARK: TIME-WAIT

    @Test func repeatedFinIsAnsweredAndRestartsTheWait() throws {
        var host = try Script(.timeWait)
        host.advance(.seconds(Int64(50)))
        host.peer([.fin, .ack], seq: 0, ack: 1)
        host.expectVerdict(.duplicate, .first)
        try host.expect(.ack, seq: 1, ack: 1, cause: .duplicateAck)
        host.advance(.seconds(Int64(59)))
        host.expectState(.timeWait)
        host.advance(.seconds(Int64(1)))
        host.expectState(.closed)
    }

    @Test func resetDoesNotEndTimeWait() throws {
        var host = try Script(.timeWait)
        host.peer(.rst, seq: 1)
        host.expectVerdict(.outOfWindow, .second)
        host.expectState(.timeWait)
        try host.expectNothing()
    }

    @Test func lateSegmentsOfOneBatchMeetTimeWaitAlready() throws {
        var host = try Script(.finWait2)
        for _ in 0..<3 { host.peer([.fin, .ack], seq: 0, ack: 1) }
        host.expectState(.timeWait)
        try host.expect(.ack, ack: 1)
        try host.expect(.ack, ack: 1, cause: .duplicateAck)
    }

    @Test func extendedWaitDoesNotHoldUpOthers() throws {
        var host = try Script(.timeWait)
        host.advance(.seconds(Int64(30)))
        let second = try host.openAndEnd(from: 20_001)
        host.advance(.seconds(Int64(25)))
        host.peer([.fin, .ack], seq: 0, ack: 1)  // the first one's wait ends at 115 s now, the second one's at 90 s
        try host.expect(.ack)
        host.advance(.seconds(Int64(35)))
        #expect(try host.stack.connection(second).state == .closed)
        host.expectState(.timeWait)
        host.advance(.seconds(Int64(25)))
        host.expectState(.closed)
    }

    @Test func nameInTimeWaitIsHeld() throws {
        var host = try Script(.timeWait)
        var request = OpenRequest(remote: Script.remote)
        request.options = host.setup.options
        let tuple = FourTuple(local: Script.local, remote: Script.remote)
        host.advance(.seconds(Int64(19)))
        #expect(throws: StackError.tupleInUse(Script.local, holder: "c1, TIME-WAIT, 41 s left")) {
            try host.stack.open(request, tuple: tuple, routeMTU: 1_500, at: host.now)
        }
        let other = FourTuple(local: Script.local, remote: Endpoint(Script.remote.address, 8))
        #expect(host.stack.isFree(other))
        try host.stack.delete(host.id, at: host.now, wall: host.wall)
        #expect(host.stack.isFree(tuple))
    }

    // MARK: ABORT

    @Test(arguments: [State.synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck])
    func abortSendsAReset(state: State) throws {
        var host = try Script(state)
        host.abort()
        host.expectState(.closed, because: .aborted)
        try host.expect([.rst, .ack])
        try host.expectNothing()
        #expect(host.stack.openCount == 0)
        #expect(host.stack.nextDeadline > host.now)
    }

    @Test(arguments: [false, true])
    func abortInTheBatchOfTheHandshakeLetsItsAckGoFirst(forgets: Bool) throws {
        var host = try Script(.synSent)
        host.peerSYN(.ack)
        host.expectState(.established)
        // Text that waits beside the ACK is flushed.
        try host.write(10)
        if forgets { try host.stack.delete(host.id, at: host.now, wall: host.wall) } else { host.abort() }
        try host.expect(.ack, seq: 0, ack: 0)
        try host.expect([.rst, .ack], seq: 0)
        try host.expectNothing()
    }

    @Test(arguments: [State.synSent, .timeWait])
    func abortSendsNothing(state: State) throws {
        var host = try Script(state)
        host.abort()
        host.expectState(.closed)
        try host.expectNothing()
    }

    @Test func abortTellsWhatWasAcknowledgedAndASecondOneKeepsIt() throws {
        var host = try Script(.established)
        try host.write(30_000)
        while try host.next() != nil {}
        host.peer(.ack, ack: 3_000)
        while try host.next() != nil {}
        let sent = try #require(host.connection?.sentPosition)
        host.abort()
        host.abort()
        #expect(host.connection?.acknowledgedPosition == 3_000)
        #expect(host.connection?.sentPosition == sent)
        #expect(sent > 3_000 && sent < 30_000)
    }

    @Test func receivedTextStaysReadableAfterTheEnd() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 5)
        host.peer(.rst)
        host.expectState(.closed, because: .resetByPeer)
        #expect(try host.read() == [0, 1, 2, 3, 4])
    }

    @Test func deletedConnectionIsForgottenAtOnce() throws {
        var host = try Script(.established)
        try host.stack.delete(host.id, at: host.now, wall: host.wall)
        try host.expect([.rst, .ack], seq: 0)
        #expect(host.connection == nil)
        #expect(host.stack.isFree(FourTuple(local: Script.local, remote: Script.remote)))
        var releases = 0
        while let event = host.stack.pollEvent() {
            if case .released(host.id, Script.local, .socket) = event { releases += 1 }
        }
        #expect(releases == 1)
    }
}

extension Script {
    /// Opens another connection and closes it, up to TIME-WAIT.
    fileprivate mutating func openAndEnd(from port: UInt16) throws -> ConnectionID {
        let local = Endpoint(Self.address, port)
        var request = OpenRequest(remote: Self.remote)
        request.options = setup.options
        let id = try stack.open(
            request, tuple: FourTuple(local: local, remote: Self.remote), routeMTU: 1_500, at: now)
        try expect(.syn)
        deliver(Self.packet([.syn, .ack], seq: -1, to: local).octets)
        try expect(.ack)
        try stack.close(id, at: now, wall: wall)
        try expect([.fin, .ack])
        deliver(Self.packet([.fin, .ack], seq: 0, ack: 1, to: local).octets)
        try expect(.ack)
        return id
    }
}
