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

/// What a record says beside the packet's own octets.
package struct RecordFacts: Sendable {
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

    package init() {}
}

/// A record as the ring stores it: 256 octets, whatever the segment. The packet's first octets lie inside; the rest of the
/// payload, up to the snap length, lies in the payload ring.
package struct RecordSlot: Sendable {
    /// Octets of the packet that every record holds: at least 64 of payload after the longest headers.
    package static let prefixLength = 184

    package var facts: RecordFacts
    /// As many octets count as the facts say; what lies behind them was never written.
    package var prefix: InlineArray<184, UInt8>

    /// Octets of payload inside the record.
    var inlinePayload: Int { min(Int(facts.captured), Self.prefixLength - Int(facts.headerLength)) }
}

/// One segment of the log, as readers see it. Nothing is decoded before it is asked for.
public struct SegmentRecord: Sendable {
    /// Counts from 1 within a run, without gaps.
    public let number: UInt64
    let slot: RecordSlot
    var facts: RecordFacts { slot.facts }
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
    public var wallTime: Int64 { facts.wall }
    /// Time since the connection's first record; since the engine's start if there is none.
    public var elapsed: Interval { .nanoseconds(facts.elapsed) }
    public var connection: ConnectionID? { facts.connection == 0 ? nil : ConnectionID(rawValue: facts.connection) }
    public var direction: Direction { facts.direction }
    public var cause: Cause { facts.cause }
    public var rule: Rule { facts.rule }
    /// Tells arrivals that were taken in one go from those before and after; it repeats after 256 of them.
    package var batch: UInt8 { facts.batch }
    public var checksumVerdict: ChecksumVerdict { facts.checksum }
    /// The connection's state before and after; CLOSED where there is no connection.
    public var before: State { facts.before }
    public var after: State { facts.after }
    /// The segment that made us send this one; nil: a timer or the user.
    public var because: UInt64? { facts.becauseDistance == 0 ? nil : number - UInt64(facts.becauseDistance) }
    /// The segment that this one repeats.
    public var retransmits: UInt64? {
        facts.retransmitsDistance == 0 ? nil : number - UInt64(facts.retransmitsDistance)
    }
    /// Numbers of our segments that this ACK newly acknowledged.
    public var answers: [UInt64] {
        let start = Int(facts.answersStart)
        return Array(chunk.answers[start..<start + Int(facts.answersCount)])
    }

    /// Octets of payload in the packet.
    public var payloadLength: Int { Int(facts.payloadLength) }
    /// Octets of payload that the log still has.
    public var captured: Int {
        let isWhole = Int(facts.captured) == slot.inlinePayload || payloads.contains(facts.payloadPosition)
        return isWhole ? Int(facts.captured) : slot.inlinePayload
    }

    /// Octets of IP and TCP header; 0 if the packet was not parsed.
    public var headerLength: Int { Int(facts.headerLength) }

    /// IP header, TCP header and options, and as much of the payload as the log still has.
    public var octets: [UInt8] {
        let inline = Int(facts.headerLength) + slot.inlinePayload
        let rest = captured - slot.inlinePayload
        return [UInt8](unsafeUninitializedCapacity: inline + rest) { buffer, count in
            for at in 0..<inline { buffer[at] = slot.prefix[at] }
            payloads.copy(rest, from: facts.payloadPosition, into: UnsafeMutableRawBufferPointer(buffer), at: inline)
            count = inline + rest
        }
    }

    /// As much of the payload as the log still has.
    public var payload: [UInt8] { Array(octets.dropFirst(Int(facts.headerLength))) }

    /// SEG.SEQ counted from the sender's initial sequence number.
    public func relativeSequence(_ sequence: SequenceNumber) -> UInt32? {
        relative(sequence, to: direction == .outbound ? facts.sequenceBase : facts.acknowledgmentBase)
    }

    /// SEG.ACK counted from the other side's initial sequence number.
    public func relativeAcknowledgment(_ acknowledgment: SequenceNumber) -> UInt32? {
        relative(acknowledgment, to: direction == .outbound ? facts.acknowledgmentBase : facts.sequenceBase)
    }

    private func relative(_ number: SequenceNumber, to base: UInt32) -> UInt32? {
        facts.connection == 0 ? nil : number.rawValue &- base
    }

    /// SEG.WND in octets: never scaled in a SYN (RFC 7323 §2.2).
    public func scaledWindow(_ window: UInt16, flags: TCPFlags) -> Int {
        flags.contains(.syn) ? Int(window) : Int(window) << Int(min(facts.windowShift, 14))
    }
}
