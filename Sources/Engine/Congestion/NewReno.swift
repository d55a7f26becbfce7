/// Slow start, congestion avoidance, fast retransmit and fast recovery (RFC 5681 with RFC 6582), with the initial window
/// of RFC 6928.
package struct NewReno: CongestionController {
    package let algorithm = CongestionAlgorithm.newreno
    package private(set) var window = 0
    package private(set) var slowStartThreshold: Int?
    package private(set) var phase = CongestionPhase.slowStart
    /// SMSS
    private var mss = 536
    /// Octets acknowledged since the window last grew in congestion avoidance (RFC 3465 §2.1, bytes_acked).
    private var acknowledgedSinceGrowth = 0
    /// The slow start at hand, if one is, follows a timeout.
    private var hasTimedOut = false
    /// What the window falls back to after idling (RFC 5681 §4.1, RW).
    private var restartWindow = 0

    package init() {}

    package mutating func onEstablished(mss: Int, synWasLost: Bool) {
        self.mss = mss
        // RFC 6928 §2: "min (10*MSS, max (2*MSS, 14600))"
        // RFC 5681 §3.1: after a lost SYN, "the initial window … MUST be one segment"
        window = synWasLost ? mss : min(10 * mss, max(2 * mss, 14_600))
        restartWindow = window
    }

    package mutating func onAcknowledged(octets: Int, inFlight: Int) {
        if phase == .loss { phase = .slowStart }
        // RFC 7661's concern: a window that was not used was not proven.
        guard 2 * inFlight >= window else { return }
        if let threshold = slowStartThreshold, window >= threshold {
            growLinearly(octets)
        } else {
            phase = .slowStart
            // RFC 3465 §2.2: "cwnd += min (N, L*SMSS)" with L = 2, since ACKs are often coalesced; but §2.3: L = 1 in the
            // slow start after a timeout, whose ACKs may cover what had arrived long before.
            window += min(octets, hasTimedOut ? mss : 2 * mss)
        }
    }

    private mutating func growLinearly(_ octets: Int) {
        phase = .congestionAvoidance
        hasTimedOut = false
        // RFC 3465 §2.1: "when bytes_acked becomes greater than or equal to the value of the congestion window,
        // bytes_acked is reduced by the value of cwnd. Next, cwnd is incremented by a full-sized segment (SMSS)."
        acknowledgedSinceGrowth += octets
        guard acknowledgedSinceGrowth >= window else { return }
        acknowledgedSinceGrowth -= window
        window += mss
    }

    package mutating func onRecoveryEntered(inFlight: Int) {
        let threshold = halved(inFlight)
        slowStartThreshold = threshold
        // RFC 5681 §3.2 step 3: "cwnd MUST be set to ssthresh plus 3*SMSS"
        window = threshold + 3 * mss
        phase = .fastRecovery
    }

    package mutating func onDuplicateInRecovery() {
        // RFC 5681 §3.2 step 4: "cwnd MUST be incremented by SMSS"
        window += mss
    }

    package mutating func onPartialAcknowledgment(octets: Int) {
        // RFC 6582 §3.2 step 3: "Deflate the congestion window by the amount of new data acknowledged … If the partial
        // ACK acknowledges at least one SMSS of new data, then add back SMSS bytes to the congestion window."
        window = max(window - octets, mss)
        if octets >= mss { window += mss }
    }

    package mutating func onRecovered(inFlight: Int) {
        // RFC 6582 §3.2 step 3, option (1): "min (ssthresh, max(FlightSize, SMSS) + SMSS)"
        window = min(slowStartThreshold ?? window, max(inFlight, mss) + mss)
        phase = .congestionAvoidance
        acknowledgedSinceGrowth = 0
    }

    package mutating func onTimeout(inFlight: Int, isRepeated: Bool) {
        // RFC 5681 §3.1: "When … the given segment has already been retransmitted by way of the retransmission timer at
        // least once, the value of ssthresh is held constant."
        if !isRepeated { slowStartThreshold = halved(inFlight) }
        // RFC 5681 §3.1: "cwnd MUST be set to no more than the loss window, LW, which equals 1 full-sized segment"
        window = mss
        acknowledgedSinceGrowth = 0
        hasTimedOut = true
        phase = .loss
    }

    package mutating func onIdle() {
        window = min(window, restartWindow)
        acknowledgedSinceGrowth = 0
    }

    /// RFC 5681 §3.1, equation (4): "ssthresh = max (FlightSize / 2, 2*SMSS)"
    private func halved(_ inFlight: Int) -> Int { max(inFlight / 2, 2 * mss) }
}
