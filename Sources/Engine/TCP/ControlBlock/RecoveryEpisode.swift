/// One recovery: what regulates it, and what it takes to undo it.
struct RecoveryEpisode: Sendable {
    /// Congestion control as it was just before.
    var before: any CongestionController
    /// Whether it was needed at all.
    var detector: SpuriousRecovery
    /// How much may leave; nil without SACK, after a timeout, and when fast recovery is over.
    var rate: ProportionalRateReduction?
    /// The same for those who go step by step instead.
    var steps: StepwiseRecovery?
    /// The one rescue retransmission has left (RFC 6675 §4).
    var hasRescued = false
}
