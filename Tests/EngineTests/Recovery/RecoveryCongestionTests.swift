import Engine
import Testing

/// How the congestion controllers move their windows: RFC 9438, RFC 9406, RFC 7661, and the pace that is asked for.
@Suite struct RecoveryCongestionTests {
    private static let mss = 1_000

    /// CUBIC after a loss at `segments`, and at the end of its recovery.
    private func afterLoss(at segments: Int) -> Cubic {
        var cubic = Cubic()
        cubic.onEstablished(mss: Self.mss, synWasLost: false)
        while cubic.window < segments * Self.mss {
            cubic.onAcknowledged(
                flight(min(Self.mss, segments * Self.mss - cubic.window), of: cubic.window, at: .zero))
        }
        cubic.onRecoveryEntered(inFlight: cubic.window)
        cubic.onRecovered(limit: .max)
        return cubic
    }

    private func flight(
        _ octets: Int, of inFlight: Int, roundTrip: Interval = .milliseconds(100), at now: Instant
    ) -> AcknowledgedFlight {
        AcknowledgedFlight(octets: octets, inFlight: inFlight, roundTrip: roundTrip, at: now)
    }

    @Test(arguments: [200, 1_000, 3_000])
    func cubicFollowsTheCurveOfTheRFC(segments: Int) {
        var cubic = afterLoss(at: segments)
        let largest = Double(segments)
        #expect(abs(Double(cubic.window) / Double(Self.mss) - 0.7 * largest) <= 1)
        // W_cubic(t) = C * (t - K)^3 + W_max, K = cubic_root((W_max - cwnd_epoch) / C)
        let start = Double(cubic.window) / Double(Self.mss)
        var k = 1.0
        for _ in 0..<60 { k -= (k * k * k - (largest - start) / 0.4) / (3 * k * k) }
        // The window of time t is that of t + RTT, since each ACK aims a round trip ahead.
        let roundTrip = 0.2
        var now = 0.0
        while now < 2 * k {
            let window = cubic.window
            for place in 0..<window / Self.mss {
                let at = Instant(
                    nanoseconds: Int64((now + roundTrip * Double(place) / Double(window / Self.mss)) * 1e9))
                cubic.onAcknowledged(flight(Self.mss, of: window, roundTrip: .milliseconds(200), at: at))
            }
            now += roundTrip
            let t = now - k
            let formula = 0.4 * t * t * t + largest
            let actual = Double(cubic.window) / Double(Self.mss)
            guard abs(actual - formula) > 0.01 * formula else { continue }
            Issue.record("\(actual) instead of \(formula) segments, at \(now) s of \(2 * k)")
        }
    }

    @Test func secondLossBelowTheFirstGivesRoomToOthers() {
        var cubic = afterLoss(at: 100)
        cubic.onRecoveryEntered(inFlight: 80 * Self.mss)
        // RFC 9438 §4.7: fast convergence; ssthresh is still β of the flight.
        #expect(cubic.slowStartThreshold == 56 * Self.mss)
    }

    @Test func smallWindowsGrowAsFastAsRenosWould() {
        var cubic = afterLoss(at: 12)
        let start = cubic.window
        var now = Instant.zero
        for _ in 0..<20 {
            for _ in 0..<cubic.window / Self.mss {
                cubic.onAcknowledged(flight(Self.mss, of: cubic.window, roundTrip: .milliseconds(1), at: now))
            }
            now = now + .milliseconds(1)
        }
        // α = 3 * 0.3 / 1.7 = 0.53 segments a round trip, then 1.
        #expect(cubic.window - start >= 10 * Self.mss)
    }

    @Test func acknowledgmentsNeverLiftTheWindowByMoreThanHalf() {
        var cubic = afterLoss(at: 100)
        cubic.onAcknowledged(flight(Self.mss, of: cubic.window, at: .zero))
        let window = cubic.window
        // Ten minutes later the curve is far away.
        let late = Instant(nanoseconds: 600_000_000_000)
        for _ in 0..<window / Self.mss { cubic.onAcknowledged(flight(Self.mss, of: window, at: late)) }
        #expect(cubic.window <= window * 17 / 10)
    }

    /// What is left of the window after a loss in congestion avoidance, so many round trips of so many milliseconds long.
    /// The last of them are longer by `queue`.
    private func shareAfterLoss(roundTrip: Int64, rounds: Int, at segments: Int, queue: Int64) -> Double {
        var cubic = afterLoss(at: segments)
        var now = Instant.zero
        for round in 0..<rounds {
            now = now + .milliseconds(roundTrip)
            for _ in 0..<cubic.window / Self.mss {
                var one = flight(Self.mss, of: cubic.window, roundTrip: .milliseconds(roundTrip), at: now)
                one.sample = .milliseconds(roundTrip + (2 * round > rounds ? queue : 0))
                cubic.onAcknowledged(one)
            }
        }
        let before = cubic.window
        cubic.onRecoveryEntered(inFlight: before)
        cubic.onRecovered(limit: .max)
        return Double(cubic.window) / Double(before)
    }

    @Test func overflowInTheRenoFriendlyRegionHalvesTheWindowAsRenos() {
        #expect(abs(shareAfterLoss(roundTrip: 5, rounds: 10, at: 20, queue: 5) - 0.5) < 0.01)
        #expect(abs(shareAfterLoss(roundTrip: 100, rounds: 40, at: 1_000, queue: 50) - 0.7) < 0.01)
    }

    @Test func lossWithoutAQueueTakesThreeTenthsWhateverTheRegion() {
        #expect(abs(shareAfterLoss(roundTrip: 5, rounds: 10, at: 20, queue: 0) - 0.7) < 0.01)
        // Less than HyStart++ would take for a queue.
        #expect(abs(shareAfterLoss(roundTrip: 5, rounds: 10, at: 20, queue: 3) - 0.7) < 0.01)
        #expect(abs(shareAfterLoss(roundTrip: 100, rounds: 40, at: 1_000, queue: 0) - 0.7) < 0.01)
    }

    // MARK: RFC 1191, RFC 8201

    @Test(arguments: [CongestionAlgorithm.cubic, .newreno]) func shorterSegmentsLeaveTheirNumber(
        algorithm: CongestionAlgorithm
    ) {
        var controller = algorithm.makeController()
        controller.onEstablished(mss: 1_460, synWasLost: false)
        let segments = controller.window / 1_460
        controller.onPathShortened(mss: 730)
        #expect(controller.window / 730 == segments)
        // RFC 5681 §3.1: the loss window "equals 1 full-sized segment".
        controller.onTimeout(inFlight: controller.window, isRepeated: false)
        #expect(controller.window == 730)
        controller.onPathShortened(mss: 1_460)
        #expect(controller.window == 730)
    }

    // MARK: RFC 9406

    /// Rounds of eight ACKs with this round trip, in milliseconds; returns the last step.
    private func rounds(_ hyStart: inout HyStart, _ base: inout SequenceNumber, _ times: [Int64]) -> HyStart.Step {
        var step = HyStart.Step.slowStart
        for time in times {
            for place in 1...10 {
                var flight = self.flight(Self.mss, of: 10_000, at: .zero)
                flight.sample = .milliseconds(time)
                flight.una = base + place * 1_000
                flight.nxt = base + 20_000
                if place == 10 { flight.nxt = base + 20_000 }
                step = hyStart.onAcknowledged(flight)
            }
            base += 20_000
        }
        return step
    }

    @Test func growingRoundTripsEndSlowStartAfterFiveConservativeRounds() {
        var hyStart = HyStart()
        var base = SequenceNumber(0xffff_0000)
        #expect(rounds(&hyStart, &base, [40, 40]) == .slowStart)
        // The threshold is an eighth of the last round's: 5 ms.
        #expect(rounds(&hyStart, &base, [44]) == .slowStart)
        #expect(rounds(&hyStart, &base, [50]) == .conservative)
        #expect(rounds(&hyStart, &base, [50, 50, 50, 50]) == .conservative)
        var flight = self.flight(Self.mss, of: 10_000, at: .zero)
        flight.una = base
        flight.nxt = base + 20_000
        #expect(hyStart.onAcknowledged(flight) == .finished)
    }

    @Test func shrinkingRoundTripsResumeSlowStart() {
        var hyStart = HyStart()
        var base = SequenceNumber(0xffff_0000)
        #expect(rounds(&hyStart, &base, [40, 40, 50]) == .conservative)
        #expect(rounds(&hyStart, &base, [41]) == .slowStart)
    }

    @Test func cubicLeavesSlowStartWithoutALoss() throws {
        var cubic = Cubic()
        cubic.onEstablished(mss: Self.mss, synWasLost: false)
        var una = SequenceNumber(0xffff_ff00)
        var roundTrip: Int64 = 20
        for _ in 0..<40 where cubic.slowStartThreshold == nil {
            let window = cubic.window
            let nxt = una + window
            for place in 1...window / Self.mss {
                var flight = self.flight(Self.mss, of: window, at: .zero)
                flight.sample = .milliseconds(roundTrip)
                flight.una = una + place * Self.mss
                flight.nxt = nxt
                cubic.onAcknowledged(flight)
            }
            una = nxt
            // A queue builds up once 100 segments are under way.
            if cubic.window > 100 * Self.mss { roundTrip += 5 }
        }
        #expect(cubic.phase == .congestionAvoidance)
        #expect(try #require(cubic.slowStartThreshold) <= cubic.window)
        #expect(cubic.window < 1_000 * Self.mss)
    }

    // MARK: Pace

    @Test func pacerSpreadsAWindowOverItsShareOfARoundTrip() {
        var pacer = Pacer()
        var now = Instant(nanoseconds: 1_000_000_000)
        let start = now
        for _ in 0..<100 {
            if let next = pacer.wait(at: now) { now = next }
            #expect(pacer.wait(at: now) == nil)
            pacer.onSent(1_000, window: 100_000, gain: 2, roundTrip: .milliseconds(100), at: now)
        }
        let elapsed = (now - start).seconds
        #expect(elapsed > 0.045 && elapsed < 0.051)
    }

    @Test func shortPathsAndOtherControllersAreNotPaced() {
        var pacer = Pacer()
        for _ in 0..<100 {
            pacer.onSent(1_000, window: 10_000, gain: 2, roundTrip: .milliseconds(7), at: .zero)
            pacer.onSent(1_000, window: 10_000, gain: nil, roundTrip: .milliseconds(100), at: .zero)
        }
        #expect(pacer.wait(at: .zero) == nil)
        #expect(NewReno().pacingGain == nil)
    }
}
