/// CUBIC (RFC 9438): after a loss the window grows along a cubic curve that is flat where the loss was, whatever the round
/// trip. Windows of the formulas are in segments, times in seconds.
package struct Cubic: LossBasedController {
    /// C of RFC 9438 §5.1.
    static let c = 0.4
    /// β_cubic of RFC 9438 §4.6.
    static let beta = 0.7
    /// β of RFC 5681, which is ours too in the Reno-friendly region when a queue has overflowed.
    ///
    /// RFC 9438 §4.6 says that β_cubic SHOULD be 0.7 everywhere, and §4.3 makes up for it by a smaller α. That is fair where
    /// every packet is as likely to be lost. In a queue that drops at its end only the packets by which a window grows are lost,
    /// so losses come as often as α is large: the smaller α cancels out, and windows are as 1 / (1 - β). Reno would be left three
    /// eighths.
    static let renoBeta = 0.5

    package let algorithm = CongestionAlgorithm.cubic
    /// The newest round trip was so much longer than the shortest that a queue must stand on the path.
    private var meetsQueue = false
    /// At the last congestion event β was Reno's.
    private var hasHalved = false
    /// The shortest round trip.
    private var shortest = Interval.nanoseconds(.max)
    package var cwnd = CongestionWindow()
    private var hyStart = HyStart()
    /// W_max: the window at the last congestion event.
    private var largest = 0.0
    /// cwnd_prior: the window just before the last congestion event.
    private var prior = 0.0
    /// The congestion avoidance stage at hand; nil until its first ACK.
    private var epoch: Epoch?
    /// β of the last congestion event.
    private var reduction: Double { hasHalved ? Self.renoBeta : Self.beta }

    /// One stage of congestion avoidance (RFC 9438 §4.2).
    struct Epoch: Sendable {
        /// t_epoch
        let start: Instant
        /// K: when the curve reaches W_max.
        let k: Double
        /// Where the curve is flat.
        let plateau: Double
        /// W_est: what Reno would have by now (RFC 9438 §4.3).
        var reno: Double
        /// W_est has decided at the last ACK.
        var isRenoFriendly = false

        init(at now: Instant, window: Double, largest: Double) {
            start = now
            reno = window
            plateau = max(largest, window)
            // RFC 9438 §4.2, figure 2: K = cubic_root((W_max - cwnd_epoch) / C)
            k = cubeRoot((plateau - window) / Cubic.c)
        }

        /// RFC 9438 §4.2, figure 1: W_cubic(t) = C * (t - K)^3 + W_max
        func window(after seconds: Double) -> Double {
            let t = seconds - k
            return Cubic.c * t * t * t + plateau
        }
    }

    package init() {}

    /// As Linux paces: twice the window while it doubles each round trip, a fifth more while it grows slowly. Recovery has
    /// its own rhythm, and the initial window goes out at once (RFC 6928). So do the short windows of the Reno-friendly region:
    /// spread out, they would see less of a full queue than Reno's do.
    package var pacingGain: Double? {
        switch cwnd.phase {
        case .slowStart: cwnd.isBeyondInitial ? 2 : nil
        case .conservativeSlowStart: 1.2
        case .congestionAvoidance: epoch?.isRenoFriendly == true ? nil : 1.2
        case .fastRecovery, .loss, .unlimited: nil
        }
    }

    package mutating func onAcknowledged(_ flight: AcknowledgedFlight) {
        if let sample = flight.sample {
            shortest = min(shortest, sample)
            meetsQueue = sample >= shortest + HyStart.threshold(shortest)
        }
        let step = cwnd.isInitialSlowStart ? hyStart.onAcknowledged(flight) : .slowStart
        guard cwnd.isUsed(by: flight.inFlight) else { return }
        switch step {
        case .slowStart:
            if !cwnd.growInSlowStart(flight, limit: flight.limit.segments(HyStart.limit)) {
                avoidCongestion(flight)
            }
        case .conservative:
            cwnd.growConservatively(octets: HyStart.conservativeGrowth(flight.octets, mss: cwnd.mss))
        case .finished: cwnd.leaveSlowStart()
        }
    }

    /// One ACK in congestion avoidance (RFC 9438 §4.2 – §4.5).
    private mutating func avoidCongestion(_ flight: AcknowledgedFlight) {
        let mss = Double(cwnd.mss)
        let current = Double(cwnd.size) / mss
        var epoch = self.epoch ?? Epoch(at: flight.at, window: current, largest: largest)
        let segments = Double(flight.octets) / mss
        // RFC 9438 §4.3, figure 4: W_est = W_est + α_cubic * segments_acked / cwnd, α_cubic = 3 * (1 - β) / (1 + β); with α = 1
        // once W_est has reached cwnd_prior.
        epoch.reno += (epoch.reno >= prior ? 1 : 3 * (1 - reduction) / (1 + reduction)) * segments / current
        let elapsed = (flight.at - epoch.start).seconds
        let next: Double
        epoch.isRenoFriendly = epoch.window(after: elapsed) < epoch.reno
        if epoch.isRenoFriendly {
            next = max(current, epoch.reno)
        } else {
            // RFC 9438 §4.2: target is W_cubic(t + RTT), but neither below cwnd nor above 1.5 cwnd.
            let target = min(max(epoch.window(after: elapsed + flight.roundTrip.seconds), current), 1.5 * current)
            // §4.4, §4.5: "cwnd MUST be incremented by (target - cwnd) / cwnd for each received new ACK"
            next = current + (target - current) / current * segments
        }
        self.epoch = epoch
        cwnd.size = max(cwnd.size, Int(next * mss))
    }

    package mutating func onRecoveryEntered(inFlight: Int) { cwnd.enterRecovery(threshold: reduced(inFlight)) }

    package mutating func onRecovered(limit: Int) {
        cwnd.leaveRecovery(limit: limit)
        epoch = nil
    }

    package mutating func onTimeout(inFlight: Int, isRepeated: Bool) {
        // RFC 9438 §4.8: as RFC 5681, but with β_cubic.
        cwnd.collapse(threshold: isRepeated ? nil : reduced(inFlight))
    }

    package mutating func onCongestionSignalled(inFlight: Int) { cwnd.reduce(to: reduced(inFlight)) }

    package mutating func onIdle() {
        cwnd.restartAfterIdle()
        // RFC 9438 §5.8: the time spent idle must not count, or the window would leap.
        epoch = nil
    }

    /// Notes a congestion event, and returns ssthresh.
    private mutating func reduced(_ inFlight: Int) -> Int {
        let mss = Double(cwnd.mss)
        // In fast recovery the window is PRR's of the moment; what it leads to is ssthresh.
        let settled = cwnd.phase == .fastRecovery ? max(cwnd.size, cwnd.threshold ?? 0) : cwnd.size
        let current = Double(settled) / mss
        prior = current
        // RFC 9438 §4.7, fast convergence: "if cwnd < W_max … W_max = cwnd * (1 + β_cubic) / 2, otherwise W_max = cwnd"
        hasHalved = epoch?.isRenoFriendly == true && meetsQueue
        largest = current < largest ? current * (1 + reduction) / 2 : current
        epoch = nil
        // RFC 9438 §4.6: "ssthresh = flight_size * β_cubic; … cwnd = max(ssthresh, 2)"
        return max(Int(Double(inFlight) * reduction), 2 * cwnd.mss)
    }
}

/// The cube root of a number that is not negative, by Newton's method: libm is not for pure rooms.
func cubeRoot(_ x: Double) -> Double {
    guard x > 0 else { return 0 }
    // A third of the exponent is a first guess within a factor of two.
    var root = Double(sign: .plus, exponent: x.exponent / 3, significand: 1)
    for _ in 0..<8 { root -= (root - x / (root * root)) / 3 }
    return root
}
