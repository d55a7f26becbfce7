import Engine
import Testing

/// CUBIC as Linux counts it.
@Suite struct RecoveryCountedCubicTests {
    private static let mss = 1_000

    /// A window of so many segments in congestion avoidance, by a loss at `peak` segments; 0: by no loss.
    private func cubic(peak: Int) -> CountedCubic {
        var cubic = CountedCubic()
        cubic.onEstablished(mss: Self.mss, synWasLost: false)
        while cubic.window < peak * Self.mss { acknowledge(2, &cubic, at: .zero) }
        cubic.onRecoveryEntered(inFlight: cubic.window)
        cubic.onRecovered(limit: .max)
        return cubic
    }

    private func acknowledge(_ segments: Int, _ cubic: inout CountedCubic, at now: Instant) {
        cubic.onAcknowledged(
            AcknowledgedFlight(
                octets: segments * Self.mss, inFlight: cubic.window, roundTrip: .milliseconds(100), at: now))
    }

    @Test("after a loss β is 717/1024, and the curve is back at the old window after K seconds")
    func curve() {
        var cubic = cubic(peak: 200)
        #expect(cubic.window == 200 * 717 / 1_024 * Self.mss)
        // K = cubic_root((W_max - cwnd_epoch) / C) = cubic_root(60 / 0.4) = 5.3 s
        var now = Instant.zero
        for _ in 0..<53 {
            acknowledge(cubic.window / Self.mss, &cubic, at: now)
            now = now + .milliseconds(100)
        }
        #expect((196...201).contains(cubic.window / Self.mss), "\(cubic.window)")
    }

    @Test("a window grows by half a round trip at most, however far the curve is above it")
    func limit() {
        var cubic = cubic(peak: 20)
        let before = cubic.window
        acknowledge(1, &cubic, at: .zero)
        for _ in 0..<before / Self.mss { acknowledge(1, &cubic, at: .zero + .seconds(Int64(60))) }
        #expect(cubic.window <= before + before / 2 + Self.mss)
        #expect(cubic.window > before + before / 3)
    }

    @Test("a timeout forgets the old window, so that the next stage begins as if nothing had been lost")
    func timeout() {
        var cubic = cubic(peak: 100)
        cubic.onTimeout(inFlight: cubic.window, isRepeated: false)
        #expect(cubic.window == Self.mss)
        let threshold = cubic.slowStartThreshold ?? 0
        while cubic.window < threshold { acknowledge(1, &cubic, at: .zero) }
        // A twentieth of what is acknowledged.
        for _ in 0..<20 { acknowledge(1, &cubic, at: .zero) }
        #expect(cubic.window == threshold + Self.mss)
    }
}
