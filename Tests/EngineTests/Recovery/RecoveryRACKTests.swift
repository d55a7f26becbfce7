import Engine
import Testing

/// What RACK makes of acknowledgments that say several things at once, and its timer among the others: RFC 8985.
@Suite struct RecoveryRACKTests {
    private func stamped(_ setup: inout Script.Setup) {
        setup.options.timestamps = true
        setup.peerOptions += [.timestamps(value: 0, echo: 0)]
        setup.peerOptions.removeFirst()
        setup.peerOptions.append(.maximumSegmentSize(1_012))
    }

    // MARK: What an acknowledgment says

    @Test func advanceAndReportInOneAcknowledgmentAreNoReordering() throws {
        var host = try Script.inFlight(4, of: 4)
        host.advance(.milliseconds(100))
        // Segment 0 in order, 1 missing, 2 behind the hole: nothing has overtaken anything.
        host.sack(1, 2..<3)
        #expect(host.recovery?.hasSeenReordering == false)
        host.sack(1, 2..<4)
        #expect(host.recovery?.hasSeenReordering == false)
    }

    @Test func blocksOfOneAcknowledgmentAreReadFromBelow() throws {
        var host = try Script.inFlight(6, of: 6)
        host.advance(.milliseconds(100))
        // The ACKs in between were lost; the newest block comes first.
        host.sack(0, 5..<6, 3..<4, 1..<2)
        #expect(host.recovery?.sacked == 3_000)
        #expect(host.recovery?.hasSeenReordering == false)
        host.sack(0, 3..<6, 1..<2)
        #expect(host.recovery?.hasSeenReordering == true)
    }

    @Test func duplicateOfWhatWasRepeatedCountsAsReordering() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 6..<10, 1..<5)
        #expect(try host.sentNow().map(\.segment).contains(0))
        #expect(host.recovery?.hasSeenReordering == false)
        host.advance(.milliseconds(60))
        host.sack(5, 0..<1, 6..<10)
        #expect(host.recovery?.hasSeenReordering == true)
    }

    @Test func whatWasSentBeforeARepetitionThatHasArrivedIsWatched() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<2)
        host.sack(0, 1..<3)
        #expect(try host.sentNow() == [.new(10), .new(11)])
        host.advance(.milliseconds(5))
        host.sack(0, 1..<4)
        #expect(try host.sentNow() == [.again(0, .sackRetransmit)])
        host.advance(.milliseconds(105))
        // The repetition has filled the only hole: nothing is reported any more, and 10 and 11 left before it.
        host.peer(.ack, ack: 10_000)
        let sent = try host.sentNow()
        #expect(sent.contains(.again(10, .rackRetransmit)) && sent.contains(.again(11, .rackRetransmit)), "\(sent)")
    }

    @Test func lostRepetitionIsFoundByAnotherOneThatIsReported() throws {
        var host = try Script.inFlight(10, of: 10, stamped)
        let echo = try #require(host.stampsOption)
        host.advance(.milliseconds(100))
        // An ACK that does not advance echoes what came last in order, whatever it reports (RFC 7323 §4.3).
        host.report(0, [3..<10, 1..<2], echo)
        #expect(try Set(host.sentNow().map(\.segment)) == [0, 2])
        host.advance(.milliseconds(110))
        host.report(0, [1..<10], echo)
        #expect(try host.sentNow() == [.again(0, .rackRetransmit)])
        #expect(host.counters?.timeouts == 0)
    }

    // MARK: The timers

    private static let longRoundTrip = Interval.milliseconds(800)

    /// A connection with a long round trip, well known, whose reordering window has grown to all of it.
    private static func patient() throws -> (host: Script, sent: Int) {
        var host = try Script.withRoundTrip(longRoundTrip)
        var sent = 0
        for round in 0..<16 {
            try host.write(2_000)
            _ = try host.sentNow()
            host.advance(longRoundTrip)
            if round < 4 {
                host.sack(sent, sent + 1..<sent + 2)
                host.sack(sent + 2, sent..<sent + 1)
            } else {
                host.peer(.ack, ack: (sent + 2) * 1_000)
            }
            sent += 2
        }
        return (host, sent)
    }

    @Test func timerOfReorderingStandsInForThatOfRetransmission() throws {
        var (host, first) = try Self.patient()
        #expect(host.recovery?.reorderingWindow == Self.longRoundTrip)
        #expect(try #require(host.connection).snapshot.rtt.rto < .milliseconds(1_000))
        try host.write(2_000)
        _ = try host.sentNow()
        host.advance(Self.longRoundTrip)
        host.sack(first, first + 1..<first + 2)
        // The retransmission timer would have been the first by far.
        #expect(host.advanceToTimer() == Self.longRoundTrip)
        #expect(try host.sentNow() == [.again(first, .rackRetransmit)])
        #expect(host.counters?.timeouts == 0)
        // That segment has the timer of its own again.
        let wait = host.advanceToTimer()
        #expect(try #require(wait) < .milliseconds(1_000))
        #expect(host.counters?.timeouts == 1)
    }

    @Test func reportsOfEarlierSegmentsProlongTheTimeoutOfARepetition() throws {
        var host = try Script.inFlight(10, of: 10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        #expect(try host.sentNow() == [.again(0, .sackRetransmit)])
        host.advance(.milliseconds(200))
        host.sack(0, 1..<5)
        // Segment 4 left before the repetition did: another whole RTO.
        let rto = try #require(host.connection).snapshot.rtt.rto
        host.advance(rto - .milliseconds(1))
        #expect(host.counters?.timeouts == 0)
        host.advance(.milliseconds(1))
        #expect(host.counters?.timeouts == 1)
    }

    @Test func secondProbeNeedsARoundTripInBetween() throws {
        var host = try Script.inFlight(1, of: 1)
        host.advanceToTimer()
        #expect(try host.sentNow() == [.again(0, .tailLossProbe)])
        // Whichever of the two it is for: no sample (Karn). And both have come.
        host.advance(.milliseconds(10))
        host.peer(.ack, ack: 1_000)
        host.sack(1, 0..<1)
        try host.write(1_000)
        #expect(try host.sentNow() == [.new(1)])
        host.advanceToTimer()
        #expect(try host.sentNow() == [.again(1, .rto)])
    }
}

extension Script {
    /// As `sack`, with a timestamp of the caller's choice.
    fileprivate mutating func report(_ ack: Int, _ ranges: [Range<Int>], _ stamps: TCPOption) {
        let blocks = ranges.map { range in
            TCPOption.SACKBlock(
                start: Script.iss + 1 + range.lowerBound * 1_000, end: Script.iss + 1 + range.upperBound * 1_000)
        }
        peer(
            .ack, ack: ack * 1_000,
            options: [.noOperation, .noOperation, stamps, .noOperation, .noOperation, .sack(blocks)])
    }
}
