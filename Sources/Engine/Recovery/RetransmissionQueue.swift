/// Everything between SND.UNA and SND.NXT, segment by segment in the order of sequence (RFC 9293 §3.8.1), with what is
/// known of each one's fate. The marks that selective acknowledgments make are in `SACKScoreboard.swift`, those of time in
/// `RACK.swift`.
package struct RetransmissionQueue: Sendable {
    var segments = SentSegments()
    /// Octets that are neither acknowledged nor thought lost.
    ///
    /// RFC 6675 §2: "pipe is a sender's estimate of the number of bytes outstanding in the network."
    package private(set) var pipe = 0
    /// Octets that the peer holds behind holes.
    package private(set) var sackedOctets = 0
    package private(set) var sackedCount = 0
    private var lostCount = 0
    /// No segment in front of this place is lost.
    private var lostHint = 0
    /// Behind everything that was ever sent again; older than SND.UNA if nothing was.
    private(set) var repeatedEnd: SequenceNumber?

    package init() {}

    package var isEmpty: Bool { segments.isEmpty }
    package var count: Int { segments.count }
    /// The oldest segment.
    package var first: SentSegment? { segments.first }
    package var last: SentSegment? { segments.last }
    /// Something waits to be sent again.
    package var hasLost: Bool { lostCount > 0 }
    /// Segments that wait to be sent again, and those that were and whose answer has not come.
    package var repairs: (waiting: Int, outstanding: Int) {
        (lostCount, segments.count { $0.fate == .outstanding && $0.wasRepeated })
    }

    /// A segment went out for the first time.
    package mutating func append(_ segment: SentSegment) {
        segments.append(segment)
        pipe += segment.length
    }

    /// Takes off everything before `una`; the log's numbers of what went go to `answered`.
    package mutating func acknowledge(
        upTo una: SequenceNumber, answered: inout [UInt64], _ delivery: inout Delivery, _ rack: inout RACK
    ) {
        while let segment = segments.first, segment.sequence < una {
            answered.append(segment.record)
            guard segment.end <= una else {
                if segment.fate != .sacked { delivery.octets += una - segment.sequence }
                // The text of a Fast Open SYN may be left out (RFC 7413 §4.2.2).
                delivery.hadSyn = delivery.hadSyn || segment.hasSyn
                if segment.hasSyn { delivery.noteSyn(of: segment) }
                trimFirst(to: una)
                break
            }
            segments.removeFirst()
            lostHint = max(lostHint - 1, 0)
            delivery.hadSyn = delivery.hadSyn || segment.hasSyn
            delivery.hadFin = delivery.hadFin || segment.hasFin
            forget(segment)
            guard segment.fate != .sacked else { continue }
            delivery.note(segment)
            rack.onDelivered(segment, bySACK: false, &delivery)
        }
        // RFC 6298 §3, Karn's algorithm: no samples of segments that were retransmitted. Nor of those behind them: their ACK had
        // to wait for the repetition, the cumulative one as well as the one in its SACK blocks, if earlier reports were lost.
        if delivery.wasRepeated {
            delivery.sampleSentAt = nil
            delivery.hadToWait = true
        }
        if let end = repeatedEnd, end <= una { repeatedEnd = nil }
    }

    private mutating func forget(_ segment: SentSegment) {
        switch segment.fate {
        case .outstanding: pipe -= segment.length
        case .lost: lostCount -= 1
        case .sacked:
            sackedOctets -= segment.length
            sackedCount -= 1
        }
    }

    /// The peer took part of the first segment only.
    private mutating func trimFirst(to una: SequenceNumber) {
        let cut = una - segments[0].sequence
        switch segments[0].fate {
        case .outstanding: pipe -= cut
        case .sacked: sackedOctets -= cut
        case .lost: break
        }
        segments[0].textLength -= cut - (segments[0].hasSyn ? 1 : 0)
        segments[0].hasSyn = false
        segments[0].sequence = una
    }

    /// Cuts the segment that starts at `sequence` behind `length` octets of text: the path takes no longer ones any more.
    package mutating func split(_ sequence: SequenceNumber, behind length: Int) {
        guard let index = index(of: sequence), length > 0, segments[index].textLength > length else { return }
        var rest = segments[index]
        rest.sequence = rest.sequence + length + (rest.hasSyn ? 1 : 0)
        rest.textLength -= length
        rest.hasSyn = false
        segments[index].textLength = length
        segments[index].hasFin = false
        segments.insert(rest, at: index + 1)
        switch rest.fate {
        case .outstanding: break
        case .sacked: sackedCount += 1
        case .lost: lostCount += 1
        }
    }

    // MARK: Fates

    /// The first segment is thought lost, because of duplicate ACKs or a partial one.
    package mutating func markFirstLost(_ cause: Cause) {
        if let first = segments.first, first.fate != .sacked { markLost(at: 0, cause) }
    }

    /// Everything that the peer does not hold is thought lost: the retransmission timer expired.
    package mutating func markAllLost(_ cause: Cause) {
        for index in segments.indices where segments[index].fate != .sacked { markLost(at: index, cause) }
    }

    /// The segment at this place is thought lost, and `cause` will be why it is repeated.
    mutating func markLost(at index: Int, _ cause: Cause) {
        segments[index].repeatCause = cause
        guard segments[index].fate == .outstanding else { return }
        segments[index].fate = .lost
        pipe -= segments[index].length
        lostCount += 1
        lostHint = min(lostHint, index)
    }

    /// The peer holds the segment at this place.
    mutating func markSacked(at index: Int) {
        let length = segments[index].length
        switch segments[index].fate {
        case .outstanding: pipe -= length
        case .lost: lostCount -= 1
        case .sacked: return
        }
        segments[index].fate = .sacked
        sackedOctets += length
        sackedCount += 1
    }

    /// The peer has dropped what it had reported: nothing that it said of holes counts any more.
    package mutating func forgetSacks() {
        for index in segments.indices where segments[index].fate == .sacked {
            segments[index].fate = .outstanding
            pipe += segments[index].length
        }
        sackedOctets = 0
        sackedCount = 0
    }

    /// What was thought lost is on its way after all.
    package mutating func forgetLosses() {
        for index in segments.indices where segments[index].fate == .lost {
            segments[index].fate = .outstanding
            pipe += segments[index].length
        }
        lostCount = 0
        lostHint = segments.count
    }

    /// The first segment that waits to be sent again.
    package var firstLost: SentSegment? {
        guard lostCount > 0 else { return nil }
        for index in lostHint..<segments.count where segments[index].fate == .lost { return segments[index] }
        return nil
    }

    /// The segment that starts at `sequence` went out again.
    package mutating func onRetransmitted(_ sequence: SequenceNumber, record: UInt64, at now: Instant) {
        guard let index = index(of: sequence) else { return }
        if segments[index].fate == .lost {
            segments[index].fate = .outstanding
            pipe += segments[index].length
            lostCount -= 1
            if lostHint == index { lostHint += 1 }
        }
        segments[index].transmissions += 1
        segments[index].record = record
        segments[index].sentAt = now
        if repeatedEnd.map({ $0 < segments[index].end }) ?? true { repeatedEnd = segments[index].end }
    }

    /// What is in flight gives no round-trip samples.
    package mutating func spoilSamples() {
        for index in segments.indices { segments[index].transmissions += 1 }
    }

    /// Drops everything: the connection is over.
    package mutating func removeAll() { if !isEmpty { self = RetransmissionQueue() } }

    // MARK: Places

    /// The place of the first segment that does not start before `sequence`.
    func firstIndex(notBefore sequence: SequenceNumber) -> Int {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// When the segment that begins there left, if it was sent once only.
    package func sentOnceAt(_ sequence: SequenceNumber) -> Instant? {
        guard let index = index(of: sequence), !segments[index].wasRepeated else { return nil }
        return segments[index].sentAt
    }

    private func index(of sequence: SequenceNumber) -> Int? {
        let index = firstIndex(notBefore: sequence)
        return index < segments.count && segments[index].sequence == sequence ? index : nil
    }

    /// For `Connection.brokenInvariant`: the queue covers `una ..< nxt` without gap or overlap, and the sums are right.
    package func isConsistent(una: SequenceNumber, nxt: SequenceNumber) -> Bool {
        var at = una
        var (outstanding, sacked, sackedSegments, lost) = (0, 0, 0, 0)
        for (index, segment) in segments.enumerated() {
            guard segment.sequence == at, segment.length > 0 else { return false }
            at = segment.end
            switch segment.fate {
            case .outstanding: outstanding += segment.length
            case .sacked:
                sacked += segment.length
                sackedSegments += 1
            case .lost:
                lost += 1
                guard index >= lostHint else { return false }
            }
        }
        return at == nxt && outstanding == pipe && lost == lostCount && sacked == sackedOctets
            && sackedSegments == sackedCount
    }
}

/// Path MTU discovery.
extension RetransmissionQueue {
    /// The path takes at most `maximum` octets of text in one segment: longer ones can't have arrived. They are cut when they
    /// are sent again.
    package mutating func markLost(longerThan maximum: Int, _ cause: Cause) {
        for index in segments.indices where segments[index].textLength > maximum { markLost(at: index, cause) }
    }
}
