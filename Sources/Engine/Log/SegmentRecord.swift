/// What the log must know of a segment's connection to tell its numbers apart from the connection's beginning.
package struct RecordContext: Hashable, Sendable {
    /// `ConnectionID.rawValue`; never 0.
    package var connection: UInt32
    /// Our initial sequence number.
    package var sequenceBase: SequenceNumber
    /// The peer's initial sequence number; 0 until its SYN has come.
    package var acknowledgmentBase: SequenceNumber
    /// When the connection's first record was made.
    package var origin: Instant
    /// The shift of the window in this segment's direction.
    package var windowShift: UInt8

    package init(
        connection: UInt32, sequenceBase: SequenceNumber, acknowledgmentBase: SequenceNumber, origin: Instant,
        windowShift: UInt8
    ) {
        self.connection = connection
        self.sequenceBase = sequenceBase
        self.acknowledgmentBase = acknowledgmentBase
        self.origin = origin
        self.windowShift = windowShift
    }
}

/// A record as the ring stores it: 256 octets, whatever the segment. The packet's first octets lie inside; the rest of the
/// payload, up to the snap length, lies in the payload ring.
package struct RecordSlot: Sendable {
    /// Octets of the packet that every record holds: at least 64 of payload after the longest headers.
    package static let prefixLength = 184

    /// Nanoseconds since 1970.
    package var wall: Int64 = 0
    /// Nanoseconds since the connection's first record; while incomplete, the instant itself.
    package var elapsed: Int64 = 0
    /// Where the payload ring holds what the prefix does not.
    package var payloadPosition: UInt64 = 0
    /// How many records before this one lies the segment that made us send it; 0: none.
    package var becauseDistance: UInt32 = 0
    /// How many records before this one lies the segment that it repeats; 0: none.
    package var retransmitsDistance: UInt32 = 0
    /// 0: none of ours.
    package var connection: UInt32 = 0
    package var sequenceBase: UInt32 = 0
    package var acknowledgmentBase: UInt32 = 0
    /// Where the chunk's answers of this record start.
    package var answersStart: UInt32 = 0
    package var answersCount: UInt16 = 0
    /// Octets of payload in the packet.
    package var payloadLength: UInt16 = 0
    /// Octets of payload kept, here and in the payload ring.
    package var captured: UInt16 = 0
    package var expectedChecksum: UInt16 = 0
    package var knowsExpectedChecksum = false
    /// Octets of IP and TCP header; for what is no TCP packet, 0: then everything is payload.
    package var headerLength: UInt8 = 0
    package var windowShift: UInt8 = 0
    package var direction = Direction.outbound
    package var cause = Cause.accepted
    package var rule = Rule.none
    package var checksum = ChecksumVerdict.unverifiable
    package var before = State.closed
    package var after = State.closed
    /// What was done to the segment; nil: nothing.
    package var impairmentAction: ImpairmentAction?
    /// The chunk's name of the impairment, counted from 1.
    package var impairment: UInt16 = 0
    package var isOnWire = false
    /// Counts the batches in which packets arrive, modulo 256.
    package var batch: UInt8 = 0
    package var prefix = InlineArray<184, UInt8>(repeating: 0)

    package init() {}

    /// Octets of payload inside the record.
    var inlinePayload: Int { min(Int(captured), Self.prefixLength - Int(headerLength)) }
}

/// One segment of the log, as readers see it. Nothing is decoded before it is asked for.
public struct SegmentRecord: Sendable {
    /// Counts from 1 within a run, without gaps.
    public let number: UInt64
    let slot: RecordSlot
    let chunk: LogChunk
    private let payloads: KeptPayloads
    /// What came back of it over loopback; nil: nothing, or nobody looks.
    public let echo: WireEcho?

    /// The options that are shown by name.
    package let definitions: [OptionDefinition]

    init(
        number: UInt64, slot: RecordSlot, chunk: LogChunk, payloads: KeptPayloads, echo: WireEcho?,
        definitions: [OptionDefinition]
    ) {
        self.number = number
        self.slot = slot
        self.chunk = chunk
        self.payloads = payloads
        self.echo = echo
        self.definitions = definitions
    }

    /// Nanoseconds since 1970.
    public var wallTime: Int64 { slot.wall }
    /// Time since the connection's first record; since the engine's start if there is none.
    public var elapsed: Interval { .nanoseconds(slot.elapsed) }
    public var connection: ConnectionID? { slot.connection == 0 ? nil : ConnectionID(rawValue: slot.connection) }
    public var direction: Direction { slot.direction }
    public var cause: Cause { slot.cause }
    public var rule: Rule { slot.rule }
    /// Tells arrivals that were taken in one go from those before and after; it repeats after 256 of them.
    package var batch: UInt8 { slot.batch }
    public var checksumVerdict: ChecksumVerdict { slot.checksum }
    /// The connection's state before and after; CLOSED where there is no connection.
    public var before: State { slot.before }
    public var after: State { slot.after }
    /// The segment that made us send this one; nil: a timer or the user.
    public var because: UInt64? { slot.becauseDistance == 0 ? nil : number - UInt64(slot.becauseDistance) }
    /// The segment that this one repeats.
    public var retransmits: UInt64? { slot.retransmitsDistance == 0 ? nil : number - UInt64(slot.retransmitsDistance) }
    /// Numbers of our segments that this ACK newly acknowledged.
    public var answers: [UInt64] {
        let start = Int(slot.answersStart)
        return Array(chunk.answers[start..<start + Int(slot.answersCount)])
    }

    /// Octets of payload in the packet.
    public var payloadLength: Int { Int(slot.payloadLength) }
    /// Octets of payload that the log still has.
    public var captured: Int {
        let isWhole = Int(slot.captured) == slot.inlinePayload || payloads.contains(slot.payloadPosition)
        return isWhole ? Int(slot.captured) : slot.inlinePayload
    }

    /// Octets of IP and TCP header; 0 if the packet was not parsed.
    public var headerLength: Int { Int(slot.headerLength) }

    /// IP header, TCP header and options, and as much of the payload as the log still has.
    public var octets: [UInt8] {
        let inline = Int(slot.headerLength) + slot.inlinePayload
        let rest = captured - slot.inlinePayload
        return [UInt8](unsafeUninitializedCapacity: inline + rest) { buffer, count in
            for at in 0..<inline { buffer[at] = slot.prefix[at] }
            payloads.copy(rest, from: slot.payloadPosition, into: UnsafeMutableRawBufferPointer(buffer), at: inline)
            count = inline + rest
        }
    }

    /// As much of the payload as the log still has.
    public var payload: [UInt8] { Array(octets.dropFirst(Int(slot.headerLength))) }

    /// SEG.SEQ counted from the sender's initial sequence number.
    public func relativeSequence(_ sequence: SequenceNumber) -> UInt32? {
        relative(sequence, to: direction == .outbound ? slot.sequenceBase : slot.acknowledgmentBase)
    }

    /// SEG.ACK counted from the other side's initial sequence number.
    public func relativeAcknowledgment(_ acknowledgment: SequenceNumber) -> UInt32? {
        relative(acknowledgment, to: direction == .outbound ? slot.acknowledgmentBase : slot.sequenceBase)
    }

    private func relative(_ number: SequenceNumber, to base: UInt32) -> UInt32? {
        slot.connection == 0 ? nil : number.rawValue &- base
    }

    /// SEG.WND in octets: never scaled in a SYN (RFC 7323 §2.2).
    public func scaledWindow(_ window: UInt16, flags: TCPFlags) -> Int {
        flags.contains(.syn) ? Int(window) : Int(window) << Int(min(slot.windowShift, 14))
    }
}
