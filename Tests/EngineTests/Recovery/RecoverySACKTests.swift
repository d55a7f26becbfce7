import Engine
import Testing

/// Loss found and repaired by selective acknowledgments: RFC 6675, RFC 8985, RFC 9937.
@Suite struct RecoverySACKTests {
    // MARK: RFC 6675

    @Test func threeReportedSegmentsBehindAHoleRepeatItAtOnce() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<2)
        #expect(try host.sentNow() == [.new(10)])
        #expect(host.recovery?.phase == .disorder)
        host.sack(0, 1..<3)
        #expect(try host.sentNow() == [.new(11)])
        host.sack(0, 1..<4)
        #expect(try host.sentNow() == [.again(0, .sackRetransmit)])
        #expect(host.recovery?.phase == .fastRecovery)
        #expect(host.congestion?.slowStartThreshold == 5_000)
        #expect(host.recovery?.sacked == 3_000)
    }

    @Test func whatOneAcknowledgmentReportsTogetherIsNoReordering() throws {
        var host = try Script.inFlight(10)
        host.sack(1, 4..<5, 2..<3)
        #expect(host.recovery?.hasSeenReordering == false)
        host.sack(1, 1..<2, 4..<5, 2..<3)
        #expect(host.recovery?.hasSeenReordering == true)
    }

    @Test func aReportThatWasOvertakenStillCounts() throws {
        var host = try Script.inFlight(10)
        host.peer(.ack, ack: 2_000)
        host.sack(1, 6..<9)
        #expect(host.recovery?.sacked == 3_000)
    }

    @Test func onlyTheHolesAreRepeated() throws {
        var host = try Script.inFlight(10, of: 10)
        host.advance(.milliseconds(100))
        var sent: [Departure] = []
        host.sack(0, 1..<3)
        sent += try host.sentNow()
        for end in 5...5 { host.sack(0, 4..<end, 1..<3) }
        sent += try host.sentNow()
        for end in 7...10 {
            host.sack(0, 6..<end, 4..<5, 1..<3)
            sent += try host.sentNow()
        }
        for ack in [3, 5, 10] {
            host.advance(.milliseconds(100))
            if ack == 3 {
                host.sack(3, 6..<10, 4..<5)
            } else if ack == 5 {
                host.sack(5, 6..<10)
            } else {
                host.peer(.ack, ack: 10_000)
            }
            sent += try host.sentNow()
        }
        #expect(Set(sent.map(\.segment)) == [0, 3, 5])
        #expect(sent.count == 3)
        #expect(host.recovery?.phase == .open)
        #expect(host.recovery?.pipe == 0)
    }

    @Test func withoutRACKTheCountAloneDecides() throws {
        var host = try Script.inFlight(10) { $0.options.lossDetection = .sack }
        host.advance(.milliseconds(100))
        host.sack(0, 1..<2)
        host.advance(.milliseconds(90))
        #expect(try host.sentNow() == [.new(10)])
        host.sack(0, 1..<4)
        #expect(try host.sentNow().first == .again(0, .sackRetransmit))
    }

    @Test func reportsOfWhatWasNeverSentAreIgnored() throws {
        var host = try Script.inFlight(10)
        host.sack(0, 9..<40)
        host.sack(0, -3..<20)
        #expect(host.recovery?.sacked == 0)
        #expect(host.recovery?.pipe == 10_000)
    }

    @Test func peerThatTakesItsReportBackIsNotBelieved() throws {
        var host = try Script.inFlight(3, of: 3)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<2)
        #expect(host.recovery?.sacked == 1_000)
        // The acknowledgment stops where the peer had reported text (RFC 2018 §8).
        host.peer(.ack, ack: 1_000)
        while host.counters?.timeouts == 0 { host.advanceToTimer() }
        #expect(host.recovery?.sacked == 0)
        #expect(try host.sentNow().last == .again(1, .rto))
    }

    // MARK: RFC 8985, RACK

    @Test func segmentOvertakenForAQuarterOfARoundTripIsRepeated() throws {
        var host = try Script.inFlight(2, of: 2)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<2)
        try host.expectNothing()
        #expect(host.advanceToTimer() == .milliseconds(25))
        #expect(try host.sentNow() == [.again(0, .rackRetransmit)])
        #expect(host.recovery?.phase == .fastRecovery)
    }

    @Test func segmentThatComesInsideTheReorderingWindowIsNotRepeated() throws {
        var host = try Script.inFlight(2, of: 2)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<2)
        host.advance(.milliseconds(24))
        host.peer(.ack, ack: 2_000)
        host.advance(.seconds(Int64(10)))
        try host.expectNothing()
        #expect(host.recovery?.hasSeenReordering == true)
        #expect(host.recovery?.phase == .open)
    }

    @Test func reportedDuplicatesWidenTheWindowStepByStepUpToTheRoundTrip() throws {
        var rack = RACK(iss: SequenceNumber(0))
        var una = SequenceNumber(1_000)
        let window: (RACK) -> Interval = {
            $0.reorderingWindow(
                isRecovering: false, sackedSegments: 1, minimum: .milliseconds(100), smoothed: .milliseconds(110))
        }
        #expect(window(rack) == .milliseconds(25))
        for expected in [50, 75, 100, 110, 110] as [Int64] {
            rack.onAcknowledgment(hasDuplicate: true, una: una, nxt: una + 5_000)
            // The same round trip: no second step.
            rack.onAcknowledgment(hasDuplicate: true, una: una + 1_000, nxt: una + 6_000)
            #expect(window(rack) == .milliseconds(expected))
            una += 10_000
        }
        // RFC 8985 §6.2 step 4: "Reset the window after 16 DSACK-free recoveries".
        for _ in 0..<15 { rack.onRecoveryLeft() }
        #expect(window(rack) == .milliseconds(110))
        rack.onRecoveryLeft()
        #expect(window(rack) == .milliseconds(25))
    }

    @Test func lostRepetitionIsFoundByWhatWasSentAfterIt() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        #expect(try host.sentNow().first == .again(0, .sackRetransmit))
        host.sack(0, 1..<10)
        let new = try host.sentNow()
        #expect(new.map(\.cause).allSatisfy { $0 == .data })
        let first = try #require(new.first).segment
        host.advance(.milliseconds(100))
        host.sack(0, first..<first + 1, 1..<10)
        host.advance(.milliseconds(50))
        #expect(try host.sentNow().contains(.again(0, .rackRetransmit)))
        #expect(host.counters?.timeouts == 0)
    }

    // MARK: RFC 8985, TLP

    @Test func silenceAfterTheLastSegmentIsProbed() throws {
        var host = try Script.inFlight(3, of: 3)
        #expect(host.advanceToTimer() == .milliseconds(200))  // 2 * SRTT
        #expect(try host.sentNow() == [.again(2, .tailLossProbe)])
        // The probe shows what is missing, and recovery repairs it without a timeout.
        host.advance(.milliseconds(100))
        host.sack(0, 2..<3)
        #expect(try host.sentNow() == [.again(0, .rackRetransmit)])
        host.advance(.milliseconds(100))
        host.sack(1, 2..<3)
        #expect(try host.sentNow() == [.again(1, .rackRetransmit)])
        host.peer(.ack, ack: 3_000)
        #expect(host.counters?.timeouts == 0)
        #expect(host.counters?.repairs.tailLossProbe == 1)
    }

    @Test func loneSegmentWaitsForADelayedAcknowledgmentToo() throws {
        var host = try Script.inFlight(1, of: 1)
        #expect(host.advanceToTimer() == .milliseconds(300))  // RTO is 300 ms and comes before 2 * SRTT + 200 ms
        #expect(try host.sentNow() == [.again(0, .tailLossProbe)])
        #expect(host.counters?.timeouts == 0)
    }

    @Test func probePrefersNewText() throws {
        var host = try Script.inFlight(10)
        host.advanceToTimer()
        #expect(try host.sentNow() == [.again(10, .tailLossProbe)])
        // One probe only; then the timeout.
        host.advanceToTimer()
        #expect(host.counters?.timeouts == 1)
    }

    @Test func probeThatRepairedTheTailReducesTheWindow() throws {
        var host = try Script.inFlight(10, of: 10)
        host.peer(.ack, ack: 9_000)
        host.advance(.milliseconds(500))
        #expect(try host.sentNow().first == .again(9, .tailLossProbe))
        let window = try #require(host.congestion).window
        host.peer(.ack, ack: 10_000)
        // The ACK covers no more than the probe: both copies may have come. One beyond it would tell.
        #expect(host.congestion?.window == window)
    }

    @Test func noProbeWhileThePeersWindowIsClosed() throws {
        var host = try Script.inFlight(10)
        host.peer(.ack, ack: 10_000, window: 0)
        host.advance(.seconds(Int64(5)))
        #expect(try host.sentNow().allSatisfy { $0.cause == .windowProbe })
    }

    // MARK: RFC 9937

    @Test func reductionIsProportionalWhileTheFlightExceedsTheThreshold() {
        var rate = ProportionalRateReduction(threshold: 50_000, flight: 100_000, mss: 1_000)
        var pipe = 99_000
        #expect(rate.window(delivered: 1_000, pipe: pipe, isSafe: false) == 100_000)  // the fast retransmit
        rate.onSent(1_000)
        var out = 1_000
        for step in 2...40 {
            let window = rate.window(delivered: 1_000, pipe: pipe, isSafe: false) ?? 0
            // sndcnt = CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out
            #expect(window == pipe + max(0, step * 500 - out))
            while pipe + 1_000 <= window {
                rate.onSent(1_000)
                out += 1_000
                pipe += 1_000
            }
            pipe -= 1_000
        }
        #expect(out == 20_000)  // half of what was delivered
    }

    @Test func belowTheThresholdNoMoreLeavesThanArrivesUnlessAllIsWell() {
        var rate = ProportionalRateReduction(threshold: 10_000, flight: 20_000, mss: 1_000)
        _ = rate.window(delivered: 1_000, pipe: 19_000, isSafe: false)
        rate.onSent(1_000)
        for _ in 0..<9 { _ = rate.window(delivered: 1_000, pipe: 15_000, isSafe: false) }
        var conservative = rate
        // PRR-CRB: prr_delivered - prr_out, with eleven delivered and one sent; but never beyond ssthresh.
        #expect(conservative.window(delivered: 1_000, pipe: 4_000, isSafe: false) == 10_000)
        conservative.onSent(10_000)
        #expect(conservative.window(delivered: 1_000, pipe: 4_000, isSafe: false) == 5_000)
        rate.onSent(10_000)
        _ = rate.window(delivered: 1_000, pipe: 4_000, isSafe: true)
        // PRR-SSRB: one segment more, while SND.UNA advances and nothing more is lost.
        #expect(rate.window(delivered: 1_000, pipe: 4_000, isSafe: true) == 4_000 + 2_000 + 0)
    }

    @Test func acknowledgmentWithoutNewsLeavesTheRateAlone() {
        var rate = ProportionalRateReduction(threshold: 5_000, flight: 10_000, mss: 1_000)
        #expect(rate.window(delivered: 0, pipe: 9_000, isSafe: false) == 10_000)  // the first always goes
        rate.onSent(1_000)
        #expect(rate.window(delivered: 0, pipe: 9_000, isSafe: false) == nil)
    }

    @Test func recoveryEndsAtTheThreshold() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        _ = try host.sentNow()
        for end in 5...10 {
            host.sack(0, 1..<end)
            _ = try host.sentNow()
        }
        host.peer(.ack, ack: 10_000)
        _ = try host.sentNow()
        #expect(host.recovery?.phase == .open)
        #expect(host.congestion?.window == 5_000)
        #expect(host.congestion?.slowStartThreshold == 5_000)
    }

    // MARK: Counters

    @Test func countersEqualTheLog() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        _ = try host.sentNow()
        host.advance(.seconds(Int64(20)))
        host.peer(.ack, ack: 10_000)
        host.advance(.milliseconds(700))
        _ = try host.sentNow()
        let log = host.stack.log.snapshot()
        for cause in Cause.repairs {
            let logged = log.numbers.filter { log[$0]?.cause == cause && log[$0]?.direction == .outbound }.count
            #expect(host.counters?.repairs[cause] == logged, "\(cause.name)")
            #expect(host.stack.counters.repairs[cause] == logged, "\(cause.name)")
        }
        #expect(try #require(host.counters).repairs.timeout > 3)
    }
}
