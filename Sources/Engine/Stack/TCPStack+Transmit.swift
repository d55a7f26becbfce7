/// Encoding and logging what leaves: the one place where a sent segment gets its record.
extension TCPStack {
    /// Encodes a connection's segment into the outbox, logs it, and tells the connection that it has left.
    mutating func emit(
        _ segment: borrowing OutgoingSegment, of connection: Connection, at now: Instant, wall: Int64
    ) {
        let record = log.isEnabled ? log.newest + 1 : 0
        let before = connection.trail.recordedState
        connection.onTransmitted(segment, record: record, at: now)
        connection.trail.recordedState = connection.state
        if connection.trail.begin == nil { connection.trail.begin = now }
        connection.trail.note(record)
        encode(
            segment, connection.tuple, ttl: connection.options.ttl, dscp: connection.options.dscp,
            context: context(of: connection, .outbound, at: now), before: before, after: connection.state, at: now,
            wall: wall)
        noteState(of: connection, bySegment: true, at: now)
    }

    /// Encodes and logs a segment that no live connection sends.
    mutating func emit(
        _ segment: borrowing OutgoingSegment, _ tuple: FourTuple, ttl: UInt8 = 64, dscp: UInt8 = 0,
        context: RecordContext?, state: State, at now: Instant, wall: Int64
    ) {
        encode(segment, tuple, ttl: ttl, dscp: dscp, context: context, before: state, after: state, at: now, wall: wall)
    }

    private mutating func encode(
        _ segment: borrowing OutgoingSegment, _ tuple: FourTuple, ttl: UInt8, dscp: UInt8, context: RecordContext?,
        before: State, after: State, at now: Instant, wall: Int64
    ) {
        counters.segmentsSent += 1
        counters.repairs.note(segment.cause)
        guard impairments.isIdle else {
            var packet = OutboundPacket(destination: tuple.remote, record: 0)
            Self.write(segment, tuple, ttl: ttl, dscp: dscp, context, into: &packet)
            return impairSent(packet, segment, context: context, before: before, after: after, at: now, wall: wall)
        }
        let place = outbox.makePlace()
        Self.write(segment, tuple, ttl: ttl, dscp: dscp, context, into: &place.pointee)
        record(&place.pointee, segment, context, before: before, after: after, at: now, wall: wall)
    }

    /// Logs a packet that is about to leave. `inout`, for a packet that is read through a pointer would be copied.
    private mutating func record(
        _ packet: inout OutboundPacket, _ segment: borrowing OutgoingSegment, _ context: RecordContext?, before: State,
        after: State, at now: Instant, wall: Int64
    ) {
        packet.record = log.appendSent(
            packet, at: now, wall: wall, context: context, cause: segment.cause, because: segment.because,
            retransmits: segment.retransmits, before: before, after: after)
        echoes.expect(packet)
    }

    /// Says everything that a packet says, but for the number of its record.
    private static func write(
        _ segment: borrowing OutgoingSegment, _ tuple: FourTuple, ttl: UInt8, dscp: UInt8, _ context: RecordContext?,
        into packet: inout OutboundPacket
    ) {
        var fields = SegmentHeaderFields(
            tuple: tuple, sequence: segment.sequence, flags: segment.flags, options: segment.options)
        fields.ttl = ttl
        fields.dscp = dscp
        fields.ecn = segment.codepoint.rawValue
        fields.acknowledgment = segment.acknowledgment
        fields.window = segment.window
        fields.urgentPointer = segment.urgentPointer
        packet.destination = tuple.remote
        packet.connection = context.map { ConnectionID(rawValue: $0.connection) }
        packet.payload = segment.text.0
        packet.continuation = segment.text.1
        fields.encode(into: &packet)
    }

    /// Sends a packet that is encoded and logged already.
    mutating func send(_ packet: consuming OutboundPacket) {
        echoes.expect(packet)
        outbox.append(packet)
    }

    /// What the log must know of the connection to show numbers relative to their beginnings.
    func context(of connection: Connection, _ direction: Direction, at now: Instant) -> RecordContext {
        RecordContext(
            connection: connection.id.rawValue, sequenceBase: connection.iss,
            acknowledgmentBase: connection.irs ?? SequenceNumber(0), origin: connection.trail.begin ?? now,
            windowShift: direction == .outbound ? connection.ownWindowScale : connection.peerScale)
    }
}
