/// Tail loss probe (RFC 8985 §7): when acknowledgments fail to come, one segment asks for them, long before a timeout would.
package struct TailLossProbe: Sendable {
    /// How long the peer may sit on an ACK for a lone segment. RFC 8985 §7.2: "The actual value of TLP.max_ack_delay is
    /// implementation specific." 200 ms is what most stacks stay below.
    private static let peerAckDelay = Interval.milliseconds(200)
    /// No probe sooner: on a short path the peer's scheduler, not the network, is what an ACK waits for. Twice the tick of a
    /// usual one, as Linux has it (TCP_TIMEOUT_MIN).
    private static let minimum = Interval.milliseconds(2)
    /// RFC 8985 §7.2, without a round trip: "PTO = 1 sec"
    private static let initial = Interval.seconds(Int64(1))

    /// TLP.end_seq: SND.NXT when the probe left; nil while none is out.
    private var end: SequenceNumber?
    /// TLP.is_retrans: the probe repeated a segment.
    private var isRepetition = false
    /// No round trip has been measured since the last probe.
    private var lacksSample = false
    /// The probe timer has expired, and the probe goes out next.
    package var isDue = false

    package init() {}

    /// A probe is out, whose answer has not come.
    package var isOutstanding: Bool { end != nil }

    /// RFC 8985 §7.3: "First, there is no other previous loss probe still in flight. … Second, the sender has obtained an RTT
    /// measurement since the last loss probe transmission or the start of the connection, whichever was later."
    package var maySend: Bool { !isOutstanding && !lacksSample }

    /// A round trip was measured.
    package mutating func onSample() { lacksSample = false }

    /// RFC 8985 §7.2, TLP_calc_PTO(): "PTO = 2 * SRTT; If FlightSize is one segment: PTO += TLP.max_ack_delay"
    ///
    /// - Parameter margin: what is added for the clock's sake, instead of a least timeout; nil: the least timeout.
    package static func timeout(smoothed: Interval?, segments: Int, margin: Interval? = nil) -> Interval {
        guard let smoothed else { return initial }
        let twice = margin.map { smoothed * 2 + $0 } ?? max(smoothed * 2, minimum)
        return twice + (segments == 1 ? peerAckDelay : .zero)
    }

    /// The probe has left.
    package mutating func onSent(isRepetition: Bool, nxt: SequenceNumber) {
        end = nxt
        lacksSample = true
        self.isRepetition = isRepetition
    }

    /// RFC 8985 §7.4.2, TLP_process_ack(): true if the probe has repaired a loss that nothing else would tell of, so that
    /// congestion control has to be told.
    ///
    /// - Parameter duplicate: what the acknowledgment reports as received twice.
    package mutating func isLossRepaired(
        acknowledgment: SequenceNumber, duplicate: SACKBlock?, isBareDuplicate: Bool
    ) -> Bool {
        guard let end, acknowledgment >= end else { return false }
        guard isRepetition, duplicate?.right != end else {
            // New text, or both copies have come.
            self.end = nil
            return false
        }
        if acknowledgment > end {
            self.end = nil
            return true
        }
        // Both have come, and the peer does not report duplicates.
        if isBareDuplicate { self.end = nil }
        return false
    }

    /// Recovery has begun: what the probe would have told is known.
    package mutating func cancel() { end = nil }
}
