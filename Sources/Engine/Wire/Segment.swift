/// A segment's numbers as SEGMENT ARRIVES reads them (RFC 9293 §3.3.1 "current segment variables"), judged and decoded.
///
/// The text travels beside it as a `RawSpan`; nothing stores a span.
package struct Segment: Sendable {
    /// SEG.SEQ
    package var sequence: SequenceNumber
    /// SEG.ACK; meaningful only with the ACK flag.
    package var acknowledgment: SequenceNumber
    package var flags: TCPFlags
    /// SEG.WND as it stands in the header, unscaled.
    package var window: UInt16
    /// SEG.UP; meaningful only with the URG flag.
    package var urgentPointer: UInt16
    /// Octets of text.
    package var textLength: Int
    package var options: SegmentOptions
    /// What the IP header says of congestion (RFC 3168 §5).
    package var codepoint = ECNCodepoint.notCapable
    /// An option's length was illegal (RFC 9293 MUST-7); the options before it count.
    package var hasIllegalOptions = false

    package init(
        sequence: SequenceNumber,
        acknowledgment: SequenceNumber = SequenceNumber(0),
        flags: TCPFlags,
        window: UInt16 = 0,
        urgentPointer: UInt16 = 0,
        textLength: Int = 0,
        options: SegmentOptions = SegmentOptions()
    ) {
        self.sequence = sequence
        self.acknowledgment = acknowledgment
        self.flags = flags
        self.window = window
        self.urgentPointer = urgentPointer
        self.textLength = textLength
        self.options = options
    }

    /// SEG.LEN: octets of text, one more for SYN, one more for FIN (RFC 9293 §3.4).
    package var length: Int { textLength + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0) }
    /// The sequence number after the segment's last one.
    package var end: SequenceNumber { sequence + length }
}

/// The options of a segment: those that every TCP of today acts upon by name, all others as octets.
package struct SegmentOptions: Hashable, Sendable {
    /// RFC 7323 §3: TSval and TSecr.
    package struct Timestamps: Hashable, Sendable {
        package var value: UInt32
        package var echo: UInt32
        package init(value: UInt32, echo: UInt32) {
            self.value = value
            self.echo = echo
        }
    }

    /// RFC 9293 §3.7.1; valid in a SYN only.
    package var maximumSegmentSize: UInt16?
    /// RFC 7323 §2; valid in a SYN only, not clamped yet.
    package var windowScale: UInt8?
    package var timestamps: Timestamps?
    /// RFC 2018 §2; valid in a SYN only.
    package var sackPermitted = false
    /// RFC 2018 §3.
    package var sackBlocks = SACKBlocks()
    /// All other options, verbatim and in their order: unknown ones (ignored without error, RFC 9293 MUST-6), and those
    /// that only few segments carry. They stand behind the ones above.
    package var extra = OptionOctets()
    /// How they are ordered when they are written.
    package var order = OptionOrder.scaleLast

    /// Inlined, so that the empty ones are written in their place, and not copied there: every segment begins with them.
    @inline(__always)
    package init() {}
}
