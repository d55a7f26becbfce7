/// What one acknowledgment says has newly arrived, cumulatively or selectively.
package struct Delivery: Sendable {
    /// When the acknowledgment arrived.
    package let at: Instant
    /// The segment that the peer's timestamp echoes left before this moment; nil without timestamps.
    package let echoedBefore: Instant?
    /// Behind the highest sequence number that had arrived before: RACK.fack. What one acknowledgment reports together says
    /// nothing about order.
    package let forwardmost: SequenceNumber
    /// The smallest round trip so far.
    package let minimumRoundTrip: Interval
    /// RACK's round trip is that of the highest segment, not of the one that was sent last.
    package let measuresHighest: Bool

    /// Sequence numbers that were not known to have arrived before.
    package var octets = 0
    /// Segments that they were sent in.
    package var segments = 0
    /// The part of them that came in SACK blocks.
    package var sacked = 0
    package var hadSyn = false
    package var hadFin = false
    /// A segment that was sent more than once is among them.
    package var wasRepeated = false
    /// It had to wait for a repetition: how long ago the others were sent says nothing of the path.
    package var hadToWait = false
    /// When the newest of them that was sent only once had left: a round-trip sample by Karn's rule.
    package var sampleSentAt: Instant?
    /// Where that one begins.
    package var sampleSequence = SequenceNumber(0)
    /// The lowest sequence number among those that were sent only once, and when it had left.
    package var lowestOriginal: SequenceNumber?
    package var lowestSentAt = Instant.zero
    /// When the one segment that is timed had left, for those who time one at a time; nil if it was repeated.
    package var timedSentAt: Instant?
    /// When the newest of all that RACK has believed had left.
    var newestSentAt = Instant.zero
    /// Octets that the peer got twice (RFC 2883).
    package var duplicate: SACKBlock?
    /// Octets in its SACK blocks, whether they are news or not.
    package var reported = 0
    /// The acknowledgment carried SACK blocks.
    package var hasBlocks = false

    package init(
        at now: Instant, echoedBefore: Instant?, forwardmost: SequenceNumber, minimumRoundTrip: Interval,
        measuresHighest: Bool = false
    ) {
        at = now
        self.forwardmost = forwardmost
        self.echoedBefore = echoedBefore
        self.minimumRoundTrip = minimumRoundTrip
        self.measuresHighest = measuresHighest
    }

    /// The SYN of a segment has arrived, and not all of the text behind it.
    mutating func noteSyn(of segment: SentSegment) {
        segments += 1
        guard !segment.wasRepeated else { return }
        sampleSentAt = segment.sentAt
        sampleSequence = segment.sequence
    }

    /// One more segment has arrived that was not known to have.
    mutating func note(_ segment: SentSegment) {
        octets += segment.length
        segments += 1
        if segment.wasRepeated {
            wasRepeated = true
        } else {
            if !hadToWait {
                sampleSentAt = segment.sentAt
                sampleSequence = segment.sequence
            }
            if lowestOriginal == nil {
                lowestOriginal = segment.sequence
                lowestSentAt = segment.sentAt
            }
        }
    }
}
