import Engine
import Testing

@Suite struct CoreRetransmissionTests {
    /// A connection with a settled round trip: RTO at its minimum, 200 ms.
    private func settled(_ change: (inout Script.Setup) -> Void = { _ in }) throws -> Script {
        var host = try Script(.established, change)
        host.advance(.milliseconds(10))
        return host
    }

    // MARK: RFC 6298

    @Test func firstSampleSetsSmoothedAndHalfAsVariation() {
        var rtt = RTTEstimator()
        #expect(rtt.rto == .initial)
        rtt.addSample(.milliseconds(1_000))
        #expect(rtt.smoothed == .milliseconds(1_000))
        #expect(rtt.variation == .milliseconds(500))
        #expect(rtt.rto.interval == .milliseconds(3_000))
    }

    @Test(
        "RFC 6298 smoothing",
        arguments: [
            (samples: [1_000, 1_000], smoothed: 1_000.0, variation: 375.0),
            (samples: [1_000, 2_000], smoothed: 1_125.0, variation: 625.0),
            (samples: [1_000, 2_000, 125], smoothed: 1_000.0, variation: 718.75),
            (samples: [800, 0], smoothed: 700.000000125, variation: 499.99999975),
        ])
    func smoothing(samples: [Int64], smoothed: Double, variation: Double) throws {
        var rtt = RTTEstimator()
        for sample in samples { rtt.addSample(.milliseconds(sample)) }
        let srtt = try #require(rtt.smoothed).seconds * 1_000
        #expect(abs(srtt - smoothed) < 0.001)
        #expect(abs(rtt.variation.seconds * 1_000 - variation) < 0.001)
        #expect(rtt.minimum == samples.min().map { max(.milliseconds($0), .nanoseconds(1)) })
    }

    @Test func timeoutStaysBetweenItsBounds() {
        var rtt = RTTEstimator()
        rtt.addSample(.microseconds(20))
        #expect(rtt.rto.interval == RTO.minimum)
        for _ in 0..<20 { rtt.backOff() }
        #expect(rtt.rto.interval == RTO.maximum)
        rtt.addSample(.microseconds(20))
        #expect(rtt.rto.interval == RTO.minimum)
    }

    @Test func handshakeGivesTheFirstSample() throws {
        var host = try Script(.synSent)
        host.advance(.milliseconds(400))
        host.peerSYN(.ack)
        #expect(host.connection?.snapshot.rtt.smoothed == .milliseconds(400))
        #expect(host.connection?.snapshot.rtt.rto == .milliseconds(1_200))
    }

    @Test func unacknowledgedSegmentIsRepeatedWithDoublingTimeout() throws {
        var host = try settled()
        try host.write(100)
        let first = try host.expect(.ack, seq: 0, length: 100, cause: .data)
        var previous = try #require(first.record).number
        for milliseconds: Int64 in [200, 400, 800, 1_600, 3_200] {
            #expect(host.advanceToTimer() == .milliseconds(milliseconds))
            let repeated = try host.expect(.ack, seq: 0, length: 100, cause: .rto)
            #expect(repeated.record?.retransmits == previous)
            #expect(repeated.record?.because == nil)
            previous = try #require(repeated.record).number
            try host.expectNothing()
        }
        #expect(host.connection?.snapshot.counters.timeouts == 5)
        #expect(host.connection?.snapshot.counters.retransmissions == 5)
    }

    @Test func repeatedSegmentGivesNoSample() throws {
        var host = try settled()
        let before = try #require(host.connection?.snapshot.rtt.smoothed)
        try host.write(100)
        try host.expect(.ack)
        host.advanceToTimer()
        try host.expect(.ack, cause: .rto)
        host.advance(.milliseconds(50))
        host.peer(.ack, ack: 100)
        #expect(host.connection?.snapshot.rtt.smoothed == before)
        // Karn: the backed-off value stays until a segment that was sent once is acknowledged.
        #expect(host.connection?.snapshot.rtt.rto == .milliseconds(400))
        try host.write(100)
        try host.expect(.ack)
        host.peer(.ack, ack: 200)
        #expect(host.connection?.snapshot.rtt.rto == .milliseconds(200))
    }

    @Test func segmentsBehindARepeatedOneGiveNoSampleEither() throws {
        var host = try settled()
        try host.write(2_000)
        try host.expect(.ack, seq: 0)
        try host.expect(.ack, seq: 1_000)
        let before = try #require(host.connection?.snapshot.rtt.smoothed)
        host.advance(.milliseconds(200))
        try host.expect(.ack, seq: 0, cause: .rto)
        host.peer(.ack, ack: 2_000)
        #expect(host.connection?.snapshot.rtt.smoothed == before)
    }

    @Test func timestampsMakeARepeatedSegmentsRoundTripKnown() throws {
        var host = try settled {
            $0.options.timestamps = true
            $0.peerOptions += [.timestamps(value: 0, echo: 0)]
        }
        try host.write(100)
        try host.expect(.ack)
        host.advanceToTimer()
        try host.expect(.ack, cause: .rto)
        host.advance(.milliseconds(50))
        host.peer(.ack, ack: 100)
        let smoothed = try #require(host.connection?.snapshot.rtt.smoothed)
        #expect(smoothed > .milliseconds(5) && smoothed < .milliseconds(8))  // an eighth of 51 ms
        #expect(host.connection?.snapshot.rtt.rto == .milliseconds(200))
    }

    /// The text had come, and its ACK was lost: the repetition is answered with a D-SACK, and with the echo of what came first.
    @Test func theEchoOfWhatCameBeforeADuplicateIsNoRoundTrip() throws {
        var host = try settled {
            $0.options.timestamps = true
            $0.options.sack = true
            $0.peerOptions += [.timestamps(value: 0, echo: 0), .sackPermitted]
        }
        try host.write(100)
        let original = try #require(try host.next()?.timestamps)
        let before = try #require(host.connection?.snapshot.rtt.smoothed)
        while host.counters?.timeouts == 0 { host.advanceToTimer() }
        host.advance(.milliseconds(300))
        let twice = TCPOption.SACKBlock(start: Script.iss + 1, end: Script.iss + 101)
        let stamps = TCPOption.timestamps(value: host.peerClock, echo: original.value)
        host.peer(.ack, ack: 100, options: [stamps, .sack([twice])])
        #expect(host.connection?.snapshot.send.inFlight == 0)
        #expect(host.connection?.snapshot.rtt.smoothed == before)
        #expect(host.connection?.snapshot.rtt.rto == .milliseconds(200))
    }

    @Test func acknowledgmentRestartsTheTimer() throws {
        var host = try settled()
        try host.write(2_000)
        try host.expect(.ack)
        try host.expect(.ack)
        host.advance(.milliseconds(150))
        host.peer(.ack, ack: 1_000)
        let rto = try #require(host.connection?.snapshot.rtt.rto)
        #expect(host.advanceToTimer() == rto)
        try host.expect(.ack, seq: 1_000, cause: .rto)
    }

    @Test func acknowledgmentOfEverythingStopsTheTimer() throws {
        var host = try settled()
        try host.write(2_000)
        while try host.next() != nil {}
        host.peer(.ack, ack: 2_000)
        try host.expectNothing()
        host.advance(.seconds(Int64(1_000)))
        try host.expectNothing()
        host.expectState(.established)
    }

    @Test func partlyAcknowledgedSegmentIsRepeatedFromTheGap() throws {
        var host = try settled()
        try host.write(1_000)
        try host.expect(.ack, length: 1_000)
        host.peer(.ack, ack: 400)
        host.advanceToTimer()
        let rest = try host.expect(.ack, seq: 400, length: 600, cause: .rto)
        #expect(rest.payload.first == UInt8(truncatingIfNeeded: 400))
    }

    @Test func dataUnacknowledgedForR2EndsTheConnection() throws {
        var host = try settled()
        try host.write(100)
        try host.expect(.ack)
        host.advance(.milliseconds(99_999))
        host.expectState(.established)
        host.advance(.milliseconds(1))
        host.expectState(.closed, because: .timeout)
        var last: SentSegmentView?
        while let sent = try host.next() { last = sent }
        #expect(last?.header.flags == [.rst, .ack])
    }

    @Test func timeoutRepeatsOneSegmentAndThenSlowStarts() throws {
        var host = try settled()
        try host.write(8_000)
        for position in 0..<8 { try host.expect(.ack, seq: position * 1_000) }
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, cause: .rto)
        try host.expectNothing()
        let congestion = try #require(host.connection?.snapshot.congestion)
        #expect(congestion.window == 1_000)
        #expect(congestion.slowStartThreshold == 4_000)
        #expect(congestion.phase == .loss)
        host.peer(.ack, ack: 1_000)
        #expect(host.connection?.snapshot.congestion.window == 2_000)
        try host.expect(.ack, seq: 1_000, cause: .rto)
        try host.expect(.ack, seq: 2_000, cause: .rto)
        try host.expectNothing()
        // The peer had the rest: nothing more is repeated.
        host.peer(.ack, ack: 8_000)
        try host.expectNothing()
        #expect(host.connection?.snapshot.send.inFlight == 0)
    }

    @Test func secondTimeoutOfASegmentKeepsTheThreshold() throws {
        var host = try settled()
        try host.write(8_000)
        while try host.next() != nil {}
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, cause: .rto)
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, cause: .rto)
        #expect(host.connection?.snapshot.congestion.slowStartThreshold == 4_000)
    }

    // MARK: RFC 5681, RFC 6582

    private func flight(_ octets: Int, of inFlight: Int) -> AcknowledgedFlight {
        AcknowledgedFlight(octets: octets, inFlight: inFlight, roundTrip: .milliseconds(10), at: .zero)
    }

    /// Ten segments in flight, of which the first is lost.
    private func withLoss() throws -> Script {
        var host = try settled()
        try host.write(20_000)
        for position in 0..<10 { try host.expect(.ack, seq: position * 1_000) }
        try host.expectNothing()
        return host
    }

    @Test func initialWindowIsTenSegments() throws {
        _ = try withLoss()
    }

    @Test(arguments: [(536, 5_360), (1_460, 14_600), (2_000, 14_600), (8_960, 17_920), (65_495, 130_990)])
    func initialWindowOf(mss: Int, is expected: Int) {
        var reno = NewReno()
        reno.onEstablished(mss: mss, synWasLost: false)
        #expect(reno.window == expected)
    }

    @Test func thirdDuplicateRepeatsTheSegmentAtOnce() throws {
        var host = try withLoss()
        // RFC 3042: the first two let new text out, which does not count when the window is halved.
        for position in [10_000, 11_000] {
            host.peer(.ack, ack: 0)
            try host.expect(.ack, seq: position, length: 1_000, cause: .data)
            try host.expectNothing()
        }
        host.peer(.ack, ack: 0)
        let repeated = try host.expect(.ack, seq: 0, length: 1_000, cause: .fastRetransmit)
        #expect(repeated.record?.because != nil)
        let congestion = try #require(host.connection?.snapshot.congestion)
        #expect(congestion.slowStartThreshold == 5_000)
        #expect(congestion.window == 8_000)
        #expect(congestion.phase == .fastRecovery)
        try host.expectNothing()
    }

    @Test func furtherDuplicatesLetNewTextOut() throws {
        var host = try withLoss()
        for _ in 0..<3 { host.peer(.ack, ack: 0) }
        try host.expect(.ack, seq: 0, cause: .fastRetransmit)
        for _ in 0..<2 { host.peer(.ack, ack: 0) }
        try host.expectNothing()  // cwnd 10,000, all of it in flight
        host.peer(.ack, ack: 0)
        try host.expect(.ack, seq: 10_000, cause: .data)
        host.peer(.ack, ack: 0)
        try host.expect(.ack, seq: 11_000, cause: .data)
    }

    @Test func fullAcknowledgmentEndsRecovery() throws {
        var host = try withLoss()
        for _ in 0..<3 { host.peer(.ack, ack: 0) }
        try host.expect(.ack, seq: 0, cause: .fastRetransmit)
        host.peer(.ack, ack: 10_000)
        let congestion = try #require(host.connection?.snapshot.congestion)
        #expect(congestion.phase == .congestionAvoidance)
        #expect(congestion.window == 2_000)  // min (ssthresh, max (FlightSize, SMSS) + SMSS)
        try host.expect(.ack, seq: 10_000)
        try host.expect(.ack, seq: 11_000)
        try host.expectNothing()
    }

    @Test func partialAcknowledgmentRepeatsTheNextHole() throws {
        var host = try withLoss()
        for _ in 0..<3 { host.peer(.ack, ack: 0) }
        try host.expect(.ack, seq: 0, cause: .fastRetransmit)
        host.peer(.ack, ack: 4_000)
        try host.expect(.ack, seq: 4_000, cause: .fastRetransmit)
        #expect(host.connection?.snapshot.congestion.phase == .fastRecovery)
        #expect(host.connection?.snapshot.congestion.window == 5_000)  // 8,000 less 4,000, and one back
        host.peer(.ack, ack: 10_000)
        #expect(host.connection?.snapshot.congestion.phase == .congestionAvoidance)
    }

    @Test func duplicatesAfterATimeoutDoNotEnterRecovery() throws {
        var host = try withLoss()
        host.advanceToTimer()
        try host.expect(.ack, seq: 0, cause: .rto)
        for _ in 0..<5 { host.peer(.ack, ack: 0) }
        try host.expectNothing()
        #expect(host.connection?.snapshot.congestion.phase == .loss)
    }

    @Test(arguments: ["window", "text", "nothing in flight"])
    func acknowledgmentIsNoDuplicateIfItBrings(what: String) throws {
        var host = try withLoss()
        if what == "nothing in flight" {
            host.peer(.ack, ack: 10_000)
            while try host.next() != nil {}
            host.peer(.ack, ack: 20_000)
        }
        for count: UInt16 in 1...4 {
            switch what {
            case "window": host.peer(.ack, window: 60_000 + count)
            case "text": host.peer(.ack, length: 1)
            default: host.peer(.ack)
            }
        }
        #expect(host.connection?.snapshot.counters.duplicateAcksReceived == 0)
        #expect(host.connection?.snapshot.congestion.phase == .slowStart)
    }

    @Test func slowStartGrowsByWhatIsAcknowledgedUpToTwoSegments() throws {
        var host = try withLoss()
        host.peer(.ack, ack: 1_000)
        #expect(host.connection?.snapshot.congestion.window == 11_000)
        host.peer(.ack, ack: 5_000)
        #expect(host.connection?.snapshot.congestion.window == 13_000)
    }

    @Test func congestionAvoidanceGrowsByOneSegmentAWindow() {
        var reno = NewReno()
        reno.onEstablished(mss: 1_000, synWasLost: false)
        reno.onRecoveryEntered(inFlight: 10_000)
        reno.onRecovered(limit: .max)
        #expect(reno.window == 5_000)
        for _ in 0..<4 { reno.onAcknowledged(flight(1_000, of: 5_000)) }
        #expect(reno.window == 5_000)
        reno.onAcknowledged(flight(1_000, of: 5_000))
        #expect(reno.window == 6_000)
        #expect(reno.phase == .congestionAvoidance)
    }

    @Test func windowThatIsNotUsedDoesNotGrow() {
        var reno = NewReno()
        reno.onEstablished(mss: 1_000, synWasLost: false)
        reno.onAcknowledged(flight(1_000, of: 1_000))
        #expect(reno.window == 10_000)
    }

    @Test func idleConnectionStartsAgainFromTheInitialWindow() throws {
        var host = try withLoss()
        for position in 1...20 {
            host.peer(.ack, ack: position * 1_000)
            while try host.next() != nil {}
        }
        #expect(try #require(host.connection?.snapshot.congestion.window) > 10_000)
        host.advance(.seconds(Int64(5)))
        try host.write(1)
        try host.expect(.ack)
        #expect(host.connection?.snapshot.congestion.window == 10_000)
    }

    @Test func withoutCongestionControlOnlyThePeersWindowLimits() throws {
        var host = try settled { $0.options.congestion = .none }
        try host.write(60_000)
        for position in 0..<60 { try host.expect(.ack, seq: position * 1_000) }
    }
}

extension AcknowledgedFlight {
    /// An ACK of so many octets, at a time that does not matter.
    fileprivate static func of(_ octets: Int, inFlight: Int) -> AcknowledgedFlight {
        AcknowledgedFlight(octets: octets, inFlight: inFlight, roundTrip: .milliseconds(10), at: .zero)
    }
}
