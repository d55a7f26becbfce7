/// Slow start, congestion avoidance, fast retransmit and fast recovery (RFC 5681 with RFC 6582).
package struct NewReno: LossBasedController {
    package let algorithm = CongestionAlgorithm.newreno
    package var cwnd = CongestionWindow()
    /// Octets acknowledged since the window last grew in congestion avoidance (RFC 3465 §2.1, bytes_acked).
    private var acknowledgedSinceGrowth = 0

    /// L of RFC 3465 §2.3: "L MUST NOT be set to a value greater than 2*SMSS"
    private static let slowStartLimit = 2

    package init() {}

    /// RFC 5681 knows no clock but that of ACKs.
    package var pacingGain: Double? { nil }

    package mutating func onAcknowledged(_ flight: AcknowledgedFlight) {
        let limit = flight.limit.segments(Self.slowStartLimit)
        guard cwnd.isUsed(by: flight.inFlight), !cwnd.growInSlowStart(flight, limit: limit) else {
            return
        }
        // RFC 3465 §2.1: "when bytes_acked becomes greater than or equal to the value of the congestion window,
        // bytes_acked is reduced by the value of cwnd. Next, cwnd is incremented by a full-sized segment (SMSS)."
        acknowledgedSinceGrowth += flight.octets
        guard acknowledgedSinceGrowth >= cwnd.size else { return }
        acknowledgedSinceGrowth -= cwnd.size
        cwnd.size += cwnd.mss
    }

    package mutating func onRecoveryEntered(inFlight: Int) { cwnd.enterRecovery(threshold: halved(inFlight)) }

    package mutating func onRecovered(limit: Int) {
        cwnd.leaveRecovery(limit: limit)
        acknowledgedSinceGrowth = 0
    }

    package mutating func onTimeout(inFlight: Int, isRepeated: Bool) {
        // RFC 5681 §3.1: "When … the given segment has already been retransmitted by way of the retransmission timer at
        // least once, the value of ssthresh is held constant."
        cwnd.collapse(threshold: isRepeated ? nil : halved(inFlight))
        acknowledgedSinceGrowth = 0
    }

    package mutating func onCongestionSignalled(inFlight: Int) {
        cwnd.reduce(to: halved(inFlight))
        acknowledgedSinceGrowth = 0
    }

    package mutating func onIdle() {
        cwnd.restartAfterIdle()
        acknowledgedSinceGrowth = 0
    }

    /// RFC 5681 §3.1, equation (4): "ssthresh = max (FlightSize / 2, 2*SMSS)"
    private func halved(_ inFlight: Int) -> Int { max(inFlight / 2, 2 * cwnd.mss) }
}
