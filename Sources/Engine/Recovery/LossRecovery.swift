/// Where a connection stands between losses, and fast recovery for a peer without SACK (RFC 5681 §3.2, RFC 6582 §3.2).
package struct LossRecovery: Sendable {
    /// What recovery is going on.
    package enum Phase: Hashable, Sendable {
        case open
        /// Fast recovery: losses are repaired at the pace of acknowledgments.
        case fast
        /// The retransmission timer has expired: slow start repairs what is lost.
        case timeout
    }

    /// What an arriving ACK means for a connection without SACK.
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

    /// RFC 3042 §2: "The Limited Transmit algorithm calls for a TCP sender to transmit new data upon the arrival of the
    /// first two consecutive duplicate ACKs"
    private static let limitedTransmitSegments = 2

    package private(set) var duplicates = 0
    /// RFC 6582's recover, RFC 6675's RecoveryPoint: SND.NXT when the last recovery or timeout began.
    private var recover: SequenceNumber
    package private(set) var phase = Phase.open
    /// A timeout has proved spurious, and no round trip of what was sent since is known.
    private var awaitsRoundTrip = false
    /// Duplicates of a connection with SACK, up to the last that matters.
    private var selectiveDuplicates: UInt8 = 0

    /// The recovery from a timeout lasts until something behind what was in flight is acknowledged.
    package var lastsBeyondTimeout = false

    package init(iss: SequenceNumber) { recover = iss }

    /// Nothing of what was in flight when the newest recovery began is unacknowledged, or none is going on.
    package func isOver(una: SequenceNumber) -> Bool { phase == .open || (phase == .timeout && una >= recover) }

    /// Fast recovery is going on.
    package var isRecovering: Bool { phase == .fast }
    /// Segments that may leave beyond cwnd, because that many duplicates say that something has left the network.
    package var limitedTransmit: Int { phase == .open ? min(duplicates, Self.limitedTransmitSegments) : 0 }

    /// An ACK that RFC 5681 §2 calls duplicate, without SACK.
    package mutating func onDuplicate(una: SequenceNumber, nxt: SequenceNumber) -> Step {
        duplicates += 1
        if isRecovering { return .inflate }
        // RFC 6582 §3.2 step 1: a burst of duplicates that our own repetitions caused must not halve the window again:
        // "checks to see if the Cumulative Acknowledgment field covers more than recover".
        guard duplicates == RetransmissionQueue.duplicateThreshold, phase == .open, una > recover else { return .none }
        enter(nxt: nxt)
        return .enter
    }

    /// An ACK with SACK that acknowledges nothing new. True for the third in a row outside recovery.
    package mutating func isThirdSelectiveDuplicate() -> Bool {
        guard selectiveDuplicates < RetransmissionQueue.duplicateThreshold else { return false }
        selectiveDuplicates += 1
        return selectiveDuplicates == RetransmissionQueue.duplicateThreshold && phase == .open
    }

    /// Fast recovery begins.
    package mutating func enter(nxt: SequenceNumber) {
        recover = nxt
        phase = .fast
    }

    /// An ACK that moved SND.UNA to `una`.
    package mutating func onAdvance(una: SequenceNumber) -> Step {
        duplicates = 0
        selectiveDuplicates = 0
        switch phase {
        case .open: return .none
        case .fast:
            guard una >= recover else { return .partial }
            phase = .open
            return .leave
        case .timeout:
            if una > recover || (una == recover && !lastsBeyondTimeout) { phase = .open }
            return .none
        }
    }

    /// The retransmission timer expired (RFC 6582 §4: "record the highest sequence number transmitted in recover and exit
    /// the fast recovery procedure").
    package mutating func onTimeout(nxt: SequenceNumber) {
        duplicates = 0
        selectiveDuplicates = 0
        phase = .timeout
        recover = nxt
    }

    /// The recovery turned out to be spurious; an acknowledgment has come as far as `una`.
    package mutating func undo(una: SequenceNumber) {
        duplicates = 0
        if lastsBeyondTimeout, phase == .timeout, una <= recover { return }
        if phase == .timeout { awaitsRoundTrip = true }
        phase = .open
    }

    /// A round trip of a segment that begins at `sequence` was measured. True for the first one "for data that was previously
    /// unsent when the spurious timeout occurred", with which RFC 4015 §3.1 step 11 starts the estimate anew.
    package mutating func isFirstSinceSpuriousTimeout(_ sequence: SequenceNumber) -> Bool {
        guard awaitsRoundTrip, sequence >= recover else { return false }
        awaitsRoundTrip = false
        return true
    }
}
