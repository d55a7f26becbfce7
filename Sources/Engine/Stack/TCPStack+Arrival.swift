/// Demultiplexing (RFC 9293 §3.10.7): exact four-tuple, TIME-WAIT, listener, an endpoint that we own, else foreign.
extension TCPStack {
    /// Takes in one IP datagram from the raw socket.
    ///
    /// - Parameters:
    ///   - zone: the interface that it came in by, where its addresses may be link-local ones of IPv6.
    ///   - now: when it arrived, on the monotonic clock.
    ///   - wall: the same moment in nanoseconds since 1970, for the log.
    package mutating func receive(_ packet: RawSpan, zone: UInt32 = 0, at now: Instant, wall: Int64) {
        counters.segmentsReceived += 1
        let isEcho = fold(packet, wall: wall)
        var view: PacketView
        do { view = try PacketView(parsing: packet) } catch { return drop(isEcho ? .echo : .malformed) }
        if zone != 0 { view.place(in: zone) }
        if !impairments.isIdle, impairReceived(packet, view, at: now, wall: wall) { return }
        dispatch(packet, &view, isEcho: isEcho, at: now, wall: wall)
    }

    /// Gives a segment to whom it is for. What we have sent to ourselves is both: an echo, and a segment that arrives.
    mutating func dispatch(
        _ packet: RawSpan, _ view: inout PacketView, isEcho: Bool = false, at now: Instant, wall: Int64
    ) {
        if dropsSynFin, view.segment.flags.isSuperset(of: [.syn, .fin]) { return drop(.malformed) }
        let tuple = view.tuple
        switch table.holder(of: tuple) {
        case .live(let connection): return deliver(packet, &view, to: connection, at: now, wall: wall)
        case .timeWait(let record): return deliver(packet, &view, toTimeWait: record, at: now, wall: wall)
        case nil: break
        }
        if let listener = listener(for: tuple.local) {
            deliver(packet, &view, to: listener, at: now, wall: wall)
        } else if listenedTo.contains(tuple.local) {
            logReply(packet, &view, at: now, wall: wall)
        } else if owned.contains(tuple.local) || owned.contains(tuple.local.atAnyAddress) {
            answerAsClosed(packet, &view, at: now, wall: wall)
        } else {
            if !followed.isEmpty, observe(packet, &view, at: now, wall: wall) { return }
            // Never answered: the kernel, or another program, speaks for that endpoint.
            drop(isEcho || isOurs(tuple.remote, tuple.local) ? .echo : .foreign)
        }
    }

    /// The packet's source is an endpoint of ours: the loopback device hands back what we sent.
    private func isOurs(_ source: Endpoint, _ destination: Endpoint) -> Bool {
        owned.contains(source) || table.live(FourTuple(local: source, remote: destination)) != nil
    }

    mutating func drop(_ reason: DropReason) { counters.dropped[reason, default: 0] += 1 }

    mutating func deliver(
        _ packet: RawSpan, _ view: inout PacketView, to connection: Connection, at now: Instant, wall: Int64
    ) {
        let checksum = view.verifyChecksum(packet)
        let record = log.appendReceived(packet, view: view, at: now, wall: wall)
        let before = connection.state
        let verdict: Verdict
        if checksum.isAcceptable {
            if !connection.registered.isEmpty { connection.registered.note(view.segment.options.extra) }
            let text = packet.extracting(view.payloadOffset..<(view.payloadOffset + view.payloadLength))
            verdict = arrive(view, text: text, record: record, at: connection, now)
        } else {
            verdict = Verdict(.badChecksum, .checksum)
            drop(.badChecksum)
        }
        log.complete(
            record, verdict: verdict, context: context(of: connection, .inbound, at: now), checksum: checksum,
            before: before, after: connection.state)
        connection.trail.note(record)
        connection.trail.recordedState = connection.state
        noteState(of: connection, bySegment: true, at: now)
        settle(connection, at: now, wall: wall)
    }

    /// One of the addresses names no single host, so the segment is dropped in silence (RFC 1122 §3.2.1.3).
    ///
    /// RFC 9293 §3.9.2.3, MUST-63: "An incoming SYN with an invalid source address MUST be ignored", and MUST-57: "MUST silently
    /// discard an incoming SYN segment that is addressed to a broadcast or multicast address".
    func isUnanswerable(_ tuple: FourTuple) -> Bool {
        namesNoHost(tuple.remote.address) || namesNoHost(tuple.local.address)
    }

    private func namesNoHost(_ address: IPAddress) -> Bool {
        address.isMulticast || address.isUnspecified || address.isLimitedBroadcast || broadcasts.contains(address)
    }

    /// CLOSED (RFC 9293 §3.10.7.1): "all data in the incoming segment is discarded. An incoming segment containing a RST is
    /// discarded. An incoming segment not containing a RST causes a RST to be sent in response." We answer for the kernel,
    /// because our guard has silenced it.
    private mutating func answerAsClosed(_ packet: RawSpan, _ view: inout PacketView, at now: Instant, wall: Int64) {
        guard !isUnanswerable(view.tuple) else { return drop(.badAddress) }
        let checksum = view.verifyChecksum(packet)
        let record = log.appendReceived(packet, view: view, at: now, wall: wall)
        let verdict = checksum.isAcceptable ? Verdict(.unknownConnection, .closed) : Verdict(.badChecksum, .checksum)
        log.complete(
            record, verdict: verdict, context: nil, checksum: checksum, before: .closed, after: .closed)
        guard checksum.isAcceptable else { return drop(.badChecksum) }
        guard !view.segment.flags.contains(.rst) else { return }
        answer(.reset(answering: view.segment, record: record), view.tuple, .closed, at: now, wall: wall)
    }
}
