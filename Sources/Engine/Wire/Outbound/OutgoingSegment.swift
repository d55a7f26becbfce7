/// A segment that a connection wants to be sent: its numbers, where its text stands, and why.
///
/// It has room for all options, so whoever makes one writes it where the caller wants it, over what was there, and nobody copies. It
/// holds nothing that is counted, so nothing has to be let go of.
package struct OutgoingSegment: Sendable {
    package var sequence: SequenceNumber
    package var acknowledgment = SequenceNumber(0)
    package var flags: TCPFlags
    package var window: UInt16 = 0
    /// SEG.UP; counts with the URG flag only.
    package var urgentPointer: UInt16 = 0
    package var options = SegmentOptions()
    /// Where the text begins in the stream that the user writes; counts if there is text only.
    package var textPosition: UInt64 = 0
    /// Octets of text.
    package var textLength = 0
    /// It repeats what may still be on its way (RFC 6675 §4, NextSeg () rules 3 and 4).
    var isRescue = false
    /// What the IP header says of congestion (RFC 3168 §5).
    package var codepoint = ECNCodepoint.notCapable
    package var cause: Cause
    /// The record of the segment that made us send this one; nil: a timer or the user.
    package var because: UInt64?
    /// The record of the segment that this one repeats.
    package var retransmits: UInt64?

    /// Room for one that is still to be made.
    package init() { self.init(sequence: SequenceNumber(0), flags: [], cause: .ack, because: nil) }

    package init(sequence: SequenceNumber, flags: TCPFlags, cause: Cause, because: UInt64?) {
        self.sequence = sequence
        self.flags = flags
        self.cause = cause
        self.because = because
    }

    /// Sequence numbers that it takes.
    package var length: Int { textLength + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0) }
    package var end: SequenceNumber { sequence + length }
}

extension OutgoingSegment {
    /// The answer to a segment that has no business here.
    ///
    /// RFC 9293 §3.10.7.1: "If the ACK bit is off, sequence number zero is used, <SEQ=0><ACK=SEG.SEQ+SEG.LEN>
    /// <CTL=RST,ACK>. If the ACK bit is on, <SEQ=SEG.ACK><CTL=RST>."
    package static func reset(answering segment: Segment, record: UInt64) -> OutgoingSegment {
        if segment.flags.contains(.ack) {
            return OutgoingSegment(sequence: segment.acknowledgment, flags: .rst, cause: .rst, because: record)
        }
        var reset = OutgoingSegment(sequence: SequenceNumber(0), flags: [.rst, .ack], cause: .rst, because: record)
        reset.acknowledgment = segment.end
        return reset
    }
}
