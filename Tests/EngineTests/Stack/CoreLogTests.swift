import Engine
import Testing

/// What the log tells about who caused what.
@Suite struct CoreLogTests {
    private func records(_ host: borrowing Script) -> [SegmentRecord] {
        let log = host.stack.log.snapshot()
        return log.numbers.compactMap { log[$0] }
    }

    @Test func handshakeReadsAsItHappened() throws {
        let host = try Script(.established)
        let log = records(host)
        #expect(log.map(\.number) == [1, 2, 3])
        #expect(log.map(\.cause) == [.syn, .accepted, .ack])
        #expect(log.map(\.direction) == [.outbound, .inbound, .outbound])
        #expect(log.map(\.because) == [nil, nil, 2])
        #expect(log.map(\.answers) == [[], [1], []])
        #expect(log.map(\.before) == [.closed, .synSent, .established])
        #expect(log.map(\.after) == [.synSent, .established, .established])
        #expect(log.map(\.rule) == [.none, .synSentFourth, .none])
        #expect(log.allSatisfy { $0.connection == host.id })
    }

    @Test func recordsCountFromBothInitialSequenceNumbers() throws {
        var host = try Script(.established)
        try host.write(20)
        let data = try #require(try host.expect(.ack).record)
        #expect(data.relativeSequence(Script.iss + 1) == 1)
        #expect(data.relativeAcknowledgment(Script.irs + 1) == 1)
        host.peer(.ack, ack: 20)
        let ack = try #require(records(host).last)
        #expect(ack.relativeSequence(Script.irs + 1) == 1)
        #expect(ack.relativeAcknowledgment(Script.iss + 21) == 21)
        #expect(ack.answers == [data.number])
    }

    @Test func acknowledgmentAnswersEverySegmentItNewlyCovers() throws {
        var host = try Script(.established)
        try host.write(3_000)
        let numbers = try (0..<3).map { _ in try #require(try host.expect(.ack).record).number }
        host.peer(.ack, ack: 2_000)
        #expect(records(host).last?.answers == Array(numbers[..<2]))
        host.peer(.ack, ack: 3_000)
        #expect(records(host).last?.answers == [numbers[2]])
        host.peer(.ack, ack: 3_000)
        #expect(records(host).last?.answers == [])
    }

    @Test func repetitionNamesTheSegmentAndItsCause() throws {
        var host = try Script(.established)
        try host.write(5_000)
        let first = try #require(try host.expect(.ack, seq: 0).record)
        while try host.next() != nil {}
        for _ in 0..<3 { host.peer(.ack, ack: 0) }
        let third = try #require(records(host).last)
        let repeated = try #require(try host.expect(.ack, seq: 0, cause: .fastRetransmit).record)
        #expect(repeated.retransmits == first.number)
        #expect(repeated.because == third.number)
        host.peer(.ack, ack: 1_000)
        #expect(records(host).last?.answers == [repeated.number])
    }

    @Test func textThatAnAckReleasedNamesTheAck() throws {
        var host = try Script(.established) { $0.peerWindow = 1_000 }
        try host.write(2_000)
        #expect(try host.expect(.ack, seq: 0).record?.because == nil)
        host.peer(.ack, ack: 1_000)
        let ack = try #require(records(host).last)
        #expect(try host.expect(.ack, seq: 1_000).record?.because == ack.number)
    }

    @Test func usersTextHasNoCauseAmongTheSegments() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 1)
        try host.write(1)
        #expect(try host.expect(.ack, length: 1).record?.because == nil)
    }

    @Test func resetNamesTheSegmentThatItAnswers() throws {
        var host = Script()
        host.peer(.syn, seq: -1)
        let reset = try #require(try host.expect([.rst, .ack]).record)
        #expect(reset.because == 1)
        #expect(reset.cause == .rst)
        #expect(reset.connection == nil)
    }

    @Test func refusalShowsItsRuleAndTheEnd() throws {
        var host = try Script(.synSent)
        host.peer([.rst, .ack], ack: 0)
        let log = records(host)
        #expect(log[1].rule.name == "rfc9293-3.10.7.3-second")
        #expect(log[1].before == .synSent)
        #expect(log[1].after == .closed)
    }

    @Test func listenersConnectionBeginsInListen() throws {
        let host = try Script(.synReceived)
        let log = records(host)
        #expect(log.map(\.before) == [.listen, .synReceived])
        #expect(log.map(\.after) == [.synReceived, .synReceived])
        #expect(log.map(\.because) == [nil, 1])
    }

    @Test func closingShowsEachStep() throws {
        let host = try Script(.timeWait)
        let steps = records(host).suffix(4)
        #expect(steps.map(\.cause) == [.fin, .accepted, .accepted, .ack])
        #expect(steps.map(\.before) == [.established, .finWait1, .finWait2, .timeWait])
        #expect(steps.map(\.after) == [.finWait1, .finWait2, .timeWait, .timeWait])
    }

    @Test func segmentsOfTimeWaitBelongToTheConnection() throws {
        var host = try Script(.timeWait)
        host.peer([.fin, .ack], seq: 0, ack: 1)
        let answer = try #require(try host.expect(.ack).record)
        #expect(answer.connection == host.id)
        #expect(answer.because == answer.number - 1)
        #expect((answer.before, answer.after) == (.timeWait, .timeWait))
    }

    @Test func elapsedCountsFromTheFirstRecord() throws {
        var host = try Script(.synSent)
        host.advance(.milliseconds(30))
        host.peerSYN(.ack)
        let log = records(host)
        #expect(log[0].elapsed == .zero)
        #expect(log[1].elapsed == .milliseconds(30))
    }

    @Test func snapshotNamesItsFirstAndLastRecord() throws {
        var host = try Script(.established)
        #expect(host.connection?.snapshot.segments == 1...3)
        host.peer(.ack, length: 1)
        #expect(host.connection?.snapshot.segments == 1...4)
    }

    @Test func stackWithoutALogWorksTheSame() throws {
        var configuration = StackConfiguration(secret: (1, 2))
        configuration.logCapacity = 0
        configuration.trapsOnBrokenInvariant = true
        configuration.initialSequence = Script.iss
        var host = Script()
        host.stack = TCPStack(configuration)
        host.stack.own(Script.local)
        try host.open()
        host.peerSYN(.ack)
        try host.expect(.ack, seq: 0, ack: 0)
        try host.write(10)
        try host.expect(.ack, length: 10)
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, length: 10)
        host.peer(.ack, ack: 10)
        #expect(host.connection?.snapshot.send.inFlight == 0)
        #expect(host.stack.log.newest == 0)
    }
}
