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
        let envelope = Envelope(connection.tuple, ttl: connection.options.ttl, dscp: connection.options.dscp)
        encode(
            segment, in: envelope, of: connection, context: context(of: connection, .outbound, at: now), before: before,
            after: connection.state, at: now, wall: wall)
        noteState(of: connection, bySegment: true, at: now)
    }

    /// Encodes and logs a segment that no live connection sends.
    mutating func emit(
        _ segment: borrowing OutgoingSegment, in envelope: Envelope, context: RecordContext?, state: State,
        at now: Instant, wall: Int64
    ) {
        encode(
            segment, in: envelope, of: nil, context: context, before: state, after: state, at: now, wall: wall)
    }

    private mutating func encode(
        _ segment: borrowing OutgoingSegment, in envelope: Envelope, of connection: Connection?,
        context: RecordContext?, before: State, after: State, at now: Instant, wall: Int64
    ) {
        counters.segmentsSent += 1
        counters.repairs.note(segment.cause)
        guard impairments.isIdle else {
            var packet = OutboundPacket(destination: envelope.tuple.remote, record: 0)
            Self.write(segment, in: envelope, of: connection, context, into: &packet)
            return impairSent(packet, segment, context: context, before: before, after: after, at: now, wall: wall)
        }
        let place = outbox.makePlace()
        Self.write(segment, in: envelope, of: connection, context, into: &place.pointee)
        log.appendSent(
            &place.pointee, at: now, wall: wall, context: context, cause: segment.cause, because: segment.because,
            retransmits: segment.retransmits, before: before, after: after)
        if echoes.isObserving { echoes.expect(place.pointee) }
    }

    /// Says everything that a packet says, but for the number of its record. The packet has no payload yet.
    private static func write(
        _ segment: borrowing OutgoingSegment, in envelope: Envelope, of connection: Connection?,
        _ context: RecordContext?, into packet: inout OutboundPacket
    ) {
        packet.destination = envelope.tuple.remote
        packet.connection = context.map { ConnectionID(rawValue: $0.connection) }
        if segment.textLength > 0, let connection {
            (packet.payload, packet.continuation) = connection.sendBuffer.slices(
                from: segment.textPosition, length: segment.textLength)
        }
        segment.encode(in: envelope, into: &packet)
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
