/// HyStart++ (RFC 9406): ends the first slow start when round trips grow, before the queue overflows; and if they shrink
/// again, it was a mistake, and slow start goes on.
package struct HyStart: Sendable {
    /// What slow start does with an ACK.
    package enum Step: Hashable, Sendable {
        case slowStart
        /// CSS, conservative slow start: a quarter of the growth.
        case conservative
        /// Slow start is over; ssthresh is cwnd.
        case finished
    }

    // RFC 9406 §4.3, tuning constants.
    private static let minimumThreshold = Interval.milliseconds(4)
    private static let maximumThreshold = Interval.milliseconds(16)
    private static let roundTripDivisor: Int64 = 8
    private static let samplesNeeded = 8
    private static let conservativeDivisor = 4
    private static let conservativeRounds = 5
    /// L of RFC 9406 §4.3: "L = infinity if paced, L = 8 if non-paced". Short paths are not paced.
    static let limit = 8

    /// lastRoundMinRTT, currentRoundMinRTT: nil is infinity.
    private var last: Interval?
    private var current: Interval?
    /// rttSampleCount
    private var samples = 0
    /// windowEnd: where the round ends; nil before the first.
    private var windowEnd: SequenceNumber?
    /// cssBaselineMinRtt; nil in standard slow start.
    private var baseline: Interval?
    /// Rounds of conservative slow start that are over.
    private var rounds = 0

    package init() {}

    /// Takes in an ACK of the first slow start.
    package mutating func onAcknowledged(_ flight: AcknowledgedFlight) -> Step {
        if let end = windowEnd {
            if flight.una >= end, endRound(flight) { return .finished }
        } else {
            windowEnd = flight.nxt
        }
        if let sample = flight.sample {
            current = min(current ?? sample, sample)
            samples += 1
        }
        judge()
        return baseline == nil ? .slowStart : .conservative
    }

    /// A round is over; true if that was the last one of conservative slow start.
    private mutating func endRound(_ flight: AcknowledgedFlight) -> Bool {
        last = current
        current = nil
        samples = 0
        windowEnd = flight.nxt
        guard baseline != nil else { return false }
        rounds += 1
        // RFC 9406 §4.2: "If CSS_ROUNDS rounds are complete, enter congestion avoidance"
        return rounds >= Self.conservativeRounds
    }

    private mutating func judge() {
        guard samples >= Self.samplesNeeded, let current else { return }
        if let baseline {
            // RFC 9406 §4.2: "if (currentRoundMinRTT < cssBaselineMinRtt) … resume slow start including HyStart++"
            if current < baseline {
                self.baseline = nil
                rounds = 0
            }
            return
        }
        guard let last else { return }
        if current >= last + Self.threshold(last) { baseline = current }
    }

    /// How much longer than `roundTrip` one must be to tell of a queue.
    ///
    /// RFC 9406 §4.2: "RttThresh = max(MIN_RTT_THRESH, min(lastRoundMinRTT / MIN_RTT_DIVISOR, MAX_RTT_THRESH))"
    static func threshold(_ roundTrip: Interval) -> Interval {
        max(minimumThreshold, min(roundTrip / roundTripDivisor, maximumThreshold))
    }

    /// RFC 9406 §4.2: "cwnd = cwnd + (min(N, L * SMSS) / CSS_GROWTH_DIVISOR)"
    static func conservativeGrowth(_ octets: Int, mss: Int) -> Int { min(octets, limit * mss) / conservativeDivisor }
}
