import Engine
import Testing

@Suite struct CoreResetTests {
    private static let synchronized: [State] = [.established, .finWait1, .finWait2, .closeWait, .closing, .lastAck]

    /// RCV.NXT as a position: behind the peer's FIN, if it has come.
    private func next(_ state: State) -> Int { [.closeWait, .closing, .lastAck].contains(state) ? 1 : 0 }

    // MARK: RFC 5961 §3, RST

    @Test(arguments: synchronized)
    func exactResetEndsTheConnection(state: State) throws {
        var host = try Script(state)
        host.peer(.rst, seq: next(state))
        host.expectVerdict(.accepted, .second)
        host.expectState(.closed, because: .resetByPeer)
        try host.expectNothing()
    }

    @Test(arguments: synchronized)
    func blindResetInsideTheWindowOnlyEarnsAChallenge(state: State) throws {
        var host = try Script(state)
        host.peer(.rst, seq: next(state) + 10)
        host.expectVerdict(.outOfWindow, .second)
        host.expectState(state)
        try host.expect(.ack, ack: next(state), cause: .challengeAck)
        host.peer(.rst, seq: next(state))
        host.expectState(.closed, because: .resetByPeer)
    }

    @Test(arguments: synchronized)
    func resetOutsideTheWindowIsDroppedSilently(state: State) throws {
        for position in [-1, 70_000] {
            var host = try Script(state)
            host.peer(.rst, seq: position)
            host.expectVerdict(.outOfWindow, .first)
            host.expectState(state)
            try host.expectNothing()
        }
    }

    @Test func repeatedResetsOfOneBatchAreTheStacksBusiness() throws {
        var host = try Script(.established)
        for _ in 0..<3 { host.peer(.rst) }
        host.expectState(.closed, because: .resetByPeer)
        host.expectVerdict(.unknownConnection, .closed)
        try host.expectNothing()
    }

    @Test func resetWithTextIsTakenAtAClosedWindow() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        host.peer(.ack, length: 4_096)
        try host.expect(.ack, window: 0)
        host.peer(.rst, length: 10)
        host.expectState(.closed, because: .resetByPeer)
    }

    // MARK: RFC 5961 §4, SYN

    @Test(arguments: [-1, 0, 10, 70_000])
    func synOnASynchronizedConnectionEarnsAnAckOnly(position: Int) throws {
        var host = try Script(.established)
        host.peer(.syn, seq: position)
        host.expectState(.established)
        try host.expect(.ack, seq: 0, ack: 0, length: 0)
        try host.expectNothing()
    }

    @Test func synInsideTheWindowIsCalledAChallenge() throws {
        var host = try Script(.established)
        host.peer(.syn, seq: 5)
        host.expectVerdict(.outOfWindow, .fourth)
        try host.expect(.ack, cause: .challengeAck)
    }

    @Test func repeatedSynAckIsAcknowledged() throws {
        var host = try Script(.established)
        host.peerSYN(.ack)
        host.expectVerdict(.duplicate, .first)
        try host.expect(.ack, seq: 0, ack: 0)
    }

    // MARK: RFC 5961 §5, ACK

    @Test func acknowledgmentOfUnsentDataIsAnsweredAndItsTextDropped() throws {
        var host = try Script(.established)
        host.peer(.ack, ack: 1, length: 10)
        host.expectVerdict(.outOfWindow, .fifth)
        try host.expect(.ack, seq: 0, ack: 0, cause: .challengeAck)
        #expect(host.connection?.readable == 0..<0)
    }

    @Test func blindTextWithAnAncientAckIsDropped() throws {
        var host = try Script(.established)
        host.peer(.ack, ack: -70_000, length: 10)
        host.expectVerdict(.oldAck, .fifth)
        try host.expect(.ack, cause: .challengeAck)
        #expect(host.connection?.readable == 0..<0)
    }

    @Test func textWithAnOldAckInsideTheLargestWindowIsTaken() throws {
        var host = try Script(.established)
        try host.write(3_000)
        while try host.next() != nil {}
        host.peer(.ack, ack: 3_000)
        host.peer(.ack, ack: 1_000, length: 10)
        host.expectVerdict(.accepted)
        #expect(host.connection?.readable == 0..<10)
    }

    @Test func oldAckWithoutTextIsIgnored() throws {
        var host = try Script(.established)
        try host.write(3_000)
        while try host.next() != nil {}
        host.peer(.ack, ack: 3_000)
        host.peer(.ack, ack: 1_000)
        host.expectVerdict(.oldAck, .fifth)
        try host.expectNothing()
        #expect(host.connection?.snapshot.counters.duplicateAcksReceived == 0)
    }

    @Test func challengesAreBounded() throws {
        var host = try Script(.established)
        for _ in 0..<100 { host.peer(.syn, seq: 5) }
        var answers = 0
        while try host.next() != nil { answers += 1 }
        #expect(answers == 10)
    }
}
