import DequeModule

/// A segment that was sent and is not wholly acknowledged.
package struct SentSegment: Sendable {
    /// What is known of its fate.
    package enum Fate: UInt8, Sendable {
        /// On its way, as far as we know.
        case outstanding
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
    /// Why it will be sent again; meaningful while it is lost.
    package var repeatCause = Cause.rto

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
}

/// What one acknowledgment took off the queue.
package struct AcknowledgedSegments: Sendable {
    /// When the newest of them had been sent, if none was sent twice: a round-trip sample by Karn's rule.
    package var sampleSentAt: Instant?
    /// One of them was sent more than once.
    package var wasRepeated = false
    package var hadSyn = false
    package var hadFin = false
}

/// Everything between SND.UNA and SND.NXT, segment by segment in the order of sequence (RFC 9293 §3.8.1).
package struct RetransmissionQueue: Sendable {
    private var segments = Deque<SentSegment>()
    /// Octets that are neither acknowledged nor thought lost (RFC 6675's "pipe").
    package private(set) var pipe = 0
    private var lostCount = 0

    package init() {}

    package var isEmpty: Bool { segments.isEmpty }
    package var count: Int { segments.count }
    /// The oldest segment.
    package var first: SentSegment? { segments.first }
    package var last: SentSegment? { segments.last }
    /// Something waits to be sent again.
    package var hasLost: Bool { lostCount > 0 }

    /// A segment went out for the first time.
    package mutating func append(_ segment: SentSegment) {
        segments.append(segment)
        pipe += segment.length
    }

    /// Takes off everything before `una`; the log's numbers of what went go to `answered`.
    package mutating func acknowledge(upTo una: SequenceNumber, answered: inout [UInt64]) -> AcknowledgedSegments {
        var result = AcknowledgedSegments()
        while let segment = segments.first, segment.sequence < una {
            if segment.end > una {
                // The text of a Fast Open SYN may be left out (RFC 7413 §4.2.2).
                result.hadSyn = result.hadSyn || segment.hasSyn
                trimFirst(to: una)
                answered.append(segment.record)
                break
            }
            segments.removeFirst()
            forget(segment)
            answered.append(segment.record)
            result.hadSyn = result.hadSyn || segment.hasSyn
            result.hadFin = result.hadFin || segment.hasFin
            result.sampleSentAt = segment.sentAt
            result.wasRepeated = result.wasRepeated || segment.transmissions > 1
        }
        // Karn's algorithm, RFC 6298 §3: "RTT samples MUST NOT be made using segments that were retransmitted". Nor of those
        // behind them: their ACK had to wait for the repetition.
        if result.wasRepeated { result.sampleSentAt = nil }
        return result
    }

    private mutating func forget(_ segment: SentSegment) {
        switch segment.fate {
        case .outstanding: pipe -= segment.length
        case .lost: lostCount -= 1
        }
    }

    /// The peer took part of the first segment only.
    private mutating func trimFirst(to una: SequenceNumber) {
        let cut = una - segments[0].sequence
        if segments[0].fate == .outstanding { pipe -= cut }
        segments[0].textLength -= cut - (segments[0].hasSyn ? 1 : 0)
        segments[0].hasSyn = false
        segments[0].sequence = una
    }

    /// The first segment is thought lost, because of duplicate ACKs or a partial one.
    package mutating func markFirstLost(_ cause: Cause) { if !segments.isEmpty { markLost(at: 0, cause) } }

    /// Everything is thought lost: the retransmission timer expired.
    package mutating func markAllLost(_ cause: Cause) {
        for index in segments.indices { markLost(at: index, cause) }
    }

    private mutating func markLost(at index: Int, _ cause: Cause) {
        segments[index].repeatCause = cause
        guard segments[index].fate == .outstanding else { return }
        segments[index].fate = .lost
        pipe -= segments[index].length
        lostCount += 1
    }

    /// The first segment that waits to be sent again.
    package var firstLost: SentSegment? {
        lostCount == 0 ? nil : segments.first { $0.fate == .lost }
    }

    /// The segment that starts at `sequence` went out again.
    package mutating func onRetransmitted(_ sequence: SequenceNumber, record: UInt64, at now: Instant) {
        guard let index = segments.firstIndex(where: { $0.sequence == sequence }) else { return }
        if segments[index].fate == .lost {
            segments[index].fate = .outstanding
            pipe += segments[index].length
            lostCount -= 1
        }
        segments[index].transmissions += 1
        segments[index].record = record
        segments[index].sentAt = now
    }

    /// What is in flight gives no round-trip samples.
    package mutating func spoilSamples() {
        for index in segments.indices { segments[index].transmissions += 1 }
    }

    /// Drops everything: the connection is over.
    package mutating func removeAll() { self = RetransmissionQueue() }

    /// For `Connection.checkInvariants`: the queue covers `una ..< nxt` without gap or overlap, and the sums are right.
    package func isConsistent(una: SequenceNumber, nxt: SequenceNumber) -> Bool {
        var at = una
        var sum = 0
        var lost = 0
        for segment in segments {
            guard segment.sequence == at, segment.length > 0 else { return false }
            at = segment.end
            if segment.fate == .outstanding { sum += segment.length } else { lost += 1 }
        }
        return at == nxt && sum == pipe && lost == lostCount
    }
}
