/// Recent acknowledgment (RFC 8985 §6): loss detected by time. A segment is lost when one that was sent later has arrived,
/// and long enough ago for a mere reordering to have been over.
package struct RACK: Sendable {
    /// The most recently sent segment that has arrived: RACK.xmit_ts and RACK.end_seq are its own; nil before the first.
    private var newest: Departure?
    /// RACK.rtt: its round trip.
    package private(set) var roundTrip = Interval.zero
    /// RACK.fack: behind the highest sequence number that has arrived.
    package private(set) var forwardmost: SequenceNumber
    /// RACK.reordering_seen
    package private(set) var hasSeenReordering = false
    /// The furthest that a segment was overtaken, in octets.
    package private(set) var reorderingExtent = 0
    /// RACK.reo_wnd_mult
    private var multiplier: Int64 = 1
    /// RACK.reo_wnd_persist
    private var persistence = 0
    /// RACK.dsack_round: SND.NXT when the newest duplicate was reported; nil when that round is over.
    private var duplicateRound: SequenceNumber?

    /// RFC 8985 §6.2 step 4, RACK.reo_wnd_persist: "Reset the window after 16 DSACK-free recoveries".
    private static let recoveriesToKeep = 16

    package init(iss: SequenceNumber) { forwardmost = iss }

    /// Steps 2 and 3: a segment has newly arrived, cumulatively or selectively acknowledged.
    mutating func onDelivered(_ segment: SentSegment, bySACK: Bool, _ delivery: inout Delivery) {
        noteOrder(segment, forwardmostBefore: delivery.forwardmost)
        let sample = delivery.at - segment.sentAt
        // RFC 8985 §6.2 step 2: "To avoid spurious inferences, ignore a segment as invalid if any of its sequence range has been
        // retransmitted before and if either of two conditions is true".
        if segment.wasRepeated {
            // (1) "The Timestamp Echo Reply field (TSecr) … indicates the ACK was not acknowledging the last retransmission of
            // the segment." It can say so of a cumulative ACK only: RFC 7323 §4.3 echoes what has moved RCV.NXT, and never a
            // segment behind a hole. Taken literally for those as well, no lost repetition would be found while SND.UNA stands.
            if !bySACK, let echoedBefore = delivery.echoedBefore, segment.sentAt >= echoedBefore { return }
            // (2) "The segment was last retransmitted less than RACK.min_rtt ago."
            if sample < delivery.minimumRoundTrip { return }
        }
        // "in ascending order of Segment.xmit_ts": RACK.rtt is that of the newest.
        if segment.sentAt >= delivery.newestSentAt {
            delivery.newestSentAt = segment.sentAt
            roundTrip = sample
        } else if delivery.measuresHighest {
            roundTrip = sample
        }
        let departure = Departure(of: segment)
        if let newest, !departure.isAfter(newest) { return }
        newest = departure
    }

    /// RFC 8985 §6.2 step 3: "Else if Segment.end_seq < RACK.fack AND Segment.retransmitted is FALSE:
    /// RACK.reordering_seen = TRUE"
    private mutating func noteOrder(_ segment: SentSegment, forwardmostBefore: SequenceNumber) {
        if segment.end > forwardmost { forwardmost = segment.end }
        guard segment.end < forwardmostBefore, !segment.wasRepeated else { return }
        hasSeenReordering = true
        reorderingExtent = max(reorderingExtent, forwardmostBefore - segment.sequence)
    }

    /// What tells which of two segments was sent later.
    private struct Departure: Sendable {
        let sentAt: Instant
        let record: UInt64
        let end: SequenceNumber

        init(of segment: SentSegment) { (sentAt, record, end) = (segment.sentAt, segment.record, segment.end) }

        /// RFC 8985 §6.2 step 2: RACK_sent_after(). Of one moment the one with the newer record in the log, which is the very
        /// order; only without a log the one with the higher sequence number, which a repetition does not fit into.
        func isAfter(_ other: Departure) -> Bool {
            if sentAt != other.sentAt { return sentAt > other.sentAt }
            return record != other.record ? record > other.record : end > other.end
        }
    }

    /// Fast recovery has repeated a segment whose original was only late.
    ///
    /// RFC 8985 §6.2 step 4 names the drawback of step 3: with a window that is too small "the retransmissions can prevent the
    /// necessary conditions for Step 3 to detect reordering". Duplicates that are reported widen the window, but until step 3
    /// has seen something three reported segments set it to nothing. So this counts as seen as well.
    package mutating func onNeedlessRepetition() { hasSeenReordering = true }

    /// The segment left before one that has arrived.
    func isOvertaken(_ segment: SentSegment) -> Bool { newest.map { $0.isAfter(Departure(of: segment)) } ?? false }

    // MARK: The reordering window

    /// Step 4, RACK_update_reo_wnd(): the acknowledgment has moved SND.UNA to `una`, and may have reported a duplicate.
    package mutating func onAcknowledgment(hasDuplicate: Bool, una: SequenceNumber, nxt: SequenceNumber) {
        // "Grow the reordering window per round that sees DSACK."
        if let round = duplicateRound, una >= round { duplicateRound = nil }
        guard hasDuplicate, duplicateRound == nil else { return }
        duplicateRound = nxt
        multiplier += 1
        persistence = Self.recoveriesToKeep
    }

    /// A recovery, fast or after a timeout, is over.
    package mutating func onRecoveryLeft() {
        persistence -= 1
        if persistence <= 0 { multiplier = 1 }
    }

    /// How long a segment may be late before it counts as lost (RACK.reo_wnd).
    ///
    /// RFC 8985 §6.2 step 4: "If RACK.reordering_seen is FALSE: If in Fast or RTO recovery: Return 0; Else if RACK.segs_sacked >=
    /// DupThresh: Return 0. Return min(RACK.reo_wnd_mult * RACK.min_RTT / 4, SRTT)"
    package func reorderingWindow(
        isRecovering: Bool, sackedSegments: Int, minimum: Interval, smoothed: Interval
    ) -> Interval {
        if !hasSeenReordering, isRecovering || sackedSegments >= RetransmissionQueue.duplicateThreshold { return .zero }
        return min(minimum * multiplier / 4, smoothed)
    }
}

extension RetransmissionQueue {
    /// What a look at the clock has found.
    package struct Verdict: Sendable {
        /// Octets newly thought lost.
        package var lost = 0
        /// When to look again, because a segment is late but may only have been overtaken.
        package var wait: Interval?
    }

    /// A segment may have been overtaken. Where nothing came out of order and nothing in flight was repeated, the first one is the
    /// oldest.
    func mayBeOvertaken(_ rack: RACK) -> Bool {
        sackedCount > 0 || repeatedEnd != nil || segments.first.map(rack.isOvertaken) ?? false
    }

    /// Step 5, RACK_detect_loss(): marks every segment that was overtaken longer than the reordering window ago.
    package mutating func detectLosses(_ rack: RACK, window: Interval, mss: Int, at now: Instant) -> Verdict {
        var verdict = Verdict()
        guard mayBeOvertaken(rack) else { return verdict }
        var below = Passed()
        for index in segments.indices {
            let segment = segments[index]
            if segment.fate == .sacked {
                below.add(segment)
                continue
            }
            guard rack.isOvertaken(segment) else {
                // Segments that were sent once stand in the order of time; behind the repeated ones nothing is older.
                if !segment.wasRepeated, repeatedEnd.map({ segment.sequence >= $0 }) ?? true { break }
                continue
            }
            guard segment.fate == .outstanding else { continue }
            let remaining = segment.sentAt + rack.roundTrip + window - now
            if remaining <= .zero {
                let byCount = !segment.wasRepeated && isLost(below: below, mss: mss)
                markLost(at: index, byCount ? .sackRetransmit : .rackRetransmit)
                verdict.lost += segment.length
            } else {
                verdict.wait = max(verdict.wait ?? .zero, remaining)
            }
        }
        return verdict
    }

    /// RFC 8985 §6.3, RACK_mark_losses_on_RTO(): the first segment is lost, and of the others what is old enough. What left
    /// just now may well arrive.
    package mutating func markLostOnTimeout(_ rack: RACK, window: Interval, at now: Instant) {
        markFirstLost(.rto)
        for index in segments.indices where segments[index].fate == .outstanding {
            if segments[index].sentAt + rack.roundTrip + window <= now { markLost(at: index, .rto) }
        }
    }
}
