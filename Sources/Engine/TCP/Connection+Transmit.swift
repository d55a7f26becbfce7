/// What goes out, and in which order (RFC 9293 §3.7, §3.8.6).
extension Connection {
    /// An answer must leave at once, in front of everything else; asked for after each arrival and command.
    package var hasImmediate: Bool { owesReset || $immediate.isSet }

    /// Makes that answer, which `hasImmediate` has told of.
    package func takeImmediate(at now: Instant) -> OutgoingSegment {
        defer {
            owesReset = false
            immediate = nil
        }
        guard !owesReset, var answer = immediate else { return makeReset(at: now) }
        complete(&answer, at: now)
        return answer
    }

    /// Makes the next segment to send now; false if there is none. Whoever takes it sends it and calls `onTransmitted`.
    package func nextSegment(_ segment: inout OutgoingSegment, at now: Instant) -> Bool {
        guard !waitsForDevice(at: now), chooseSegment(&segment, at: now) else { return false }
        complete(&segment, at: now)
        return true
    }

    /// The ACK of the peer's SYN waits for the end of the batch, and nothing else has been sent.
    package var owesHandshakeAcknowledgment: Bool {
        debt != .none && state == .established && listener == nil && send.nxt == send.iss + 1
    }

    /// Makes that ACK, if its time has come: only this makes the peer ESTABLISHED, as our user has been told that it is.
    package func nextHandshakeAcknowledgment(_ segment: inout OutgoingSegment, at now: Instant) -> Bool {
        guard acknowledgmentDue(&segment, at: now) else { return false }
        complete(&segment, at: now)
        return true
    }

    private func chooseSegment(_ segment: inout OutgoingSegment, at now: Instant) -> Bool {
        switch state {
        case .closed, .listen: return false
        case .timeWait: return acknowledgmentDue(&segment, at: now)
        case .synSent: return nextSyn(&segment, at: now) || nextRetransmission(&segment, at: now)
        case .synReceived:
            if waitsToAnswer { return false }
            if nextSyn(&segment, at: now) || nextRetransmission(&segment, at: now) { return true }
            // RFC 7413 §4.2.2: the server may answer before the handshake is over.
            return fastOpen.isAdmitted && (nextNew(&segment, at: now) || acknowledgmentDue(&segment, at: now))
        case .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck:
            return tailProbe.isDue && nextTailProbe(&segment, at: now) || nextRetransmission(&segment, at: now)
                || $pathSearch.isSet && nextPathProbe(&segment, at: now) || nextNew(&segment, at: now)
                || recovery.isRecovering && nextUnproven(&segment, at: now) || acknowledgmentDue(&segment, at: now)
        }
    }

    /// The segment that `nextSegment` gave has left.
    package func onTransmitted(_ segment: OutgoingSegment, record: UInt64, at now: Instant) {
        let (textLength, length) = (segment.textLength, segment.length)
        counters.segmentsSent += 1
        counters.bytesSent += textLength
        if textLength > 0, segment.retransmits == nil { noteDialogue(at: now) }
        if segment.flags.contains(.ack), let receive {
            if debt != .none || textLength == 0 { $memory.change { $0.onAcknowledged() } }
            lastAckSent = receive.nxt
            if !segment.flags.contains(.syn) { ecn.onHandshakeAnswered() }
            octetsSinceAck = 0
            debt = .none
            timers.stop(.delayedAck)
        }
        guard length > 0 else { return }
        let end = segment.sequence + length
        guard segment.retransmits != nil || end > send.nxt else {
            // An ACK that carries our FIN once more: its answer does not tell which of the two it is for.
            return retransmission.spoilSamples()
        }
        lastSentAt = now
        noteForRecovery(segment, at: now)
        if segment.retransmits != nil {
            retransmission.onRetransmitted(segment.sequence, record: record, at: now)
        } else {
            send.advanceNxt(to: end)
            if textLength > 0, textLength < maximumText { smallEnd = end }
            retransmission.append(SentSegment(segment, record: record, at: now))
            changes.insert(.sent)
            if segment.flags.contains(.fin) { onFinSent() }
        }
        armAfterTransmission(of: segment, at: now)
    }

    /// New text leaves: does it answer the peer's?
    private func noteDialogue(at now: Instant) {
        guard options.habits.delaysOnceInteractive else { return }
        let isAnswer = lastTextAt.map { now - $0 < options.habits.ackDelay } ?? false
        if isAnswer || debt != .none { isInteractive = true }
    }

    private func onFinSent() {
        closure = .sent
        // RFC 9293 §3.10.4, CLOSE-WAIT: "then send a FIN segment, enter LAST-ACK state."
        if state == .closeWait { transition(to: .lastAck) }
    }

    // MARK: Handshake

    private func nextSyn(_ syn: inout OutgoingSegment, at now: Instant) -> Bool {
        guard send.nxt == send.iss else { return false }
        makeSyn(&syn, at: now)
        addFastOpen(to: &syn)
        return true
    }

    // MARK: Repetitions

    private func nextRetransmission(_ segment: inout OutgoingSegment, at now: Instant) -> Bool {
        guard retransmission.hasLost, var lost = retransmission.firstLost else { return false }
        if lost.hasSyn {
            makeSyn(&segment, at: now)
            segment.retransmits = lost.record
            if lost.repeatCause == .rto { segment.cause = .rto }
            return true
        }
        if lost.textLength > maximumText {
            // The path has become narrower since.
            retransmission.split(lost.sequence, behind: maximumText)
            lost = retransmission.firstLost ?? lost
        }
        guard mayRepeat(lost), !isPaced(at: now) else { return false }
        makeRepetition(&segment, of: lost, cause: lost.repeatCause, at: now)
        return true
    }

    /// One segment may always go: the timer or the duplicate ACKs have asked for it.
    private func mayRepeat(_ lost: SentSegment) -> Bool {
        guard !frto.holdsRepetitions else { return false }
        if retransmission.pipe == 0 || retransmission.pipe + lost.length <= congestion.window { return true }
        return lost.sequence == send.una && (!lost.wasRepeated || lost.repeatCause == .rto)
    }

    /// A segment with what an earlier one carried.
    func makeRepetition(_ segment: inout OutgoingSegment, of sent: SentSegment, cause: Cause, at now: Instant) {
        makeSegment(&segment, at: sent.sequence, cause: cause, at: now)
        let position = sendBuffer.start + UInt64(sent.sequence - firstTextSequence)
        segment.textPosition = position
        segment.textLength = sent.textLength
        leaveRoomForText(&segment)
        if sent.hasFin { segment.flags.insert(.fin) }
        if options.habits.ecn.repetitionsTellReduction, ecn.owesReduced { segment.flags.insert(.cwr) }
        if sent.textLength > 0, isPushed(from: position, length: sent.textLength) { segment.flags.insert(.psh) }
        segment.retransmits = sent.record
    }

    // MARK: New text and FIN

    private func nextNew(_ segment: inout OutgoingSegment, at now: Instant) -> Bool {
        let unsent = unsentText
        let wantsFin = closure == .requested
        guard unsent > 0 || wantsFin, !isPaced(at: now) else {
            burstBeganIdle = false
            return false
        }
        if send.inFlight == 0 { burstBeganIdle = true }
        let probe = windowProbe.isDue
        windowProbe.isDue = false
        // Who is held up by the peer's window does not idle.
        if !probe, !timers.isRunning(.persist) { restartAfterIdle(at: now) }
        let allowance = usableAllowance
        if probe, options.habits.probesWithoutText, send.usableWindow <= 0 {
            // Its refusal is all that it asks for; nothing is outstanding afterwards.
            armPersist(at: now)
            makeSegment(&segment, at: send.una - 1, cause: .windowProbe, at: now)
            return true
        }
        let length = probe && allowance <= 0 ? min(unsent, 1) : min(nextRun, max(allowance, 0), maximumText)
        // Only the peer's window counts a FIN: it has no text that the congestion window would have to hold back.
        let takesFin = wantsFin && length == unsent && (send.usableWindow > length || (probe && length == 0))
        guard probe || isWorthSending(length, of: unsent, withFin: takesFin) else {
            burstBeganIdle = false
            holdBack(at: now)
            return false
        }
        guard length > 0 || takesFin else { return false }
        makeText(&segment, length: length, cause: length > 0 ? .data : .fin, at: now)
        if probe, send.wnd == 0 { segment.cause = .windowProbe }
        // Nothing more came in time: the receiver shall not wait for it either.
        if (probe && length == unsent) || endsBurst(length, of: min(unsent, allowance), at: now) {
            segment.flags.insert(.psh)
        }
        markCapable(&segment)
        if takesFin { segment.flags.insert(.fin) }
        return true
    }

    /// tcp_tso_autosize(): below 32 << 9 µs the device gets a whole burst in one packet, whose end is the write's.
    private static let shortPath = Interval.microseconds(Int64(32 << 9))

    /// The last full segment of several that leave now, for those who push there.
    private func endsBurst(_ length: Int, of sendable: Int, at now: Instant) -> Bool {
        guard options.habits.pushesBursts, rtt.minimum.map({ $0 >= Self.shortPath }) ?? true, length == maximumText,
            sendable - length < maximumText,
            let last = retransmission.last
        else { return false }
        return last.sentAt == now && last.textLength == maximumText
    }

    /// A segment with the next `length` octets that have not been sent.
    func makeText(_ segment: inout OutgoingSegment, length: Int, cause: Cause, at now: Instant) {
        let position = nextTextPosition
        let length = min(length, run(from: position))
        makeSegment(&segment, at: send.nxt, cause: cause, at: now)
        segment.textPosition = position
        segment.textLength = length
        leaveRoomForText(&segment)
        if length > 0, isPushed(from: position, length: length) { segment.flags.insert(.psh) }
    }

    /// What both the peer's window and the congestion window still allow.
    var usableAllowance: Int {
        let beyond = recovery.limitedTransmit
        // RFC 3042 §2: "The amount of outstanding data would remain less than or equal to the congestion window plus 2
        // segments."
        let window = congestion.window + (beyond > 0 && !negotiated.sack ? beyond * mss : 0)
        return min(send.usableWindow, window - retransmission.pipe)
    }

    /// Silly-window avoidance of the sender (RFC 9293 §3.8.6.2.1) with Nagle's algorithm (§3.7.4) in its place.
    private func isWorthSending(_ length: Int, of unsent: Int, withFin: Bool) -> Bool {
        if withFin { return true }
        guard length > 0 else { return false }
        // (1) "if a maximum-sized segment can be sent"
        if length >= maximumText { return true }
        // What ends a record can't become longer by waiting, and something is behind it.
        if length == nextRun, length < unsent { return true }
        // (2) "or if … all queued data can be sent now", by Nagle's rule only with nothing unacknowledged
        if length == unsent { return cork == .none && !isHeldByNagle }
        // (3) "or if at least a fraction Fs of the maximum window can be sent", Fs = 1/2
        return send.inFlight == 0 && length >= send.largestWindow / 2
    }

    /// RFC 9293 §3.7.4: "the sending TCP endpoint buffers all user data … until the outstanding data has been acknowledged".
    private var isHeldByNagle: Bool {
        guard options.nagle else { return false }
        if options.habits.nagleSparesBursts, burstBeganIdle { return false }
        if options.habits.nagleWaitsForSmall { return smallEnd.map { $0 > send.una } ?? false }
        return send.inFlight > (send.isSynAcknowledged ? 0 : 1)
    }

    /// (4) "or if … the override timeout occurs": nothing is in flight whose ACK would move things on.
    private func holdBack(at now: Instant) {
        guard retransmission.isEmpty, !timers.isRunning(.persist) else { return }
        armPersist(at: now)
        if !timers.isRunning(.userTimeout) { timers[.userTimeout] = now + userTimeoutForData }
    }

    /// RFC 5681 §4.1: after an idle RTO the ACK clock has stopped, and the window starts again.
    private func restartAfterIdle(at now: Instant) {
        guard retransmission.isEmpty, now - lastSentAt > rtt.rto.interval else { return }
        if options.habits.restartsAfterIdle { congestion.onIdle() } else { congestion.onPause(now - lastSentAt) }
        lastSentAt = now
    }

    func isPushed(from position: UInt64, length: Int) -> Bool {
        let end = position + UInt64(length)
        return (position < pushPosition && pushPosition <= end) || endsRecord(at: end) || wasPushed(at: end)
    }

    /// A full-sized segment has no room for SACK blocks; the next ACK carries them.
    func leaveRoomForText(_ segment: inout OutgoingSegment) {
        guard !segment.options.sackBlocks.isEmpty else { return }
        let options = segment.options.sackBlocks.optionLength + 2
        if segment.textLength + options > maximumText { segment.options.sackBlocks = SACKBlocks() }
    }

    // MARK: Acknowledgments

    private func acknowledgmentDue(_ segment: inout OutgoingSegment, at now: Instant) -> Bool {
        guard case .due(let cause) = debt else { return false }
        makeAcknowledgment(&segment, cause, at: now)
        return true
    }

    /// One that must not wait.
    func makeAcknowledgment(_ cause: Cause, at now: Instant) -> OutgoingSegment {
        var segment = OutgoingSegment()
        makeAcknowledgment(&segment, cause, at: now)
        return segment
    }

    /// "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"
    private func makeAcknowledgment(_ segment: inout OutgoingSegment, _ cause: Cause, at now: Instant) {
        // Not behind a probe that the peer's closed window has refused: nothing is acceptable there, and a window that we open
        // meanwhile would never be heard of. With both windows closed neither side would speak again.
        let sequence = isProbing ? send.una : send.nxt
        guard options.habits.acksRepeatFin, closure == .sent, cause != .challengeAck else {
            return makeSegment(&segment, at: sequence, cause: cause, at: now)
        }
        makeSegment(&segment, at: send.nxt - 1, cause: cause, at: now)
        segment.flags.insert(.fin)
    }

    /// An empty segment with everything that a synchronized connection puts into each one.
    func makeSegment(_ segment: inout OutgoingSegment, at sequence: SequenceNumber, cause: Cause, at now: Instant) {
        segment = OutgoingSegment(sequence: sequence, flags: .ack, cause: cause, because: trigger)
        guard let receive else { return }
        segment.acknowledgment = receive.nxt
        segment.window = $memory.isSet ? announceMemory() : announceSpace()
        if negotiated.timestamps { segment.options.timestamps = timestamps.option(at: now) }
        if negotiated.sack { addSACKBlocks(to: &segment.options.sackBlocks) }
        // The three bits stay empty in TIME-WAIT, whose later answers know nothing of them.
        if state != .timeWait { ecn.tell(&segment) }
    }

    /// SEG.WND where octets are counted.
    private func announceSpace() -> UInt16 {
        receive?.announceWindow(
            space: freeReceiveSpace, buffer: options.receiveBuffer, mss: options.habits.announcesAllGrowth ? 1 : mss,
            roundsDown: options.habits.roundsWindowDown) ?? 0
    }
}

extension SentSegment {
    fileprivate init(_ segment: OutgoingSegment, record: UInt64, at now: Instant) {
        self.init(
            sequence: segment.sequence, textLength: segment.textLength, hasSyn: segment.flags.contains(.syn),
            hasFin: segment.flags.contains(.fin), sentAt: now, record: record
        )
    }
}
