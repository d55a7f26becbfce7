/// cwnd and ssthresh, and what every loss-based controller does with them: the initial window, slow start, and the
/// arithmetic of fast recovery. Controllers differ in how they avoid congestion and how far they back off.
package struct CongestionWindow: Sendable {
    /// cwnd, in octets.
    package internal(set) var size = 0
    /// ssthresh, in octets; nil while arbitrarily high.
    package private(set) var threshold: Int?
    package private(set) var phase = CongestionPhase.slowStart
    /// SMSS
    package private(set) var mss = 536
    /// What the window falls back to after idling (RFC 5681 §4.1, RW).
    private var restart = 0
    /// The slow start at hand, if one is, follows a timeout.
    private var hasTimedOut = false

    package init() {}

    /// The handshake settled the MSS.
    package mutating func start(mss: Int, synWasLost: Bool) {
        self.mss = mss
        // RFC 6928 §2: "min (10*MSS, max (2*MSS, 14600))"
        // RFC 5681 §3.1: after a lost SYN, "the initial window … MUST be one segment"
        size = synWasLost ? mss : min(10 * mss, max(2 * mss, 14_600))
        restart = size
    }

    /// Starts with another initial window.
    package mutating func setInitial(_ octets: Int) {
        size = octets
        restart = octets
    }

    /// The path takes shorter segments only: as many of them as before.
    ///
    /// RFC 5681 §3.1: "cwnd SHOULD be reduced by the ratio of the old segment size to the new segment size."
    package mutating func shortenSegments(to mss: Int) {
        guard mss < self.mss else { return }
        size = max(size * mss / self.mss, mss)
        restart = max(restart * mss / self.mss, mss)
        self.mss = mss
    }

    /// The path takes longer segments: so many fewer of them that the octets stay, in whole segments.
    package mutating func lengthenSegments(to mss: Int) {
        guard mss > self.mss else { return }
        self.mss = mss
        size = max(size / mss * mss, mss)
        restart = max(restart / mss * mss, mss)
    }

    /// True if a flight of this size has validated the window; one that was not used must not grow.
    ///
    /// RFC 7661 §4.3 counts a window as validated while "pipeACK >= (1/2)*cwnd". Of that RFC we take this rule, and that a
    /// loss sets ssthresh by what was in flight, not by cwnd. RFC 2861's decay by halves is not here: an idle sender falls
    /// back to the restart window at once (RFC 5681 §4.1), and one that merely sends little keeps a window that it had
    /// earned and may need again.
    package func isUsed(by inFlight: Int) -> Bool { 2 * inFlight >= size }

    /// The window has grown beyond what a connection starts with.
    package var isBeyondInitial: Bool { size > restart }

    /// The slow start at the connection's beginning, which has no threshold yet.
    package var isInitialSlowStart: Bool { threshold == nil }

    /// Grows by slow start if that is the phase, for one ACK by `limit` segments at most (nil: by what it acknowledges, and no
    /// further than ssthresh); false in congestion avoidance, which is the controller's own.
    package mutating func growInSlowStart(_ flight: AcknowledgedFlight, limit: Int?) -> Bool {
        let octets = flight.octets
        if let threshold, size > threshold || (size == threshold && !flight.startsSlowlyAtThreshold) {
            phase = .congestionAvoidance
            hasTimedOut = false
            return false
        }
        phase = .slowStart
        guard let limit else {
            size = min(size + octets, threshold ?? Int.max)
            return true
        }
        // RFC 3465 §2.2: "cwnd += min (N, L*SMSS)", since ACKs are often coalesced; but §2.3: L = 1 in the slow start after
        // a timeout, whose ACKs may cover what had arrived long before.
        size += min(octets, hasTimedOut ? mss : limit * mss)
        return true
    }

    /// Grows by so many octets in the conservative part of HyStart++.
    package mutating func growConservatively(octets: Int) {
        phase = .conservativeSlowStart
        size += octets
    }

    /// HyStart++ ends slow start before a loss does (RFC 9406 §4.2): "ssthresh = cwnd".
    package mutating func leaveSlowStart() {
        threshold = size
        phase = .congestionAvoidance
    }

    /// Fast retransmit: the controller says where the window comes down to.
    package mutating func enterRecovery(threshold: Int) {
        self.threshold = threshold
        // RFC 5681 §3.2 step 3: "cwnd MUST be set to ssthresh plus 3*SMSS"
        size = threshold + 3 * mss
        phase = .fastRecovery
    }

    /// Proportional rate reduction has found the window.
    package mutating func follow(_ window: Int) { size = window }

    /// Congestion was signalled, with nothing to repair.
    package mutating func reduce(to threshold: Int) {
        // RFC 3168 §6.1.2: "The indication of congestion should be treated just as a congestion loss in non-ECN-Capable TCP.
        // That is, the TCP source halves the congestion window "cwnd" and reduces the slow start threshold "ssthresh"."
        self.threshold = threshold
        size = min(size, threshold)
        phase = .congestionAvoidance
    }

    /// One more segment has left the network.
    package mutating func inflate() {
        // RFC 5681 §3.2 step 4: "cwnd MUST be incremented by SMSS"
        size += mss
    }

    /// An ACK in recovery took `octets` but left a hole.
    package mutating func deflate(octets: Int) {
        // RFC 6582 §3.2 step 3: "Deflate the congestion window by the amount of new data acknowledged … If the partial ACK
        // acknowledges at least one SMSS of new data, then add back SMSS bytes to the congestion window."
        size = max(size - octets, mss)
        if octets >= mss { size += mss }
    }

    /// Recovery is over.
    package mutating func leaveRecovery(limit: Int) {
        size = min(threshold ?? size, limit)
        phase = .congestionAvoidance
    }

    /// The retransmission timer expired; a nil threshold stays as it is.
    package mutating func collapse(threshold: Int?) {
        if let threshold { self.threshold = threshold }
        // RFC 5681 §3.1: "cwnd MUST be set to no more than the loss window, LW, which equals 1 full-sized segment"
        size = mss
        phase = .loss
        hasTimedOut = true
    }

    /// Nothing was sent for longer than an RTO.
    package mutating func restartAfterIdle() { size = min(size, restart) }
}
