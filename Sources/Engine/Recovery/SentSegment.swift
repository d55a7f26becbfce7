/// A segment that was sent and is not wholly acknowledged.
package struct SentSegment: Sendable {
    /// What is known of its fate.
    package enum Fate: UInt8, Sendable {
        /// On its way, as far as we know.
        case outstanding
        /// The peer holds it behind a hole (RFC 2018).
        case sacked
        /// Thought lost; waits to be sent again.
        case lost
    }

    package var sequence: SequenceNumber
    /// Octets of text.
    package var textLength: Int
    package var hasSyn: Bool
    package var hasFin: Bool
    /// When it was sent last.
    package var sentAt: Instant
    /// Its newest record in the log.
    package var record: UInt64
    /// How many times it was sent.
    package var transmissions = 1
    package var fate = Fate.outstanding
    /// Why it was thought lost the last time; a probe repeats what is not.
    package var repeatCause = Cause.data

    /// A segment that has just been sent for the first time.
    package init(
        sequence: SequenceNumber, textLength: Int, hasSyn: Bool, hasFin: Bool, sentAt: Instant, record: UInt64
    ) {
        self.sequence = sequence
        self.textLength = textLength
        self.hasSyn = hasSyn
        self.hasFin = hasFin
        self.sentAt = sentAt
        self.record = record
    }

    /// Sequence numbers that it takes.
    package var length: Int { textLength + (hasSyn ? 1 : 0) + (hasFin ? 1 : 0) }
    package var end: SequenceNumber { sequence + length }
    /// It was sent more than once.
    package var wasRepeated: Bool { transmissions > 1 }
}
