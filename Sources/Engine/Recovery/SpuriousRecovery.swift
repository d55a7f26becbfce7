/// Whether a recovery was needed at all: by timestamps (Eifel detection, RFC 3522) and by reports of duplicates (RFC 2883,
/// RFC 3708).
package struct SpuriousRecovery: Sendable {
    /// SND.UNA when the recovery began.
    private let start: SequenceNumber
    /// SND.NXT when the recovery began.
    private let end: SequenceNumber
    /// RetransmitTS of RFC 3522 §3.2: when the first repetition left; nil before.
    private var repeatedAt: Instant?
    /// Repetitions that no report of a duplicate has answered.
    private var unanswered = 0

    package init(una: SequenceNumber, nxt: SequenceNumber) {
        start = una
        end = nxt
    }

    /// A segment was repeated in this recovery.
    package mutating func onRepeated(at now: Instant) {
        if repeatedAt == nil { repeatedAt = now }
        unanswered += 1
    }

    /// RFC 3522 §3.2 step 5: "If the value of the Timestamp Echo Reply field of the first acceptable ACK is smaller than
    /// the value of RetransmitTS", the original has arrived, and the repetition was not needed.
    ///
    /// - Parameter echoedBefore: the segment that the ACK echoes left before this moment.
    package func isEchoOfOriginal(_ echoedBefore: Instant?) -> Bool {
        guard let repeatedAt, let echoedBefore else { return false }
        return echoedBefore <= repeatedAt
    }

    /// The duplicate that the peer reports may be a repetition of this recovery.
    package func wasRepeated(_ duplicate: SACKBlock) -> Bool {
        unanswered > 0 && duplicate.left >= start && duplicate.right <= end
    }

    /// The peer reports a duplicate; true once every repetition of this recovery is known to have been one.
    package mutating func isRefuted(by duplicate: SACKBlock) -> Bool {
        guard wasRepeated(duplicate) else { return false }
        unanswered -= 1
        return unanswered == 0
    }
}
