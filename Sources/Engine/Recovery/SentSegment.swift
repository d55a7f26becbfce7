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
    // Half words, since whoever fills a long path has thousands of these.
    private var octets: UInt32
    /// When it was sent last.
    package var sentAt: Instant
    /// Its newest record in the log.
    package var record: UInt64
    /// How many times it was sent.
    package var transmissions: UInt32 = 1
    package var hasSyn: Bool
    package var hasFin: Bool
    package var fate = Fate.outstanding
    /// Why it was thought lost the last time; a probe repeats what is not.
    package var repeatCause = Cause.data

    /// A segment that has just been sent for the first time.
    package init(
        sequence: SequenceNumber, textLength: Int, hasSyn: Bool, hasFin: Bool, sentAt: Instant, record: UInt64
    ) {
        self.sequence = sequence
        octets = UInt32(textLength)
        self.hasSyn = hasSyn
        self.hasFin = hasFin
        self.sentAt = sentAt
        self.record = record
    }

    /// Octets of text.
    package var textLength: Int {
        get { Int(octets) }
        set { octets = UInt32(newValue) }
    }
    /// Sequence numbers that it takes.
    package var length: Int { textLength + (hasSyn ? 1 : 0) + (hasFin ? 1 : 0) }
    package var end: SequenceNumber { sequence + length }
    /// It was sent more than once.
    package var wasRepeated: Bool { transmissions > 1 }
}
