/// Passive opens (RFC 9293 §3.10.1): listeners, the connections that they begin, and SYN cookies (RFC 4987 §3.6).
extension TCPStack {
    /// OPEN, passive. The endpoint is guarded, and not in LISTEN yet; its address may be the unspecified one.
    ///
    /// - Parameters:
    ///   - backlog: most connections in their handshake at once; beyond it SYN cookies answer.
    ///   - routeMTU: octets of the largest datagram that may be sent to peers other than this host.
    package mutating func listen(
        at local: Endpoint, options: ConnectionOptions, backlog: Int, routeMTU: Int, name: String? = nil
    ) -> ListenerID {
        precondition(listeners[local] == nil, "\(local) is in LISTEN already")
        lastListenerID += 1
        let id = ListenerID(rawValue: lastListenerID)
        var listener = Listener(id: id, local: local, options: options, backlog: backlog, routeMTU: routeMTU)
        listener.name = name
        listeners[local] = listener
        return id
    }

    /// Ends a listener. Its connections go on, except those still in their handshake, which are reset, or vanish where that is a habit.
    package mutating func unlisten(_ id: ListenerID, at now: Instant, wall: Int64) {
        guard let listener = listener(id) else { return }
        for connection in table.liveConnections where connection.listener == id && connection.standing.isHalfOpen {
            if connection.options.habits.dropsHandshakesSilently {
                connection.vanish(.aborted, at: now)
            } else {
                connection.abort(.aborted, at: now)
            }
            settle(connection, at: now, wall: wall)
        }
        listeners[listener.local] = nil
        events.append(.unlistened(id))
    }

    /// The listener with this id.
    package func listener(_ id: ListenerID) -> Listener? { listeners.values.first { $0.id == id } }
    /// All listeners, oldest first.
    package var allListeners: [Listener] { listeners.values.sorted { $0.id.rawValue < $1.id.rawValue } }

    /// Changes what a listener's future connections start with, or its name.
    package mutating func update(_ id: ListenerID, _ change: (inout Listener) -> Void) {
        guard var listener = listener(id) else { return }
        change(&listener)
        listeners[listener.local] = listener
    }

    /// The listener for a segment to `local`: the exact address first, then the unspecified one.
    func listener(for local: Endpoint) -> Listener? {
        if listeners.isEmpty { return nil }
        return listeners[local] ?? listeners[local.atAnyAddress]
    }

    /// A listener takes in a segment (RFC 9293 §3.10.7.2).
    mutating func deliver(
        _ packet: RawSpan, _ view: inout PacketView, to listener: Listener, at now: Instant, wall: Int64
    ) {
        guard !isUnanswerable(view.tuple) else { return drop(.badAddress) }
        let checksum = view.verifyChecksum(packet)
        if checksum.isAcceptable, let connection = redeemCookie(view, of: listener, at: now) {
            return deliver(packet, &view, to: connection, at: now, wall: wall)
        }
        let record = log.appendReceived(packet, view: view, at: now, wall: wall)
        var (verdict, disposition) =
            checksum.isAcceptable
            ? listener.judge(view.segment) : (Verdict(.badChecksum, .checksum), Listener.Disposition.ignore)
        var connection: Connection?
        if case .accept = disposition, !admitsHalfOpen { disposition = listener.overflow }
        if case .accept = disposition, admitsConnection() {
            let accepted = accept(view.segment, record: record, view.tuple, by: listener, at: now)
            offerFastOpen(accepted, view, packet, record: record, at: now)
            connection = accepted
        }
        log.complete(
            record, verdict: verdict, context: connection.map { context(of: $0, .inbound, at: now) },
            checksum: checksum, before: .listen, after: connection?.state ?? .listen)
        connection?.trail.note(record)
        switch disposition {
        case .accept, .ignore: return
        case .full: counters.limits.halfOpen += 1
        case .reset: answer(.reset(answering: view.segment, record: record), view.tuple, .listen, at: now, wall: wall)
        case .cookie:
            let answer = makeCookie(view, for: listener, record: record, at: now)
            self.answer(answer, view.tuple, .listen, at: now, wall: wall)
        }
    }

    /// Sends a segment that belongs to no connection.
    mutating func answer(
        _ segment: OutgoingSegment, _ tuple: FourTuple, _ state: State, at now: Instant, wall: Int64
    ) {
        emit(segment, in: Envelope(tuple), context: nil, state: state, at: now, wall: wall)
    }

    private mutating func accept(
        _ segment: Segment, record: UInt64, _ tuple: FourTuple, by listener: Listener, at now: Instant
    ) -> Connection {
        let origin = makeOrigin(tuple, by: listener, iss: listener.initialSequence, after: predecessor, at: now)
        let connection = Connection.accepting(segment, record: record, origin, listener.options, at: now)
        begin(connection, by: listener, at: now)
        return connection
    }

    private mutating func makeOrigin(
        _ tuple: FourTuple, by listener: Listener, iss: SequenceNumber?, after predecessor: TimeWaitRecord? = nil,
        at now: Instant
    ) -> Connection.Origin {
        // A peer on this host is reached over loopback, whose packets are long.
        let isLocal = tuple.remote.address.isLoopback || tuple.remote.address == tuple.local.address
        return makeOrigin(
            tuple, routeMTU: isLocal ? Self.loopbackMTU : listener.routeMTU, iss: iss, after: predecessor,
            listener: listener.id, at: now)
    }

    private static let loopbackMTU = 65_535

    private mutating func begin(_ connection: Connection, by listener: Listener, at now: Instant) {
        connection.trail.begin = now
        connection.trail.recordedState = connection.state
        connection.standing.isHalfOpen = true
        listeners[listener.local]?.halfOpen += 1
        halfOpen += 1
        if !listener.payload.isEmpty {
            let taken = connection.write(listener.payload.span.bytes, from: 0, push: true)
            connection.note(.write(octets: UInt32(taken), push: true, urgent: false), at: now)
        }
        table.insert(connection)
        noteCreated(connection, at: now)
        counters.connectionsOpened += 1
        events.append(.began(listener.id, connection.id, connection.tuple.local))
        enqueue(connection)
    }

    /// A listener's connection has left its handshake, one way or the other.
    mutating func noteAccepted(_ connection: Connection) {
        guard let id = connection.listener, connection.state != .synReceived, connection.standing.isHalfOpen else {
            return
        }
        connection.standing.isHalfOpen = false
        halfOpen -= 1
        for local in [connection.tuple.local, connection.tuple.local.atAnyAddress] where listeners[local]?.id == id {
            listeners[local]?.halfOpen -= 1
            if connection.establishedAt != nil { listeners[local]?.accepted.append(connection.id) }
        }
        if connection.establishedAt != nil { events.append(.accepted(id, connection.id)) }
    }

    // MARK: SYN cookies

    /// The SYN,ACK that keeps no state: everything needed stands in its sequence number.
    private mutating func makeCookie(
        _ view: PacketView, for listener: Listener, record: UInt64, at now: Instant
    ) -> OutgoingSegment {
        listeners[listener.local]?.lastCookieAt = now
        counters.cookiesSent += 1
        if listener.options.habits.synCookies == .beyondBacklog { counters.limits.halfOpen += 1 }
        let peerMSS = Int(view.segment.options.maximumSegmentSize ?? 536)
        let cookie = SYNCookie(hash: hash).make(for: view.tuple, irs: view.segment.sequence, mss: peerMSS, at: now)
        var answer = OutgoingSegment(sequence: cookie, flags: [.syn, .ack], cause: .synAck, because: record)
        answer.acknowledgment = view.segment.sequence + 1
        answer.window = UInt16(min(listener.options.receiveBuffer, 65_535))
        answer.options.maximumSegmentSize = UInt16(
            clamping: listener.routeMTU - view.tuple.local.address.family.headers)
        answer.options.order = listener.options.habits.synOptions
        if let stamps = view.segment.options.timestamps, listener.options.timestamps {
            let remembered = CookieOptions(offered: view.segment.options, allowed: listener.options)
            let clock = TimestampState(offset: ConnectionSecrets(of: view.tuple, hash).timestampOffset).value(at: now)
            answer.options.timestamps = SegmentOptions.Timestamps(
                value: remembered.written(into: clock), echo: stamps.value)
            answer.options.sackPermitted = remembered.sack
            answer.options.windowScale = remembered.scale == nil ? nil : min(listener.options.windowScale ?? 0, 14)
        }
        return answer
    }

    /// The connection that an ACK of one of our cookies begins; nil if it acknowledges none.
    private mutating func redeemCookie(_ view: PacketView, of listener: Listener, at now: Instant) -> Connection? {
        let segment = view.segment
        // Only while cookies are about: an ACK out of the blue costs no more than a look at the clock.
        guard segment.flags.intersection([.syn, .ack, .rst]) == .ack, let last = listener.lastCookieAt,
            now - last < SYNCookie.lifetime,
            let mss = SYNCookie(hash: hash).redeem(
                segment.acknowledgment - 1, for: view.tuple, irs: segment.sequence - 1, at: now),
            admitsConnection()
        else { return nil }
        let origin = makeOrigin(view.tuple, by: listener, iss: segment.acknowledgment - 1, at: now)
        var syn = Segment(sequence: segment.sequence - 1, flags: .syn, window: segment.window)
        syn.options.maximumSegmentSize = UInt16(clamping: mss)
        if let stamps = segment.options.timestamps, listener.options.timestamps {
            // Nobody but the peer itself would be deceived by another echo than the one that we sent.
            let remembered = CookieOptions(readFrom: stamps.echo)
            syn.options.timestamps = SegmentOptions.Timestamps(value: stamps.value, echo: 0)
            syn.options.sackPermitted = remembered.sack
            syn.options.windowScale = remembered.scale
        }
        let connection = Connection.accepting(syn, record: 0, origin, listener.options, at: now)
        connection.noteSynSent(at: now)
        begin(connection, by: listener, at: now)
        return connection
    }
}

extension Endpoint {
    /// The same port at the family's unspecified address, where a listener for all addresses stands.
    package var atAnyAddress: Endpoint { Endpoint(address.family == .v4 ? .anyV4 : .anyV6, port) }
}
