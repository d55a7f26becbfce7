/// SEGMENT ARRIVES (RFC 9293 §3.10.7.3 and §3.10.7.4), in the RFC's order and words.
extension Connection {
    /// Takes in one segment.
    ///
    /// - Parameters:
    ///   - record: the segment's number in the log.
    ///   - answered: receives the records of our segments that this one newly acknowledges.
    package func arrive(
        _ segment: Segment, payload: RawSpan, record: UInt64, at now: Instant, answered: inout [UInt64]
    ) -> Verdict {
        counters.segmentsReceived += 1
        keepAlive.onArrival(at: now)
        trigger = record
        let verdict: Verdict
        switch state {
        case .synSent:
            verdict = arriveInSynSent(segment, payload: payload, record: record, at: now, answered: &answered)
        case .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck:
            verdict = arriveSynchronized(segment, payload: payload, record: record, at: now, answered: &answered)
        case .closed, .listen, .timeWait:
            preconditionFailure("the stack answers for \(state)")
        }
        if verdict.cause != .accepted, verdict.cause != .outOfOrder { counters.segmentsDropped += 1 }
        return verdict
    }

    /// RFC 9293 §3.10.7.4, the checks every synchronized connection makes, in order.
    private func arriveSynchronized(
        _ segment: Segment, payload: RawSpan, record: UInt64, at now: Instant, answered: inout [UInt64]
    ) -> Verdict {
        if let verdict = checkSequence(segment, at: now, answered: &answered) { return verdict }  // first
        if let verdict = checkReset(segment, at: now) { return verdict }  // second
        // third: security and compartment are historic, see RFC 9293 A.1
        if let verdict = checkSyn(segment, at: now) { return verdict }  // fourth
        if let verdict = checkAck(segment, at: now, answered: &answered) { return verdict }  // fifth
        noteCodepoint(of: segment)
        noteUrgent(segment)  // sixth
        if let verdict = refuseLateText(segment, at: now) { return verdict }
        let verdict = acceptText(segment, payload: payload, record: record, at: now)  // seventh
        let tookFin = takeFin(segment, at: now)  // eighth
        if options.autoRelease { release(before: reassembly.next, at: now) }
        return tookFin && verdict.cause == .accepted ? Verdict(.accepted, .eighth) : verdict
    }

    // MARK: First, check sequence number

    private func checkSequence(_ segment: Segment, at now: Instant, answered: inout [UInt64]) -> Verdict? {
        // Not before the handshake of a passive open is over: so far nothing but the window stands for the buffer.
        if options.habits.acceptsWholeBuffer, state != .synReceived || listener == nil {
            receive?.accept(upTo: freeReceiveSpace)
        }
        guard let receive else { return Verdict(.outOfWindow, .first) }
        if let verdict = checkTimestamps(segment, at: now) { return verdict }
        if repeatsSyn(segment) {
            // Not the bare ACK that the table below asks for: if the peer's SYN comes again, our SYN,ACK was lost.
            noteRepeatedSyn(segment)
            retransmission.markFirstLost(.synAck)
            return Verdict(.duplicate, .first)
        }
        if completesSimultaneousOpen(segment) {
            return checkAck(segment, at: now, answered: &answered) ?? Verdict(.accepted, .fifth)
        }
        guard isInWindow(segment, receive) else {
            return answerUnacceptable(segment, receive, at: now, answered: &answered)
        }
        // Not from a segment that acknowledges what was never sent: it will be dropped, and its TSval must not outlive it.
        let isEarlyAck = segment.flags.contains(.ack) && segment.acknowledgment > send.nxt
        noteStampProgress(segment)
        if negotiated.timestamps, !isEarlyAck { timestamps.note(segment, lastAckSent: lastAckSent, at: now) }
        return checkOptions(segment, at: now)
    }

    /// RFC 7323 §5.3 R1: an old timestamp, or none although they were negotiated.
    private func checkTimestamps(_ segment: Segment, at now: Instant) -> Verdict? {
        guard negotiated.timestamps, !segment.flags.contains(.rst) else { return nil }
        guard let stamps = segment.options.timestamps else {
            // RFC 7323 §3.2: "If a non-<RST> segment is received without a TSopt, a TCP SHOULD silently drop the segment."
            return options.habits.toleratesMissingTimestamps ? nil : Verdict(.paws, .paws)
        }
        guard timestamps.isOld(stamps, at: now) else { return nil }
        // It was overtaken by text of the peer's, and says nothing that the peer would have to be told.
        let next = receive?.nxt ?? segment.sequence
        let isOldAck = segment.length == 0 && segment.flags.contains(.ack) && segment.sequence < next
        if options.habits.dropsOldAcks, isOldAck { return Verdict(.paws, .paws) }
        challenge(.duplicateAck, at: now)
        return Verdict(.paws, .paws)
    }

    /// "If an incoming segment is not acceptable, an acknowledgment should be sent in reply (unless the RST bit is set)"
    private func answerUnacceptable(
        _ segment: Segment, _ receive: ReceiveSequenceSpace, at now: Instant, answered: inout [UInt64]
    ) -> Verdict {
        if speaksBesideWindow(segment, receive) {
            noteUrgent(segment)
            _ = checkAck(segment, at: now, answered: &answered)
            guard !isOver else { return Verdict(.accepted, .fifth) }
        }
        // Not dropped silently: our ACK may have been lost, and the peer would retransmit forever.
        if segment.textLength > 0, segment.end <= receive.nxt {
            noteCodepoint(of: segment)
            noteDuplicate(segment.sequence, segment.end)
            hurryAcknowledgments()
        }
        // RFC 5961 §4.2 has a SYN challenged wherever it lies.
        let cause = segment.flags.contains(.syn) ? Cause.challengeAck : .duplicateAck
        noteRepeatedAnswer(segment)
        if !segment.flags.contains(.rst) { challenge(cause, at: now) }
        return Verdict(segment.end <= receive.nxt && segment.length > 0 ? .duplicate : .outOfWindow, .first)
    }

    /// An unacceptable segment whose ACK counts all the same, because the window that it lies beside is used up or probed.
    ///
    /// RFC 9293 §3.10.7.4: "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to
    /// accept valid ACKs": a probe of our closed window may carry the ACK that opens the other direction. A peer that has filled
    /// our window speaks from its right edge, and what fills it may be lost: its ACK must not be lost as well. And while both sides
    /// probe, a peer like us acknowledges from its SND.UNA, one octet to the left if we have taken its probe; dropped, neither
    /// would learn that its own probe has arrived.
    private func speaksBesideWindow(_ segment: Segment, _ receive: ReceiveSequenceSpace) -> Bool {
        guard segment.flags.intersection([.ack, .rst, .syn]) == .ack else { return false }
        return (segment.sequence == receive.rightEdge && (receive.wnd == 0 || segment.length == 0))
            || (isProbing && segment.sequence + 1 == receive.nxt)
    }

    /// RFC 9293 §3.1, MUST-7: "TCP implementations MUST be prepared to handle an illegal option length (e.g., zero); a suggested
    /// procedure is to reset the connection and log the error cause". Only behind the first check, so that nobody who does not
    /// know the window can end a connection in this way.
    private func checkOptions(_ segment: Segment, at now: Instant) -> Verdict? {
        guard segment.hasIllegalOptions, !segment.flags.contains(.rst) else { return nil }
        abort(.aborted, at: now)
        return Verdict(.malformed, .malformed)
    }

    /// The peer's SYN has come once more while we wait for the ACK of ours.
    private func repeatsSyn(_ segment: Segment) -> Bool {
        state == .synReceived && segment.flags.intersection([.syn, .ack, .rst]) == .syn
            && segment.sequence == receive?.irs
    }

    /// RFC 9293 §3.5, Figure 8, line 6: in a simultaneous open the peer's SYN comes again, in front of the window, with the
    /// ACK of ours. Only there: behind a passive OPEN it is not acceptable, as the first check says.
    private func completesSimultaneousOpen(_ segment: Segment) -> Bool {
        state == .synReceived && listener == nil
            && segment.flags.intersection([.syn, .ack, .rst, .fin]) == [.syn, .ack]
            && segment.sequence == receive?.irs && segment.textLength == 0
    }

    /// RFC 9293 §3.4, Table 6, and what there is beside it.
    private func isInWindow(_ segment: Segment, _ receive: ReceiveSequenceSpace) -> Bool {
        (receive.isAcceptable(segment) && !reachesTooFar(segment)) || isResetAtClosedWindow(segment)
            || isFinAtClosedWindow(segment)
    }

    /// RFC 9293 §3.4, MUST-66: "A TCP receiver MUST process the RST and URG fields of all incoming segments, even when the
    /// receive window is zero"; SHLD-2 lets a RST carry text.
    private func isResetAtClosedWindow(_ segment: Segment) -> Bool {
        segment.flags.contains(.rst) && receive?.wnd == 0 && segment.sequence == receive?.nxt
    }

    // MARK: Second, check the RST bit

    private func checkReset(_ segment: Segment, at now: Instant) -> Verdict? {
        guard segment.flags.contains(.rst) else { return nil }
        // RFC 5961 §3.2: "If the RST bit is set and the sequence number exactly matches the next expected sequence number
        // (RCV.NXT), then TCP endpoints MUST reset the connection"; else, inside the window, "MUST send an acknowledgment
        // (challenge ACK)".
        guard segment.sequence == receive?.nxt || options.habits.believesAnyReset else {
            challenge(.challengeAck, at: now)
            return Verdict(.outOfWindow, .second)
        }
        becomeClosed(state == .synReceived && !fastOpen.isAdmitted ? .refused : .resetByPeer, at: now)
        return Verdict(.accepted, .second)
    }

    // MARK: Fourth, check the SYN bit

    private func checkSyn(_ segment: Segment, at now: Instant) -> Verdict? {
        guard segment.flags.contains(.syn) else { return nil }
        if options.habits.believesAnySyn {
            // RFC 793 §3.9: "If the SYN is in the window it is an error, send a reset"
            abort(.resetByPeer, at: now)
            return Verdict(.accepted, .fourth)
        }
        // "SYN-RECEIVED STATE: If the connection was initiated with a passive OPEN, then return this connection to the LISTEN
        // state and return." The listener is there already.
        if state == .synReceived, listener != nil {
            becomeClosed(.refused, at: now)
            return Verdict(.accepted, .fourth)
        }
        // RFC 5961 §4.2: "irrespective of the sequence number, TCP endpoints MUST send a challenge ACK to the remote peer"
        challenge(.challengeAck, at: now)
        return Verdict(.outOfWindow, .fourth)
    }

    // MARK: Seventh, process the segment text

    /// Takes the part of the text that is new and inside the window; what came early waits for its turn.
    @discardableResult
    func acceptText(_ segment: Segment, payload: RawSpan, record: UInt64, at now: Instant) -> Verdict {
        guard segment.textLength > 0, let receive else { return Verdict(.accepted, .fifth) }
        // CLOSE-WAIT and later: "This should not occur since a FIN has been received from the remote side. Ignore."
        let isFastOpen = state == .synReceived && negotiated.fastOpen
        guard state.mayReceiveText || isFastOpen, !isReceiveFinal else { return Verdict(.outOfWindow, .seventh) }
        let textStart = segment.sequence + (segment.flags.contains(.syn) ? 1 : 0)
        let skipped = max(0, receive.nxt - textStart)
        noteDuplicate(textStart, textStart + min(skipped, segment.textLength))
        let excess = $memory.isSet ? 0 : max(0, (textStart + segment.textLength) - receive.rightEdge)
        if hasNoReader, skipped < segment.textLength - excess { return refuseText(segment, at: now) }
        guard skipped < segment.textLength - excess else {
            debt = .due(.ack)
            return Verdict(.duplicate, .seventh)
        }
        let text = payload.extracting(skipped..<(segment.textLength - excess))
        let hadHoles = !reassembly.ranges.isEmpty
        let distance = UInt64((textStart + skipped) - receive.nxt)
        guard distance == 0 || mayKeepMore, hasMemory(for: segment, inOrder: distance == 0) else {
            if distance > 0 { counters.outOfOrderRefused += 1 }
            immediate = makeAcknowledgment(.duplicateAck, at: now)
            return Verdict(.outOfWindow, .seventh)
        }
        let position = reassembly.next + distance
        if let again = reassembly.overlap(position, position + UInt64(text.byteCount)) {
            noteDuplicate(sequence(received: again.lowerBound), sequence(received: again.upperBound))
        }
        let advanced = reassembly.insert(text, at: position)
        guard advanced > 0 else {
            counters.outOfOrderReceived += 1
            keepEarlyInMemory(segment, upTo: position + UInt64(text.byteCount))
            // RFC 5681 §4.2: "A TCP receiver SHOULD send an immediate duplicate ACK when an out-of-order segment arrives."
            immediate = makeAcknowledgment(.duplicateAck, at: now)
            return Verdict(.outOfOrder, .seventh)
        }
        self.receive?.advance(by: advanced)
        keepInMemory(segment, upTo: position + UInt64(text.byteCount))
        counters.bytesReceived += advanced
        changes.insert(.received)
        // RFC 5681 §4.2: "SHOULD send an immediate ACK when the incoming segment fills in all or part of a gap"
        oweAcknowledgment(for: advanced, isUrgent: hadHoles, at: now)
        return Verdict(.accepted, .seventh)
    }

    /// Whether octets behind a hole may be kept. If not, the peer sends them again; in order they are always taken.
    private var mayKeepMore: Bool { mayKeepEarlyText && reassembly.ranges.count < ReassemblyQueue.rangeLimit }

    /// RFC 9293 §3.8.6.3: "An ACK SHOULD be generated for at least every second full-sized segment"
    private func oweAcknowledgment(for octets: Int, isUrgent: Bool, at now: Instant) {
        octetsSinceAck += octets
        let isEnough = owesAtOnce(at: now) ?? (octetsSinceAck >= 2 * maximumText)
        lastTextAt = now
        let isSecond = options.habits.acksEverySecond && (debt == .delayed || octets > mss)
        if isUrgent || isEnough || isSecond || !options.delayedAck {
            debt = .due(.ack)
        } else if debt == .none {
            debt = .delayed
            timers[.delayedAck] = now + options.habits.ackDelay
        }
    }

    private func oweAcknowledgment(ofFin segment: Segment, at now: Instant) {
        let isLate = options.habits.delaysAckOfFin && state == .established && segment.textLength == 0
        let isHeard = segment.textLength > 0 || hasMemory(for: segment, inOrder: true)
        guard isLate, isHeard, debt == .none || debt == .delayed else { return debt = .due(.ack) }
        if debt == .none { timers[.delayedAck] = now + (hadTextBehindSyn ? options.habits.ackDelay : Self.shortDelay) }
        debt = .delayed
    }

    /// How long the ACK of the peer's FIN waits where no text has come: a tick, since tcp_send_delayed_ack() knows no interval yet.
    private static let shortDelay = Interval.milliseconds(1)

    /// Text has come, and not only that of a Fast Open SYN.
    private var hadTextBehindSyn: Bool {
        guard let lastTextAt, let establishedAt else { return false }
        return !negotiated.fastOpen || lastTextAt > establishedAt
    }

    /// RFC 9293 §3.6.1, SHLD-3: "or if new data is received after CLOSE is called, its TCP implementation SHOULD send a RST
    /// to show that data was lost."
    private func refuseText(_ segment: Segment, at now: Instant) -> Verdict {
        immediate = .reset(answering: segment, record: trigger ?? 0)
        becomeClosed(.aborted, at: now)
        return Verdict(.outOfWindow, .seventh)
    }

    // MARK: Eighth, check the FIN bit

    /// Takes the peer's FIN once everything in front of it has come.
    @discardableResult
    func takeFin(_ segment: Segment, at now: Instant) -> Bool {
        if segment.flags.contains(.fin), let receive, segment.end - 1 <= receive.rightEdge, !isReceiveFinal {
            earlyFin = segment.end - 1
            // RFC 5681 §4.2, as for text: "an immediate duplicate ACK when an out-of-order segment arrives".
            if segment.textLength == 0, receive.nxt < segment.end - 1 {
                counters.outOfOrderReceived += 1
                immediate = makeAcknowledgment(.duplicateAck, at: now)
            }
        }
        guard let fin = earlyFin, fin == receive?.nxt, !isReceiveFinal else { return false }
        receive?.advance(by: 1)
        isReceiveFinal = true
        if options.habits.finEndsReports { duplicate = nil }
        oweAcknowledgment(ofFin: segment, at: now)
        changes.insert(.received)
        switch state {
        case .synReceived, .established: transition(to: .closeWait)
        // "If our FIN has been ACKed (perhaps in this segment), then enter TIME-WAIT": then the state is FIN-WAIT-2 by now.
        case .finWait1: transition(to: .closing)
        case .finWait2: becomeTimeWait(at: now)
        case .closed, .listen, .synSent, .closeWait, .closing, .lastAck, .timeWait: break
        }
        return true
    }

    // MARK: Answers that must not wait

    /// An ACK for an unacceptable segment, if the throttle allows (RFC 5961 §7).
    func challenge(_ cause: Cause, at now: Instant) {
        guard challenges.allow(at: now) else { return }
        immediate = makeAcknowledgment(cause, at: now)
    }
}
