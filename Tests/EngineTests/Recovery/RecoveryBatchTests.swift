import Engine
import Testing

/// What lost and bunched acknowledgments must not spoil: round trips, the flight at a loss, and the pace of repairs.
@Suite struct RecoveryBatchTests {
    @Test func whatAnAcknowledgmentOfARepetitionReportsIsNoRoundTrip() throws {
        var host = try Script.inFlight(3, of: 3)
        let before = try #require(host.connection).snapshot.rtt
        // Segments 0 and 1 are lost, and so are the report of 2 and the answer to the probe.
        while try host.sentNow().first != .again(0, .rto) { host.advanceToTimer() }
        host.advance(.milliseconds(100))
        host.sack(1, 2..<3)
        #expect(try #require(host.connection).snapshot.rtt.smoothed == before.smoothed)
    }

    @Test func flightAtALossIsThatBeforeTheBatchOfAcknowledgments() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        // One batch: nothing leaves before the last of these has been read.
        host.peer(.ack, ack: 5_000)
        host.sack(5, 6..<9)
        // Half of ten segments, not of the five that seem to be left.
        #expect(host.congestion?.slowStartThreshold == 5_000)
        #expect(try host.sentNow().first == .again(5, .sackRetransmit))
    }

    @Test func flightAtALossIsNoMoreThanTheWindow() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        _ = try host.sentNow()
        host.peer(.ack, ack: 10_000)
        let window = try #require(host.congestion).window
        #expect(window < 10_000)
        _ = try host.sentNow()
        host.sack(10, 11..<14)
        let threshold = try #require(host.congestion?.slowStartThreshold)
        #expect(threshold < window)
    }

    @Test func newTextGoesWithARepetitionThatTheTimerHasFound() throws {
        var host = try Script.inFlight(4, of: 4)
        host.advance(.milliseconds(100))
        host.peer(.ack, ack: 1_000)
        host.sack(1, 2..<4)
        #expect(try host.sentNow().isEmpty)
        try host.write(4_000)
        // The timer expires before that could leave.
        host.advanceSilently(.milliseconds(25))
        // Two have been delivered, so two may leave: were the repetition's ACK lost, the other's would tell.
        let sent = try host.sentNow()
        #expect(sent == [.again(1, .rackRetransmit), .new(4)])
    }

    @Test func timeoutInRecoveryKeepsWhatTheWindowWasLedTo() throws {
        var host = try Script.inFlight(10, of: 10)
        host.advance(.milliseconds(100))
        // Seven are lost: as much leaves as has arrived, and none of that arrives.
        host.sack(0, 7..<10)
        #expect(try host.sentNow().map(\.segment) == [0, 1, 2])
        #expect(host.congestion?.window == 3_000)
        #expect(host.congestion?.slowStartThreshold == 5_000)
        host.advanceToTimer()
        #expect(host.counters?.timeouts == 1)
        #expect(host.congestion?.slowStartThreshold == 2_500)
    }

    @Test func repairsDoNotWaitForThePaceOfNewText() throws {
        var host = try Script.inFlight(10) { $0.options.congestion = .cubic }
        host.advance(.milliseconds(100))
        host.peer(.ack, ack: 5_000)
        // The window has grown beyond its beginning, and what it lets out is spread.
        let paced = try host.sentNow()
        #expect(paced == [.new(10)])
        host.sack(5, 6..<9)
        #expect(try host.sentNow().first == .again(5, .sackRetransmit))
    }

    @Test func silenceOnAShortPathIsProbedAfterTwoMilliseconds() throws {
        var host = try Script.inFlight(3, of: 3, roundTrip: .microseconds(100))
        #expect(host.advanceToTimer() == .milliseconds(2))
        #expect(try host.sentNow() == [.again(2, .tailLossProbe)])
    }

    @Test func peakOfTheRoundBeforeIsRemembered() {
        var peak = FlightPeak()
        var una = SequenceNumber(UInt32.max - 1_000)
        #expect(peak.onAcknowledged(inFlight: 10_000, una: una + 1_000, nxt: una + 10_000) == 10_000)
        // The round is over in the middle of a batch.
        una = una + 10_000
        _ = peak.onAcknowledged(inFlight: 9_000, una: una, nxt: una + 2_000)
        #expect(peak.most == 10_000)
        _ = peak.onAcknowledged(inFlight: 2_000, una: una + 2_000, nxt: una + 2_000)
        #expect(peak.most == 2_000)
    }
}
