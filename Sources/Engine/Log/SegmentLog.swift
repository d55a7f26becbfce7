import DequeModule

/// Room for the records of a chunk, filled in order.
///
/// `@unchecked Sendable`: a record that a snapshot tells of is never written again, and only the log, which lives on the engine's
/// actor, adds to them. So readers share even the block that is not full yet.
final class RecordBlock: @unchecked Sendable {
    private let slots: UnsafeMutablePointer<RecordSlot>

    init() { slots = .allocate(capacity: LogChunk.length) }

    deinit { slots.deallocate() }

    /// Where the record stands, or will, that is so many behind the first.
    func place(_ index: Int) -> UnsafeMutablePointer<RecordSlot> {
        precondition(0 <= index && index < LogChunk.length, "record outside the block")
        return slots + index
    }
}

/// A part of the log as readers see it.
final class LogChunk: Sendable {
    /// Records of a chunk.
    static let length = 1_024

    /// The number of the first record.
    let first: UInt64
    let records: RecordBlock
    /// What the records' `answersStart` points into.
    let answers: [UInt64]
    /// The names that the records' `impairment` counts through.
    let impairments: [String]

    init(first: UInt64, records: RecordBlock, answers: [UInt64], impairments: [String]) {
        self.first = first
        self.records = records
        self.answers = answers
        self.impairments = impairments
    }
}

/// The decoded log's memory: a bounded ring of fixed-size records, written at two points only (one for each direction)
/// and read through snapshots.
///
/// A received segment's record is appended before its fate is known and completed after; nothing may be appended in
/// between, and no snapshot taken.
package struct SegmentLog {
    /// Records kept; 0 switches the log off.
    private let capacity: Int
    private let snapLength: Int
    private var payloads: PayloadRing
    private var sealed: Deque<LogChunk> = []
    private var open = RecordBlock()
    /// Records in the open chunk.
    private var openCount = 0
    /// The batch of packets that arrive now.
    private var batch: UInt8 = 0
    private var hasArrivals = false
    /// What the open chunk's records newly acknowledge. Whoever takes in the newest received segment adds its own, before
    /// `complete` counts them.
    package var answers: [UInt64] = []
    /// The number of the open chunk's first record.
    private var openFirst: UInt64 = 1
    private var isIncomplete = false
    private var journal = EventJournal()
    var echoes = EchoSheet()
    /// Realtime less monotonic clock, as of the newest record; for events, which come without a wall time.
    private var wallOffset: Int64 = 0
    /// Names of impairments, in the order in which they came.
    private var impairments: [String] = []
    /// The options that are shown by name.
    package var definitions: [OptionDefinition] = []
    /// What the next record says of what was done to its segment.
    package var note: RecordNote?

    /// The start of the engine's time, for records that belong to no connection.
    package private(set) var origin = Instant.zero
    /// By the cause's raw value, with room for a few more: a dictionary would be looked up for every segment.
    private var causeCounts = InlineArray<32, UInt64>(repeating: 0)
    /// Packets that the kernel dropped before we saw them; the engine counts.
    package private(set) var dropped: UInt64 = 0

    /// A log of `capacity` records (0: none at all) that keeps up to `snapLength` octets of each payload, beyond the
    /// records' own prefix in at most `payloadCapacity` octets.
    package init(capacity: Int, snapLength: Int, payloadCapacity: Int) {
        self.capacity = max(0, capacity)
        self.snapLength = min(max(0, snapLength), Int(UInt16.max))
        payloads = PayloadRing(capacity: max(0, payloadCapacity))
    }

    /// False if it was made to keep nothing.
    package var isEnabled: Bool { capacity > 0 }
    /// The number of the newest record; 0 before the first.
    package var newest: UInt64 { openFirst - 1 + UInt64(openCount) }
    /// The number of the oldest record kept; 1 before the first.
    package var oldest: UInt64 { newest > UInt64(capacity) ? newest - UInt64(capacity) + 1 : 1 }
    /// How many records have been dropped at the ring's end.
    package var evicted: UInt64 { oldest - 1 }

    /// How many segments had which cause, since the start; those without any are left out.
    package var causes: [Cause: UInt64] {
        Dictionary(uniqueKeysWithValues: Cause.allCases.map { ($0, causeCounts[Int($0.rawValue)]) }.filter { $0.1 > 0 })
    }

    /// Sets the start of the engine's time, and the same moment in nanoseconds since 1970.
    package mutating func setOrigin(_ instant: Instant, wall: Int64) {
        origin = instant
        wallOffset = wall - instant.nanoseconds
    }

    /// Notes something that happened after the newest segment.
    package mutating func append(_ kind: consuming LogEvent.Kind, at instant: Instant) {
        guard capacity > 0 else { return }
        journal.append(kind, after: newest, wall: instant.nanoseconds + wallOffset)
    }

    /// Notes how many packets the kernel has dropped since the start.
    package mutating func noteDropped(_ total: UInt64, at instant: Instant) {
        guard total > dropped else { return }
        append(.dropped(total - dropped), at: instant)
        dropped = total
    }

    /// Grows with every record and every event.
    package var progress: UInt64 { newest + journal.count }

    /// What has arrived was taken, and its answers are about to leave: what arrives next belongs to the next batch.
    package mutating func endBatch() {
        guard hasArrivals else { return }
        hasArrivals = false
        batch &+= 1
    }

    /// Records a segment that is about to be sent, headers encoded, and gives it its record's number (0 if the log is off).
    ///
    /// `inout` also because a packet that is only lent would be copied.
    @discardableResult
    package mutating func appendSent(
        _ packet: inout OutboundPacket, at instant: Instant, wall: Int64, context: RecordContext?, cause: Cause,
        because: UInt64?, retransmits: UInt64?, before: State, after: State, checksum: ChecksumVerdict = .good
    ) -> UInt64 {
        causeCounts[Int(cause.rawValue)] += 1
        packet.record = 0
        guard capacity > 0 else { return 0 }
        let slot = makeRoom()
        let number = newest
        packet.record = number
        slot.pointee.facts.wall = wall
        wallOffset = wall - instant.nanoseconds
        slot.pointee.facts.direction = .outbound
        slot.pointee.facts.cause = cause
        slot.pointee.facts.checksum = checksum
        slot.pointee.facts.becauseDistance = Self.distance(from: because, to: number)
        slot.pointee.facts.retransmitsDistance = Self.distance(from: retransmits, to: number)
        slot.pointee.facts.before = before
        slot.pointee.facts.after = after
        slot.pointee.facts.apply(context, at: instant, origin: origin)
        slot.pointee.facts.headerLength = UInt8(packet.headerLength)
        slot.pointee.facts.payloadLength = UInt16(truncatingIfNeeded: packet.payloadLength)
        slot.pointee.prefix.copy(packet.header.span.bytes.extracting(0..<packet.headerLength), at: 0)
        if packet.payload != nil { capture(&packet, in: &slot.pointee) }
        return number
    }

    /// Records a segment that has just arrived. The record stays incomplete until `complete` is called, which must come
    /// before anything else is appended. Returns its number (0 if the log is off).
    package mutating func appendReceived(
        _ packet: RawSpan, view: borrowing PacketView, at instant: Instant, wall: Int64,
        direction: Direction = .inbound
    ) -> UInt64 {
        let number = appendReceived(
            packet, headerLength: view.payloadOffset, payloadLength: view.payloadLength,
            expectedChecksum: view.expectedChecksum, at: instant, wall: wall)
        // Seen on its way out, but not sent by us.
        if direction == .outbound, number > 0 { newestSlot.pointee.facts.direction = .outbound }
        return number
    }

    /// The same for a packet that may not have been parsed; then all of it counts as payload.
    package mutating func appendReceived(
        _ packet: RawSpan, view: PacketView?, at instant: Instant, wall: Int64
    ) -> UInt64 {
        if let view { return appendReceived(packet, view: view, at: instant, wall: wall) }
        let length = min(packet.byteCount, Int(UInt16.max))
        return appendReceived(
            packet, headerLength: 0, payloadLength: length, expectedChecksum: nil, at: instant, wall: wall)
    }

    private mutating func appendReceived(
        _ packet: RawSpan, headerLength: Int, payloadLength: Int, expectedChecksum: UInt16?, at instant: Instant,
        wall: Int64
    ) -> UInt64 {
        guard capacity > 0 else { return 0 }
        let captured = capturable(payloadLength, after: headerLength)
        let end = headerLength + captured
        let slot = makeRoom()
        slot.pointee.facts.wall = wall
        wallOffset = wall - instant.nanoseconds
        slot.pointee.facts.elapsed = instant.nanoseconds
        slot.pointee.facts.direction = .inbound
        slot.pointee.facts.batch = batch
        hasArrivals = true
        slot.pointee.facts.headerLength = UInt8(headerLength)
        slot.pointee.facts.payloadLength = UInt16(payloadLength)
        slot.pointee.facts.captured = UInt16(captured)
        slot.pointee.facts.answersStart = UInt32(answers.count)
        slot.pointee.facts.expectedChecksum = expectedChecksum ?? 0
        slot.pointee.facts.knowsExpectedChecksum = expectedChecksum != nil
        slot.pointee.prefix.copy(packet.extracting(0..<min(end, RecordSlot.prefixLength)), at: 0)
        if end > RecordSlot.prefixLength {
            slot.pointee.facts.payloadPosition = payloads.append(packet.extracting(RecordSlot.prefixLength..<end))
        }
        isIncomplete = true
        return newest
    }

    /// Completes the record of a received segment, right after `appendReceived` gave it this number.
    package mutating func complete(
        _ number: UInt64, verdict: Verdict, context: RecordContext?, checksum: ChecksumVerdict, before: State,
        after: State
    ) {
        causeCounts[Int(verdict.cause.rawValue)] += 1
        guard number > 0 else { return answers.removeAll(keepingCapacity: true) }
        precondition(isIncomplete && number == newest, "the record is not the one being made")
        isIncomplete = false
        let slot = newestSlot
        slot.pointee.facts.cause = verdict.cause
        slot.pointee.facts.rule = verdict.rule
        slot.pointee.facts.checksum = checksum
        slot.pointee.facts.before = before
        slot.pointee.facts.after = after
        slot.pointee.facts.apply(context, at: Instant(nanoseconds: slot.pointee.facts.elapsed), origin: origin)
        slot.pointee.facts.answersCount = UInt16(clamping: answers.count - Int(slot.pointee.facts.answersStart))
    }

    /// The log as it is now. Records are shared, those of the open chunk too; the lists are copied, because an append to a
    /// shared array would copy it whole.
    package func snapshot(run: String = "") -> LogSnapshot {
        precondition(!isIncomplete, "a record is being made")
        var chunks = [LogChunk](unshared: sealed)
        if openCount > 0 {
            let answers = [UInt64](unshared: answers)
            chunks.append(
                LogChunk(first: openFirst, records: open, answers: answers, impairments: impairments))
        }
        return LogSnapshot(
            run: run, newest: newest, oldest: oldest, dropped: dropped, chunks: chunks, payloads: payloads.kept,
            journal: journal.kept, echoes: echoes, definitions: definitions)
    }

    /// Where the newest record stands, once there is one.
    private var newestSlot: UnsafeMutablePointer<RecordSlot> { open.place(openCount - 1) }

    /// Appends an empty record and returns where it stands, so that it is written in its place. A full chunk is sealed first, and
    /// chunks whose records are all evicted are dropped.
    private mutating func makeRoom() -> UnsafeMutablePointer<RecordSlot> {
        precondition(!isIncomplete, "a record is being made")
        if openCount == LogChunk.length { seal() }
        openCount += 1
        let slot = newestSlot
        slot.pointee.facts = RecordFacts()
        if let note { apply(note, to: &slot.pointee.facts) }
        return slot
    }

    private mutating func apply(_ note: RecordNote, to facts: inout RecordFacts) {
        facts.impairment = note.impairment
        facts.impairmentAction = note.action
        facts.isOnWire = note.onWire
        facts.retransmitsDistance = Self.distance(from: note.original, to: newest)
        self.note = nil
    }

    /// The number by which records name the impairment of this name.
    package mutating func number(ofImpairment name: String) -> UInt16 {
        if let index = impairments.firstIndex(of: name) { return UInt16(index + 1) }
        // Beyond what a record can count, the last name stands for all further ones.
        guard impairments.count < Int(UInt16.max) else { return .max }
        impairments.append(name)
        return UInt16(impairments.count)
    }

    private mutating func seal() {
        sealed.append(
            LogChunk(first: openFirst, records: open, answers: answers, impairments: impairments))
        openFirst += UInt64(LogChunk.length)
        open = RecordBlock()
        openCount = 0
        answers = []
        while let chunk = sealed.first, chunk.first + UInt64(LogChunk.length) <= oldest { sealed.removeFirst() }
    }

    private static func distance(from earlier: UInt64?, to number: UInt64) -> UInt32 {
        guard let earlier, earlier > 0, earlier < number else { return 0 }
        return UInt32(exactly: number - earlier) ?? 0
    }

    /// How many of a payload's octets are kept: up to the snap length, and no more than fit behind the headers if the
    /// ring is too small for the rest.
    private func capturable(_ payloadLength: Int, after headerLength: Int) -> Int {
        let wanted = min(snapLength, payloadLength)
        let inline = RecordSlot.prefixLength - headerLength
        return wanted <= inline || wanted <= payloads.longestRun ? wanted : inline
    }

    /// Copies a sent packet's payload: what fits into the prefix, the rest into the ring.
    private mutating func capture(_ packet: inout OutboundPacket, in slot: inout RecordSlot) {
        var room = capturable(packet.payloadLength, after: packet.headerLength)
        slot.facts.captured = UInt16(room)
        slot.facts.payloadPosition = payloads.end
        var at = packet.headerLength
        for isContinuation in [false, true] where room > 0 {
            guard let slice = isContinuation ? packet.continuation : packet.payload else { continue }
            let octets = RawSpan(_unsafeStart: slice.start, byteCount: min(slice.count, room))
            let inline = min(octets.byteCount, RecordSlot.prefixLength - at)
            slot.prefix.copy(octets.extracting(0..<inline), at: at)
            at += inline
            room -= octets.byteCount
            if inline < octets.byteCount { _ = payloads.append(octets.extracting(inline..<octets.byteCount)) }
        }
    }
}

extension RecordFacts {
    /// Fills in what the connection knows; `origin` counts where there is none.
    fileprivate mutating func apply(_ context: RecordContext?, at instant: Instant, origin: Instant) {
        elapsed = (instant - (context?.origin ?? origin)).nanoseconds
        guard let context else { return }
        connection = context.connection
        sequenceBase = context.sequenceBase.rawValue
        acknowledgmentBase = context.acknowledgmentBase.rawValue
        windowShift = context.windowShift
    }
}

extension InlineArray<184, UInt8> {
    /// Copies octets to `offset`; traps if they don't fit.
    @inline(__always)
    fileprivate mutating func copy(_ octets: RawSpan, at offset: Int) {
        precondition(offset + octets.byteCount <= 184, "octets outside the record")
        octets.withUnsafeBytes { source in
            var target = mutableSpan
            target.withUnsafeMutableBytes { buffer in
                UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: source)
            }
        }
    }
}
