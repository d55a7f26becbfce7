/// What selective acknowledgments say about the segments in flight (RFC 2018, RFC 6675), and about those that came twice
/// (RFC 2883).
extension RetransmissionQueue {
    /// RFC 6675 §2: "DupThresh … the number of duplicate acknowledgments required to trigger a retransmission", RFC 5681's 3.
    package static let duplicateThreshold = 3

    /// Marks what the blocks of an acknowledgment cover, and notes in `delivery` what of it is news.
    ///
    /// RFC 6675 §4, Update (): "for each segment … the scoreboard SHOULD be updated". A block marks whole segments only: a
    /// peer that keeps part of one gets the rest once more with it. What the acknowledgment covers cumulatively is taken off
    /// before, and the blocks are read from below: RFC 8985 §6.2 sees a reordering where a segment comes behind a higher one.
    ///
    /// - Parameter una: SND.UNA before this acknowledgment.
    package mutating func mark(
        _ blocks: SACKBlocks, acknowledgment: SequenceNumber, una: SequenceNumber, nxt: SequenceNumber,
        _ delivery: inout Delivery, _ rack: inout RACK
    ) {
        delivery.hasBlocks = !blocks.isEmpty
        if let first = blocks[0], first.left < first.right,
            isDuplicateReport(first, blocks[1], acknowledgment: acknowledgment)
        {
            // What it covers is acknowledged, or lies in the second block: to mark it as well changes nothing.
            delivery.duplicate = first
        }
        let rising = blocks.rising
        for place in 0..<rising.count {
            guard let block = rising[place], block.left < block.right, block.left >= una, block.right <= nxt else {
                continue
            }
            delivery.reported += block.right - block.left
            mark(block, &delivery, &rack)
        }
    }

    /// RFC 2883 §4.1, §4.2: the first block reports a duplicate if it lies before the acknowledgment, or inside the second.
    private func isDuplicateReport(_ block: SACKBlock, _ second: SACKBlock?, acknowledgment: SequenceNumber) -> Bool {
        if block.right <= acknowledgment { return true }
        guard let second else { return false }
        return second.left <= block.left && block.right <= second.right
    }

    private mutating func mark(_ block: SACKBlock, _ delivery: inout Delivery, _ rack: inout RACK) {
        var index = firstIndex(notBefore: block.left)
        while index < segments.count, segments[index].end <= block.right {
            let segment = segments[index]
            if segment.fate != .sacked {
                markSacked(at: index)
                delivery.note(segment)
                delivery.sacked += segment.length
                rack.onDelivered(segment, bySACK: true, &delivery)
            }
            index += 1
        }
    }

    /// The peer has reported what stands at SND.UNA: an honest cumulative acknowledgment would have covered it.
    ///
    /// RFC 2018 §8: "the data receiver is permitted to discard data in its queue that has not been acknowledged to the data
    /// sender, even if the data has already been reported in a SACK option."
    package var hasReneged: Bool { first?.fate == .sacked }

    /// Loss by the number of what came after: RFC 6675's way, for connections without RACK. Returns the octets newly lost.
    package mutating func detectLossesByCount(mss: Int) -> Int {
        var lost = 0
        var below = Passed()
        for index in segments.indices {
            guard below.count < sackedCount else { break }
            let segment = segments[index]
            if segment.fate == .sacked {
                below.add(segment)
            } else if segment.fate == .outstanding, !segment.wasRepeated, isLost(below: below, mss: mss) {
                markLost(at: index, .sackRetransmit)
                lost += segment.length
            }
        }
        return lost
    }

    /// RFC 6675 §4, NextSeg () rule (3): the first segment in front of a reported one that was neither reported nor repeated,
    /// though too little has arrived behind it for a verdict.
    package var firstDoubtful: SentSegment? {
        var passed = 0
        for segment in segments {
            if segment.fate == .sacked { passed += 1 }
            guard passed < sackedCount else { return nil }
            if segment.fate == .outstanding, !segment.wasRepeated { return segment }
        }
        return nil
    }

    /// Rule (4): the segment with "the highest outstanding unSACKed sequence number".
    package var lastUnreported: SentSegment? { segments.last { $0.fate == .outstanding } }

    /// Sacked segments that a walk from SND.UNA up has passed.
    struct Passed {
        var count = 0
        var octets = 0
        /// One more.
        mutating func add(_ segment: SentSegment) {
            count += 1
            octets += segment.length
        }
    }

    /// RFC 6675 §4, IsLost (SeqNum): "returns true when either DupThresh discontiguous SACKed sequences have arrived above
    /// 'SeqNum' or more than (DupThresh - 1) * SMSS bytes with sequence numbers greater than 'SeqNum' have been SACKed".
    func isLost(below: Passed, mss: Int) -> Bool {
        sackedCount - below.count >= Self.duplicateThreshold
            || sackedOctets - below.octets > (Self.duplicateThreshold - 1) * mss
    }
}
