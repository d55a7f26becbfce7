/// CUBIC as Linux does it (tcp_cubic.c): in whole segments, of which so and so many must be acknowledged before the window
/// grows by one; with HyStart as it was before RFC 9406, and β where RFC 9438 §4.6 has it, whatever stands on the path.
package struct CountedCubic: LossBasedController {
    package let algorithm = CongestionAlgorithm.cubic
    package var cwnd = CongestionWindow()
    private var hyStart = DelayHyStart()
    /// delay_min: the shortest round trip.
    private var shortest: Interval?
    /// last_max_cwnd: segments of the window at the last loss; 0 before the first one, and after a timeout.
    private var largest = 0
    /// snd_cwnd_cnt: segments that were acknowledged, and have not widened the window yet.
    private var credit = 0
    /// The congestion avoidance stage at hand; nil until its first ACK.
    private var epoch: CountedCubicEpoch?

    package init() {}

    /// tcp_update_pacing_rate(): twice the window below half of ssthresh (net.ipv4.tcp_pacing_ss_ratio), else a fifth more
    /// (tcp_pacing_ca_ratio). The initial window goes out at once: the queue's credit for a new flow is as large.
    package var pacingGain: Double? {
        guard cwnd.isBeyondInitial || !cwnd.isInitialSlowStart else { return nil }
        return cwnd.size < (cwnd.threshold ?? Int.max) / 2 ? 2 : 1.2
    }

    package mutating func onAcknowledged(_ flight: AcknowledgedFlight) {
        if let sample = flight.sample { shortest = min(shortest ?? sample, sample) }
        if cwnd.isInitialSlowStart, hyStart.onAcknowledged(flight, window: segments(cwnd.size)) {
            cwnd.leaveSlowStart()
        }
        guard cwnd.isUsed(by: flight.inFlight) else { return }
        let before = cwnd.size
        let isSlowStart = cwnd.growInSlowStart(flight, limit: flight.limit.segments(1))
        // tcp_slow_start() leaves what is beyond ssthresh to congestion avoidance.
        let rest = isSlowStart ? before + flight.octets - cwnd.size : flight.octets
        if rest > 0 { avoidCongestion((rest + cwnd.mss - 1) / cwnd.mss, flight) }
    }

    /// One ACK of so many segments in congestion avoidance (cubictcp_cong_avoid(), tcp_cong_avoid_ai()).
    private mutating func avoidCongestion(_ acknowledged: Int, _ flight: AcknowledgedFlight) {
        let window = segments(cwnd.size)
        let delay = shortest ?? .zero
        var epoch = self.epoch ?? CountedCubicEpoch(window: window, largest: largest, at: flight.at)
        let price = epoch.price(of: window, acknowledged: acknowledged, delay: delay, at: flight.at)
        self.epoch = epoch
        if credit >= price {
            credit = 0
            cwnd.size += cwnd.mss
        }
        credit += acknowledged
        cwnd.size += credit / price * cwnd.mss
        credit %= price
    }

    private func segments(_ octets: Int) -> Int { (octets + cwnd.mss / 2) / cwnd.mss }

    package mutating func onRecoveryEntered(inFlight: Int) { cwnd.enterRecovery(threshold: reduced(inFlight)) }

    package mutating func onRecovered(limit: Int) {
        cwnd.leaveRecovery(limit: limit)
        epoch = nil
    }

    package mutating func onTimeout(inFlight: Int, isRepeated: Bool) {
        cwnd.collapse(threshold: isRepeated ? nil : reduced(inFlight))
        // cubictcp_state() forgets everything but ssthresh.
        largest = 0
        epoch = nil
        credit = 0
    }

    package mutating func onCongestionSignalled(inFlight: Int) { cwnd.reduce(to: reduced(inFlight)) }

    package mutating func onIdle() {
        cwnd.restartAfterIdle()
        epoch = nil
    }

    /// cubictcp_cwnd_event(): the curve stands still while nothing is sent.
    package mutating func onPause(_ interval: Interval) { epoch?.shift(by: interval) }

    /// Notes a congestion event, and returns ssthresh (cubictcp_recalc_ssthresh()).
    private mutating func reduced(_ inFlight: Int) -> Int {
        // In fast recovery the window is PRR's of the moment; what it leads to is ssthresh.
        let settled = cwnd.phase == .fastRecovery ? max(cwnd.size, cwnd.threshold ?? 0) : cwnd.size
        let window = segments(settled)
        epoch = nil
        credit = 0
        // RFC 9438 §4.7, fast convergence: "if cwnd < W_max … W_max = cwnd * (1 + β_cubic) / 2, otherwise W_max = cwnd"
        largest = window < largest ? window * (Self.whole + Self.beta) / (2 * Self.whole) : window
        return max(segments(inFlight) * Self.beta / Self.whole, 2) * cwnd.mss
    }

    /// β: 717 of 1,024 parts.
    static let beta = 717
    static let whole = 1_024
}

/// One stage of CUBIC's congestion avoidance, as Linux counts it (bictcp_update()).
struct CountedCubicEpoch: Sendable {
    /// bictcp_HZ: the curve's time is in 1/1024 s.
    private static let ticks = 1_024
    /// cube_rtt_scale: C = 410/1024.
    private static let scale = 410
    /// The curve is computed anew so often at most while the window stays: HZ / 32, with a tick of a millisecond.
    private static let pause = Interval.milliseconds(31)
    /// Beyond that many ticks, four minutes, every window has been reached, and the cube would overflow.
    private static let longest = 1 << 18

    /// epoch_start
    private var start: Instant
    /// bic_origin_point: where the curve is flat.
    private let plateau: Int
    /// bic_K: when the curve reaches it, in ticks.
    private let k: Int
    /// There was no loss yet.
    private let isFirst: Bool
    /// ack_cnt: segments acknowledged since Reno's window grew last.
    private var acknowledged = 0
    /// tcp_cwnd: what Reno would have by now.
    private var reno: Int
    /// last_cwnd and last_time: for which window the price was computed, and when.
    private var known: (window: Int, at: Instant)?
    /// cnt
    private var price = 0

    init(window: Int, largest: Int, at now: Instant) {
        start = now
        reno = window
        isFirst = largest == 0
        plateau = max(largest, window)
        let cube = Double(plateau - window) * Double(1 << 40) / Double(Self.scale)
        k = Int(cubeRoot(cube))
    }

    /// The stage began so much later.
    mutating func shift(by interval: Interval) { start = start + interval }

    /// How many acknowledged segments the next one of the window costs.
    ///
    /// - Parameters:
    ///   - acknowledged: segments that the ACK at hand covers.
    ///   - delay: the shortest round trip.
    mutating func price(of window: Int, acknowledged: Int, delay: Interval, at now: Instant) -> Int {
        self.acknowledged += acknowledged
        if let known, known.window == window, now - known.at <= Self.pause { return price }
        known = (window, now)
        let target = target(after: now - start + delay)
        price = target > window ? window / (target - window) : 100 * window
        // "The initial growth of cubic function may be too conservative when the available bandwidth is still unknown."
        if isFirst { price = min(price, 20) }
        befriendReno(window)
        // RFC 9438 §4.2: the window is at most half as large again a round trip later.
        price = max(price, 2)
        return price
    }

    /// Where the curve is at this time.
    private func target(after time: Interval) -> Int {
        let elapsed = Int(time.nanoseconds / 1_000_000) * Self.ticks / 1_000
        let offset = min(abs(elapsed - k), Self.longest)
        let delta = (Self.scale * offset * offset * offset) >> 40
        return elapsed < k ? plateau - delta : plateau + delta
    }

    /// RFC 9438 §4.3: no slower than Reno, whose window grows by one for α⁻¹ · cwnd acknowledged segments.
    private mutating func befriendReno(_ window: Int) {
        // beta_scale: 8 / α
        let scale = 8 * (CountedCubic.whole + CountedCubic.beta) / 3 / (CountedCubic.whole - CountedCubic.beta)
        let step = max((window * scale) >> 3, 1)
        reno += (acknowledged - 1) / step
        acknowledged -= (acknowledged - 1) / step * step
        if reno > window { price = min(price, window / (reno - window)) }
    }
}
