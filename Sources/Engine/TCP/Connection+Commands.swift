/// What the user may ask for (RFC 9293 §3.10.2 – §3.10.5).
extension Connection {
    /// SEND: takes as many octets, from `offset` on, as the send buffer holds, and returns how many.
    ///
    /// The state must allow it (`state.maySend`, and no CLOSE before).
    package func write(_ octets: RawSpan, from offset: Int, push: Bool, urgent: Bool = false) -> Int {
        precondition(mayWrite, "SEND in \(state)")
        let start = sendBuffer.end
        let end = offset + takeMemory(octets.byteCount - offset)
        let taken = sendBuffer.append(octets.extracting(..<end), from: offset)
        if urgent, taken > 0 { self.urgent.sendEnd = sendBuffer.end }
        let pushesEnd = push && offset + taken == octets.byteCount
        if pushesEnd { pushPosition = sendBuffer.end }
        if options.habits.remembersPushes, taken > 0 { notePushes(from: start, pushesEnd: pushesEnd) }
        if taken > 0 { trigger = nil }
        return taken
    }

    /// SEND is allowed.
    package var mayWrite: Bool { closure == .open && state.maySend }

    /// What is written leaves before the handshake is over (RFC 7413 §4.2.2).
    package var mayWriteEarly: Bool { state == .synReceived && fastOpen.isAdmitted }

    /// RECEIVE: copies up to `limit` octets in order, from the stream position `position` on.
    package func read(from position: UInt64, limit: Int) -> [UInt8] {
        let octets = reassembly.read(from: position, limit: limit)
        readPosition = max(readPosition, position + UInt64(octets.count))
        return octets
    }

    /// The stream positions that can be read: oldest kept, and behind the newest in order.
    package var readable: Range<UInt64> { reassembly.start..<reassembly.next }

    /// Gives up received octets before `position`, and so opens the window.
    package func release(before position: UInt64, at now: Instant) {
        reassembly.release(before: position)
        $memory.change { $0.release(before: position) }
        readPosition = max(readPosition, position)
        guard state.mayReceiveText, debt == .none || debt == .delayed else { return }
        guard let cause = $memory.isSet ? answerToRead() : widerWindow else { return }
        debt = .due(cause)
        if cause == .windowUpdate { trigger = nil }
    }

    /// RFC 9293 §3.8.6.2.2 says when a wider window may be told; two segments keep small reads from sending an ACK each.
    private var widerWindow: Cause? {
        guard let receive else { return nil }
        let growth = receive.possibleGrowth(space: freeReceiveSpace)
        if options.habits.tellsWidthSparingly { return isWorthTelling(growth) ? .windowUpdate : nil }
        return growth >= min(options.receiveBuffer / 2, 2 * mss) ? .windowUpdate : nil
    }

    /// FreeBSD's tcp_output(): from two segments on where they are a quarter of the buffer, or little is left, or the buffer is
    /// small.
    private func isWorthTelling(_ growth: Int) -> Bool {
        guard debt != .delayed else { return false }
        let buffer = options.receiveBuffer
        if 2 * growth >= buffer { return true }
        return growth >= 2 * mss && (growth >= buffer / 4 || freeReceiveSpace <= buffer / 8 || buffer <= 8 * mss)
    }

    /// CLOSE (RFC 9293 §3.10.4). A second one changes nothing, but that it may end the reading.
    ///
    /// - Parameter endsReading: the user will read no more, MAY-1's "half-duplex" close; text that is or comes unread is lost.
    package func close(endsReading: Bool = false, at now: Instant) {
        if endsReading, state.mayReceiveText || state == .closeWait {
            // RFC 9293 §3.6.1, SHLD-3: "If such a host issues a CLOSE call while received data is still pending …, its TCP
            // implementation SHOULD send a RST to show that data was lost".
            guard readPosition >= reassembly.next else { return abort(.aborted, at: now) }
            refusesText = true
            limitFinWait2(at: now)
        }
        guard closure == .open else { return }
        trigger = nil
        switch state {
        case .closed, .timeWait: return
        case .listen, .synSent: becomeClosed(.aborted, at: now)
        case .synReceived, .closeWait: closure = .requested
        case .established:
            closure = .requested
            // "In any case, enter FIN-WAIT-1 state."
            transition(to: .finWait1)
        case .finWait1, .finWait2, .closing, .lastAck: return
        }
    }

    /// After CLOSE: the user will not even read.
    package func abandon(at now: Instant) {
        hasNoReader = true
        limitFinWait2(at: now)
    }

    /// ABORT (RFC 9293 §3.10.5): a RST goes out where the peer may know of the connection.
    package func abort(_ reason: CloseReason, at now: Instant) {
        trigger = nil
        switch state {
        case .synReceived, .established, .finWait1, .finWait2, .closeWait: owesReset = true
        // The RFC sends nothing here; we do, since an abort shall free the peer as well.
        case .closing, .lastAck: owesReset = true
        case .closed, .listen, .synSent, .timeWait: break
        }
        becomeClosed(reason, at: now)
    }

    /// Ends without a word; what the peer sends from now on finds no connection.
    package func vanish(_ reason: CloseReason, at now: Instant) {
        trigger = nil
        becomeClosed(reason, at: now)
    }

    /// "<SEQ=SND.NXT><CTL=RST>", with an ACK as everybody sends it, so that RFC 5961 peers take it at once.
    func makeReset(at now: Instant) -> OutgoingSegment {
        var reset = OutgoingSegment(sequence: send.nxt, flags: [.rst, .ack], cause: .rst, because: trigger)
        reset.acknowledgment = receive?.nxt ?? SequenceNumber(0)
        // RFC 7323 §3.2: the option "SHOULD be sent in an <RST> segment", so that the peer need not ask whether it is new.
        if negotiated.timestamps { reset.options.timestamps = timestamps.option(at: now) }
        if options.habits.tellsWindowInReset { reset.window = makeAcknowledgment(.rst, at: now).window }
        return reset
    }

    /// How long the handshake may take.
    package var handshakePatience: Interval { userTimeoutForSyn }

    /// Octets wait that have not left yet; behind the end nothing waits.
    package var hasUnsentText: Bool { closedAt == nil && unsentText > 0 }
    /// The most text that fits into one segment.
    package var maximumSegmentText: Int { maximumText }

    /// SEND would take at least one octet.
    package var hasSendSpace: Bool { sendBuffer.available > 0 }

    /// Octets that the receive side can still take.
    var freeReceiveSpace: Int { options.receiveBuffer - reassembly.readable }
}

/// The stream positions that callers speak of.
extension Connection {
    /// Octets accepted from the user.
    package var acceptedPosition: UInt64 { sendBuffer.end }
    /// Octets acknowledged by the peer.
    package var acknowledgedPosition: UInt64 { closedAt == nil ? sendBuffer.start : finalProgress.acknowledged }
    /// Octets that have left at least once.
    package var sentPosition: UInt64 { closedAt == nil ? nextTextPosition : finalProgress.sent }
    /// The sequence number of stream position `position`.
    package func sequence(of position: UInt64) -> SequenceNumber {
        send.iss + 1 + Int(truncatingIfNeeded: position)
    }
    /// SND.WND
    package var peerWindow: Int { send.wnd }

    /// The stream position at SND.NXT.
    var nextTextPosition: UInt64 {
        let text: Int
        switch closure {
        case .sent: text = send.nxt - firstTextSequence - 1
        case .acknowledged: text = 0
        case .open, .requested: text = send.nxt - firstTextSequence
        }
        return sendBuffer.start + UInt64(max(text, 0))
    }
    /// The sequence number of the oldest octet in the send buffer.
    var firstTextSequence: SequenceNumber { send.isSynAcknowledged ? send.una : send.iss + 1 }

    /// Octets of text that have not been sent yet.
    var unsentText: Int { Int(sendBuffer.end - nextTextPosition) }
    /// Our FIN has been acknowledged, or there was none and the connection is over in another way.
    package var isFinAcknowledged: Bool { closure == .acknowledged }
    /// CLOSE has been called.
    package var isCloseRequested: Bool { closure != .open }
    /// Our FIN has left.
    package var isFinSent: Bool { closure == .sent || closure == .acknowledged }
}
