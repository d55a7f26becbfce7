import OrderedCollections

/// Impairments at the two points where segments pass: before a received one is given to anybody, and after a sent one has
/// been encoded.
extension TCPStack {
    // MARK: Out

    /// Logs a segment that is about to leave, and lets the impairments have their way with it.
    mutating func impairSent(
        _ packet: OutboundPacket, _ segment: borrowing OutgoingSegment, context: RecordContext?, before: State,
        after: State, at now: Instant, wall: Int64
    ) {
        var packet = packet
        let octets = packet.octets
        let facts = SegmentFacts(
            direction: .outbound, connection: packet.connection, flags: segment.flags,
            textLength: segment.textLength, length: octets.count,
            headerOffset: packet.destination.address.family == .v4 ? 20 : 40, textOffset: packet.headerLength,
            isRetransmission: segment.cause.isRetransmission)
        var fate = impairments.judge(facts, at: now)
        var checksum = ChecksumVerdict.good
        if let damage = fate.damage { (packet, checksum) = Self.damaged(packet, octets, damage) }
        if fate.due != nil, !impairments.hasRoom(for: packet.length), let note = fate.note {
            fate.isDropped = true
            fate.note = RecordNote(impairment: note.impairment, action: .dropped, onWire: false)
        }
        log.note = fate.note
        log.appendSent(
            &packet, at: now, wall: wall, context: context, cause: segment.cause, because: segment.because,
            retransmits: segment.retransmits, before: before, after: after, checksum: checksum)
        let traveller = Impairments.Traveller.outbound(packet, cause: segment.cause, connection: packet.connection)
        if let name = fate.holder {
            impairments.hold(traveller, record: packet.record, by: name, at: now)
        } else if !fate.isDropped, let due = fate.due, let note = fate.note {
            impairments.park(traveller, note: note, until: due, gap: fate.gap, .outbound)
        }
        guard !fate.isDropped, fate.holder == nil else { return }
        if fate.due == nil {
            impairments.noteOvertaking(.outbound, at: now)
            send(packet)
        }
        for note in fate.copies {
            sendCopy(of: packet, segment, note, due: fate.due, context: context, state: after, at: now, wall: wall)
        }
    }

    private static func damaged(
        _ packet: OutboundPacket, _ octets: [UInt8], _ damage: Damage
    ) -> (OutboundPacket, ChecksumVerdict) {
        var octets = octets
        damage.apply(to: &octets)
        var changed = OutboundPacket(octets, destination: packet.destination)
        changed.connection = packet.connection
        let verdict = (try? PacketHeaders(octets))?.checksumVerdict(octets)
        return (changed, verdict ?? .unverifiable)
    }

    private mutating func sendCopy(
        of packet: OutboundPacket, _ segment: borrowing OutgoingSegment, _ note: RecordNote, due: Instant?,
        context: RecordContext?, state: State, at now: Instant, wall: Int64
    ) {
        var copy = packet
        log.note = note
        log.appendSent(
            &copy, at: now, wall: wall, context: context, cause: segment.cause, because: segment.because,
            retransmits: packet.record, before: state, after: state)
        guard let due else { return send(copy) }
        let traveller = Impairments.Traveller.outbound(copy, cause: segment.cause, connection: copy.connection)
        impairments.park(traveller, note: note, until: due, gap: nil, .outbound)
    }

    // MARK: In

    /// Lets the impairments have their way with a segment that has come for us; false if they leave it alone.
    mutating func impairReceived(_ packet: RawSpan, _ view: PacketView, at now: Instant, wall: Int64) -> Bool {
        guard isForUs(view.tuple) else { return false }
        let connection = table.holder(of: view.tuple)?.id
        let facts = SegmentFacts(
            direction: .inbound, connection: connection, flags: view.segment.flags, textLength: view.payloadLength,
            length: view.payloadOffset + view.payloadLength, headerOffset: view.headerLength,
            textOffset: view.payloadOffset)
        let fate = impairments.judge(facts, at: now)
        guard let note = fate.note else {
            impairments.noteOvertaking(.inbound, at: now)
            guard !fate.copies.isEmpty else { return false }
            var first = view
            dispatch(packet, &first, at: now, wall: wall)
            for note in fate.copies { arrive(packet, zone: view.zone, note: note, at: now, wall: wall) }
            return true
        }
        var octets = packet.readOctets(0..<facts.length)
        if let damage = fate.damage {
            Self.fillInChecksum(&octets, view)
            damage.apply(to: &octets)
        }
        if fate.isDropped || fate.holder != nil || fate.due != nil && !impairments.hasRoom(for: octets.count) {
            let record = logImpaired(packet, view, note, at: now, wall: wall)
            if let name = fate.holder {
                impairments.hold(.inbound(octets, zone: view.zone), record: record, by: name, at: now)
            }
            return true
        }
        let all = [note] + fate.copies
        for note in all {
            guard let due = fate.due else {
                arrive(octets.span.bytes, zone: view.zone, note: note, at: now, wall: wall)
                continue
            }
            impairments.park(.inbound(octets, zone: view.zone), note: note, until: due, gap: fate.gap, .inbound)
        }
        if fate.due == nil { impairments.noteOvertaking(.inbound, at: now) }
        return true
    }

    private func isForUs(_ tuple: FourTuple) -> Bool {
        table.holder(of: tuple) != nil || listener(for: tuple.local) != nil
            || listenedTo.contains(tuple.local) || owned.contains(tuple.local)
            || owned.contains(tuple.local.atAnyAddress)
    }

    /// A local sender leaves the checksum to hardware that the segment never meets: damage would go unnoticed, were it not
    /// filled in first.
    private static func fillInChecksum(_ octets: inout [UInt8], _ view: PacketView) {
        var view = view
        guard view.verifyChecksum(octets.span.bytes) == .offloaded,
            let right = (try? PacketHeaders(octets))?.rightChecksum(octets)
        else { return }
        octets[view.headerLength + 16] = UInt8(right >> 8)
        octets[view.headerLength + 17] = UInt8(truncatingIfNeeded: right)
    }

    /// The record of a segment that goes no further.
    private mutating func logImpaired(
        _ packet: RawSpan, _ view: PacketView, _ note: RecordNote, at now: Instant, wall: Int64
    ) -> UInt64 {
        var view = view
        let checksum = view.verifyChecksum(packet)
        let connection = table.live(view.tuple)
        let state = connection?.state ?? .closed
        let isHeld = note.action == .held
        log.note = RecordNote(
            impairment: note.impairment, action: isHeld ? .held : .dropped, onWire: note.onWire)
        let record = log.appendReceived(packet, view: view, at: now, wall: wall)
        log.complete(
            record, verdict: Verdict(.impaired, .none),
            context: connection.map { context(of: $0, .inbound, at: now) }, checksum: checksum, before: state,
            after: state)
        connection?.trail.note(record)
        return record
    }

    /// Gives a segment to whom it is for, late or changed, with a record that says so.
    private mutating func arrive(
        _ packet: RawSpan, zone: UInt32, note: RecordNote, at now: Instant, wall: Int64
    ) {
        guard var view = try? PacketView(parsing: packet) else { return drop(.malformed) }
        view.place(in: zone)
        log.note = note
        dispatch(packet, &view, at: now, wall: wall)
        // Nobody's any more: no record has taken it.
        log.note = nil
    }

    // MARK: Going on

    /// Lets the segments go on whose time has come.
    mutating func advanceImpairments(to now: Instant, wall: Int64) {
        while let due = impairments.popDue(at: now) {
            switch due.traveller {
            case .outbound(let packet, _, _): send(packet)
            case .inbound(let octets, let zone):
                arrive(octets.span.bytes, zone: zone, note: due.note, at: now, wall: wall)
            }
        }
    }

    /// Lets held segments go on, edited if wished: all, or the one of this record. Returns their new records.
    mutating func release(
        heldBy name: String, record: UInt64?, edit: ((inout CraftedSegment) -> Void)?, at now: Instant, wall: Int64
    ) -> [UInt64] {
        guard let number = impairments.all[name]?.number else { return [] }
        return impairments.takeHeld(by: name, record: record).map { found in
            let note = RecordNote(
                impairment: number, action: edit == nil ? .held : .edited, onWire: true, original: found.record)
            switch found.held.traveller {
            case .outbound(let packet, let cause, let id):
                let octets = Self.edited(packet.octets, edit) ?? packet.octets
                return resend(octets, packet.destination, cause, id, note, at: now, wall: wall)
            case .inbound(let octets, let zone):
                var note = note
                note.onWire = edit == nil
                let changed = Self.edited(octets, edit) ?? octets
                // The answers to it follow at once, with records of their own.
                let number = log.newest + 1
                arrive(changed.span.bytes, zone: zone, note: note, at: now, wall: wall)
                return number
            }
        }
    }

    private static func edited(_ octets: [UInt8], _ edit: ((inout CraftedSegment) -> Void)?) -> [UInt8]? {
        guard let edit, var segment = CraftedSegment(octets) else { return nil }
        edit(&segment)
        return segment.datagrams[0]
    }

    private mutating func resend(
        _ octets: [UInt8], _ destination: Endpoint, _ cause: Cause, _ id: ConnectionID?, _ note: RecordNote,
        at now: Instant, wall: Int64
    ) -> UInt64 {
        var packet = OutboundPacket(octets, destination: destination)
        packet.connection = id
        let connection = id.flatMap { table[$0] }
        let state = connection?.state ?? .closed
        log.note = note
        let record = log.appendSent(
            &packet, at: now, wall: wall, context: connection.map { context(of: $0, .outbound, at: now) },
            cause: cause, because: nil, retransmits: note.original, before: state, after: state,
            checksum: (try? PacketHeaders(octets))?.checksumVerdict(octets) ?? .unverifiable)
        connection?.trail.note(record)
        send(packet)
        return record
    }
}

/// Commands and getters for impairments.
extension TCPStack {
    /// Adds an impairment behind the others.
    package mutating func impair(_ settings: ImpairmentSettings) {
        impairments.insert(Impairment(settings, number: log.number(ofImpairment: settings.name)))
    }

    /// Changes the impairment of this name.
    package mutating func updateImpairment(_ settings: ImpairmentSettings) { impairments.update(settings) }

    /// Removes an impairment; what it holds is lost.
    package mutating func removeImpairment(_ name: String) { impairments.remove(name) }

    /// Lets what an impairment holds go on: all, or the segment of this record; returns the new records.
    package mutating func releaseHeld(
        by name: String, record: UInt64?, at now: Instant, wall: Int64, edit: ((inout CraftedSegment) -> Void)? = nil
    ) -> [UInt64] {
        release(heldBy: name, record: record, edit: edit, at: now, wall: wall)
    }

    /// The impairments in the order in which segments meet them, with what each has met.
    package var impairmentList: [(settings: ImpairmentSettings, ordinal: UInt64, counters: ImpairmentCounters)] {
        impairments.all.values.map { ($0.settings, $0.ordinal, $0.counters) }
    }

    /// The records of the segments that an impairment holds, and since when.
    package func heldSegments(by name: String) -> [(record: UInt64, since: Instant)] {
        impairments.held.filter { $0.value.impairment == name }.map { ($0.key, $0.value.since) }
    }
}
