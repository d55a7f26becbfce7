/// A retransmission timeout: never below the minimum nor above the maximum, checked in its only initializer.
package struct RTO: Hashable, Sendable {
    /// RFC 6298 §2.4 says SHOULD 1 s; 200 ms is what Linux does, and a lab that waits a second for each loss learns slowly.
    package static let minimum = Interval.milliseconds(200)
    /// RFC 6298 §2.5: "A maximum value MAY be placed on RTO provided it is at least 60 seconds."
    package static let maximum = Interval.seconds(Int64(60))
    /// RFC 6298 §2.1: until there is a sample, "the sender SHOULD set RTO <- 1 second".
    package static let initial = RTO(.seconds(Int64(1)))

    package let interval: Interval

    package init(_ interval: Interval) {
        self.interval = min(max(interval, Self.minimum), Self.maximum)
    }
}

/// How far an implementation lets the timeout of RFC 6298 go. A class, since nearly all connections share one.
package final class RTOBounds: Sendable {
    package static let standard = RTOBounds(granularity: .milliseconds(1))

    /// Least RTO, before `extra` is added.
    let minimum: Interval
    /// Most that the formula and the backing off give.
    let maximum: Interval
    /// Added to what the formula gives.
    let extra: Interval
    /// Least variance term: G of RFC 6298 §2.2, the clock granularity. Our clock is finer; 1 ms keeps a quiet path from
    /// shrinking the term to nothing.
    let granularity: Interval

    package init(
        minimum: Interval = RTO.minimum, maximum: Interval = RTO.maximum, extra: Interval = .zero, granularity: Interval
    ) {
        self.minimum = minimum
        self.maximum = maximum
        self.extra = extra
        self.granularity = granularity
    }
}

/// Smoothed round-trip time and retransmission timeout (RFC 6298).
package struct RTTEstimator: Sendable {
    package private(set) var smoothed: Interval?
    /// How often the RTO was backed off since the newest round trip.
    package private(set) var backOffs: UInt8 = 0
    package private(set) var variation = Interval.zero
    package private(set) var minimum: Interval?
    package private(set) var rto = RTO.initial
    /// What the backing off doubles: the RTO without `RTOBounds.extra`.
    private var base = RTO.initial.interval
    private let bounds: RTOBounds

    package init(_ bounds: RTOBounds = .standard) { self.bounds = bounds }

    /// Starts with another RTO than RFC 6298 §2.1 says.
    package mutating func setInitialRTO(_ interval: Interval) {
        base = interval
        rto = RTO(interval)
    }

    /// Takes in a round trip of a segment that was sent once only (Karn's algorithm, RFC 6298 §3, is the caller's part).
    package mutating func addSample(_ sample: Interval) {
        let r = max(sample, .nanoseconds(1))
        minimum = min(minimum ?? r, r)
        if let srtt = smoothed {
            // RFC 6298 §2.3: RTTVAR <- (1 - beta) * RTTVAR + beta * |SRTT - R'|, SRTT <- (1 - alpha) * SRTT + alpha * R'
            variation = (variation * 3 + (srtt - r).magnitude) / 4
            smoothed = (srtt * 7 + r) / 8
        } else {
            // RFC 6298 §2.2: SRTT <- R, RTTVAR <- R/2
            smoothed = r
            variation = r / 2
        }
        recompute()
    }

    /// Takes in the first round trip that was measured after a spurious timeout, and believes it: the path has become longer,
    /// and the estimate, which follows slowly, would let the timer expire again and again.
    ///
    /// RFC 4015 §3.1 step 11: "SRTT <- max (SRTT_prev, RTT-SAMPLE)", "RTTVAR <- max (RTTVAR_prev, RTT-SAMPLE/2)". SRTT_prev is SRTT
    /// with twice the clock's granularity, which is nothing here.
    package mutating func restart(with sample: Interval) {
        let r = max(sample, .nanoseconds(1))
        minimum = min(minimum ?? r, r)
        smoothed = max(smoothed ?? r, r)
        variation = max(variation, r / 2)
        recompute()
    }

    /// The timer expired. The next sample undoes it (RFC 6298 §5, last paragraphs).
    package mutating func backOff() {
        // RFC 6298 §5.5: "The host MUST set RTO <- RTO * 2 ("back off the timer")."
        if backOffs < .max { backOffs += 1 }
        base = min(base * 2, bounds.maximum)
        rto = RTO(base + bounds.extra)
    }

    /// RFC 6298 §5.7: "If the timer expires awaiting the ACK of a SYN segment and the TCP implementation is using an RTO
    /// less than 3 seconds, the RTO MUST be re-initialized to 3 seconds when data transmission begins"
    package mutating func reinitializeAfterSynTimeout() { setInitialRTO(.seconds(Int64(3))) }

    /// Our text had come, and only its ACKs were lost: the timeout is as before the backing off, though there is no sample.
    package mutating func forgetBackOff() { recompute() }

    private mutating func recompute() {
        guard let srtt = smoothed else { return }
        backOffs = 0
        base = min(max(srtt + max(bounds.granularity, variation * 4), bounds.minimum), bounds.maximum)
        rto = RTO(base + bounds.extra)
    }
}
