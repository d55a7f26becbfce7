/// Fast retransmit and the extent of fast recovery for a peer without SACK (RFC 5681 §3.2, RFC 6582 §3.2).
package struct LossRecovery: Sendable {
    /// What an arriving ACK means for recovery.
    package enum Step: Hashable, Sendable {
        case none
        /// The third duplicate: repeat the segment at SND.UNA.
        case enter
        /// One more duplicate while recovering.
        case inflate
        /// New data, but not all of it: the next hole begins at SND.UNA.
        case partial
        /// Everything that was in flight when recovery began has been acknowledged.
        case leave
    }

    /// RFC 5681 §3.2: "the arrival of 3 duplicate ACKs" means loss.
    private static let threshold = 3

    package private(set) var duplicates = 0
    /// RFC 6582's recover: the highest sequence number sent when the last recovery or timeout began.
    private var recover: SequenceNumber
    package private(set) var isRecovering = false

    package init(iss: SequenceNumber) { recover = iss }

    /// An ACK that RFC 5681 §2 calls duplicate.
    package mutating func onDuplicate(una: SequenceNumber, nxt: SequenceNumber) -> Step {
        duplicates += 1
        if isRecovering { return .inflate }
        // RFC 6582 §3.2 step 1: a burst of duplicates that our own repetitions caused must not halve the window again:
        // "checks to see if the Cumulative Acknowledgment field covers more than recover".
        guard duplicates == Self.threshold, una > recover else { return .none }
        recover = nxt
        isRecovering = true
        return .enter
    }

    /// An ACK that moved SND.UNA to `una`.
    package mutating func onAdvance(una: SequenceNumber) -> Step {
        duplicates = 0
        guard isRecovering else { return .none }
        guard una >= recover else { return .partial }
        isRecovering = false
        return .leave
    }

    /// The retransmission timer expired (RFC 6582 §4: "record the highest sequence number transmitted in recover and exit
    /// the fast recovery procedure").
    package mutating func onTimeout(nxt: SequenceNumber) {
        duplicates = 0
        isRecovering = false
        recover = nxt
    }
}
