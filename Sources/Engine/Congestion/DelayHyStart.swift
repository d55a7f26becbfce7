/// HyStart as it was before RFC 9406, and as Linux has it: slow start ends for good, and at once, when all round trips of a round
/// are longer, or when a train of ACKs is longer than half of the shortest round trip (tcp_cubic.c, hystart_update()).
struct DelayHyStart: Sendable {
    /// hystart_low_window: segments below which nothing is looked for.
    private static let lowWindow = 16
    /// HYSTART_MIN_SAMPLES
    private static let samplesNeeded = 8
    /// hystart_ack_delta_us: ACKs that follow each other so closely are one train.
    private static let trainGap = Interval.milliseconds(2)

    /// delay_min
    private var shortest: Interval?
    /// curr_rtt
    private var current: Interval?
    private var samples = 0
    /// end_seq: where the round ends; nil before the first.
    private var roundEnd: SequenceNumber?
    private var roundStart = Instant.zero
    private var lastOfTrain = Instant.zero

    /// Takes in an ACK of the first slow start; true if that is over.
    ///
    /// - Parameter window: the congestion window in segments.
    mutating func onAcknowledged(_ flight: AcknowledgedFlight, window: Int) -> Bool {
        guard let sample = flight.sample else { return false }
        let shortest = min(self.shortest ?? sample, sample)
        self.shortest = shortest
        guard window >= Self.lowWindow else { return false }
        if roundEnd.map({ flight.una > $0 }) ?? true { beginRound(flight) }
        if flight.at - lastOfTrain <= Self.trainGap {
            lastOfTrain = flight.at
            if flight.at - roundStart > shortest / 2 { return true }
        }
        current = min(current ?? sample, sample)
        guard samples >= Self.samplesNeeded else {
            samples += 1
            return false
        }
        return current ?? sample > shortest + HyStart.threshold(shortest)
    }

    private mutating func beginRound(_ flight: AcknowledgedFlight) {
        roundEnd = flight.nxt
        roundStart = flight.at
        lastOfTrain = flight.at
        current = nil
        samples = 0
    }
}
