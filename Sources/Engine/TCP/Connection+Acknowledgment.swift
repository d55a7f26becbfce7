/// SEGMENT ARRIVES, the fifth check: the ACK field (RFC 9293 §3.10.7.4), and what an acknowledgment means for the flight.
extension Connection {
    /// Fifth, check the ACK field; nil where the segment goes on to the sixth check.
    func checkAck(_ segment: Segment, at now: Instant, answered: inout [UInt64]) -> Verdict? {
        // "if the ACK bit is off, drop the segment and return"
        guard segment.flags.contains(.ack) else { return Verdict(.malformed, .fifth) }
        // RFC 5961 §5.2: acceptable is ((SND.UNA - MAX.SND.WND) <= SEG.ACK <= SND.NXT); else challenge.
        if segment.acknowledgment < send.una - max(send.largestWindow, 1) {
            challenge(.challengeAck, at: now)
            return Verdict(.oldAck, .fifth)
        }
        let isNew = segment.acknowledgment > send.una && segment.acknowledgment <= send.nxt
        if state == .synReceived, !isNew {
            // "If the segment acknowledgment is not acceptable, form a reset segment <SEQ=SEG.ACK><CTL=RST> and send it."
            immediate = .reset(answering: segment, record: trigger ?? 0)
            return Verdict(.outOfWindow, .fifth)
        }
        if segment.acknowledgment > send.nxt {
            // "If the ACK acks something not yet sent (SEG.ACK > SND.NXT), then send an ACK, drop the segment, and return."
            if !options.habits.ignoresEarlyAcks { challenge(.challengeAck, at: now) }
            return Verdict(.outOfWindow, .fifth)
        }
        guard isNew else {
            noteOldAcknowledgment(segment, at: now)
            let isStale = segment.acknowledgment < send.una && segment.length == 0
            return isStale ? Verdict(.oldAck, .fifth) : nil
        }
        if defersAcceptance(segment) { return Verdict(.accepted, .fifth) }
        acceptAcknowledgment(segment, at: now, answered: &answered)
        if state == .synReceived {
            becomeEstablished(at: now)
            takeHeldText(at: now)
        }
        enterStateAfterFinAcknowledgment(at: now)
        // LAST-ACK ends here: "If our FIN is now acknowledged, delete the TCB, enter the CLOSED state, and return."
        return state == .closed || state == .timeWait ? Verdict(.accepted, .fifth) : nil
    }

    /// SND.UNA < SEG.ACK =< SND.NXT: takes what is acknowledged off every queue.
    func acceptAcknowledgment(_ segment: Segment, at now: Instant, answered: inout [UInt64]) {
        let (una, inFlight) = (send.una, send.inFlight)
        if cork == .untilAcknowledged { cork = .none }
        let count = send.acknowledge(segment.acknowledgment)
        let delivery = takeDelivery(segment, from: una, at: now, answered: &answered)
        let text = count - (delivery.hadSyn ? 1 : 0) - (delivery.hadFin ? 1 : 0)
        if text > 0 { sendBuffer.release(before: sendBuffer.start + UInt64(text)) }
        if $sendMemory.isSet {
            let (start, sent) = (sendBuffer.start, nextTextPosition)
            $sendMemory.change { $0.release(before: start, sent: sent) }
        }
        counters.bytesAcked += text
        if delivery.hadFin { closure = .acknowledged }
        let sample = takeRoundTrip(segment, delivery)
        if !segment.flags.contains(.syn) { _ = send.updateWindow(from: segment) }
        windowProbe.backOff = 0
        if $stall.isSet { stall = nil }
        takeCongestionEcho(segment, inFlight: inFlight, isProgress: true, delivery)
        recover(Arrival(delivery: delivery, text: text, inFlight: inFlight, sample: sample, advances: true))
        rearmAfterAcknowledgment(at: now)
        takePathProbeAnswer()
        changes.insert(.acknowledged)
    }

    /// Takes what the segment acknowledges off the retransmission queue. SND.UNA, which was `una`, has moved.
    private func takeDelivery(
        _ segment: Segment, from una: SequenceNumber, at now: Instant, answered: inout [UInt64]
    ) -> Delivery {
        var delivery = makeDelivery(segment, at: now)
        if options.habits.timesOldest { delivery.timedSentAt = retransmission.sentOnceAt(timedFrom) }
        retransmission.acknowledge(upTo: send.una, answered: &answered, &delivery, &rack)
        markSacked(segment, from: una, &delivery)
        return delivery
    }

    private func makeDelivery(_ segment: Segment, at now: Instant) -> Delivery {
        let echo = negotiated.timestamps ? segment.options.timestamps?.echo : nil
        return Delivery(
            at: now, echoedBefore: echo.map { timestamps.end(ofTick: $0, at: now) },
            forwardmost: rack.forwardmost, minimumRoundTrip: rtt.minimum ?? .zero,
            measuresHighest: options.habits.measuresHighest)
    }

    /// Marks what the segment reports as held, at or above what SND.UNA was before it.
    private func markSacked(_ segment: Segment, from una: SequenceNumber, _ delivery: inout Delivery) {
        guard negotiated.sack, !segment.options.sackBlocks.isEmpty else { return }
        retransmission.mark(
            segment.options.sackBlocks, acknowledgment: segment.acknowledgment, una: una, nxt: send.nxt, &delivery,
            &rack)
    }

    /// A round trip by our own memory, or where a repetition has made that ambiguous, by the echo that the peer returned.
    ///
    /// RFC 7323 §4.1: "A TSecr value received in a segment MAY be used to update the averaged RTT measurement only if the
    /// segment advances the left edge of the send window". Not always: its clock ticks in milliseconds only.
    @discardableResult
    private func takeRoundTrip(_ segment: Segment, _ delivery: Delivery) -> Interval? {
        let isUnmeasured = options.habits.ignoresRoundTripOfSynAck && delivery.hadSyn && listener != nil
        if let sentAt = timesOldest ? takeTimed(delivery) : delivery.sampleSentAt, !isUnmeasured {
            let sample = delivery.at - sentAt
            tailProbe.onSample()
            if recovery.isFirstSinceSpuriousTimeout(delivery.sampleSequence) {
                rtt.restart(with: sample)
            } else {
                rtt.addSample(sample)
            }
            return sample
        }
        if delivery.wasRepeated, delivery.duplicate != nil {
            // The text had come before, and its ACK was lost. RFC 7323 §4.3 records nothing of a duplicate, so the echo is as old
            // as our waiting: a sample of it would make the next waiting longer still, and that one the next.
            rtt.forgetBackOff()
            return nil
        }
        if delivery.wasRepeated || isUnmeasured, negotiated.timestamps, let echo = segment.options.timestamps?.echo {
            let age = timestamps.age(of: echo, at: delivery.at)
            if age <= delivery.at - openedAt {
                tailProbe.onSample()
                rtt.addSample(age)
            }
        }
        return nil
    }

    /// When what is timed had left, and begins to time what is sent next. With timestamps each acknowledgment tells, and by them the
    /// oldest segment that it covers.
    private func takeTimed(_ delivery: Delivery) -> Instant? {
        if negotiated.timestamps || delivery.hadSyn {
            timedFrom = send.nxt
            return delivery.lowestOriginal != nil ? delivery.lowestSentAt : delivery.sampleSentAt
        }
        guard send.una > timedFrom else { return nil }
        timedFrom = send.nxt
        return delivery.timedSentAt
    }

    /// RACK, where it is chosen, needs every round trip.
    private var timesOldest: Bool { options.habits.timesOldest && options.lossDetection == .sack }

    /// SEG.ACK =< SND.UNA: maybe a window update, maybe a duplicate that speaks of loss.
    private func noteOldAcknowledgment(_ segment: Segment, at now: Instant) {
        // "If SND.UNA =< SEG.ACK =< SND.NXT, the send window should be updated."
        guard segment.acknowledgment == send.una else { return noteOvertakenReport(segment, at: now) }
        let window = send.wnd
        let wasProbing = isProbing
        let isUpdate = send.updateWindow(from: segment)
        // RFC 9293 §3.8.6.1, MUST-37: a peer that answers probes with a closed window is alive, for as long as it likes.
        if send.wnd == 0, options.userTimeout == nil { restartUserTimeout(at: now) }
        if isUpdate, window != send.wnd {
            // Held up by the peer is not idle.
            if timers.isRunning(.persist) { lastSentAt = now }
            onWindowChanged(wasProbing: wasProbing)
        } else if options.habits.probesAfterAnswer, timers.isRunning(.persist) {
            armPersist(at: now)
        }
        var delivery = makeDelivery(segment, at: now)
        markSacked(segment, from: send.una, &delivery)
        takeCongestionEcho(segment, inFlight: send.inFlight, isProgress: delivery.octets > 0, delivery)
        guard send.inFlight > 0 else { return takeDuplicateReport(delivery.duplicate) }
        if delivery.sampleSentAt != nil, !timesOldest { takeRoundTrip(segment, delivery) }
        // RFC 5681 §2, DUPLICATE ACKNOWLEDGMENT: outstanding data, no text, no SYN or FIN, the greatest ACK, the same window.
        // The refusal of a probe looks the same, and says nothing of loss.
        let isDuplicate = segment.length == 0 && window == send.wnd && !wasProbing
        if isDuplicate { counters.duplicateAcksReceived += 1 }
        guard isDuplicate || delivery.hasBlocks else { return }
        recover(
            Arrival(delivery: delivery, text: 0, inFlight: send.inFlight, sample: nil, advances: false))
        prolongTimeout(delivery)
    }

    /// An ACK that a later one has overtaken: what it says of text behind SND.UNA is news all the same, and so is a report of a
    /// duplicate.
    private func noteOvertakenReport(_ segment: Segment, at now: Instant) {
        guard !segment.options.sackBlocks.isEmpty else { return }
        var delivery = makeDelivery(segment, at: now)
        markSacked(segment, from: send.una, &delivery)
        guard delivery.octets > 0 else { return takeDuplicateReport(delivery.duplicate) }
        recover(Arrival(delivery: delivery, text: 0, inFlight: send.inFlight, sample: nil, advances: false))
    }

    private func onWindowChanged(wasProbing: Bool) {
        windowProbe.backOff = 0
        timers.stop(.persist)
        // What the peer refused while its window was closed goes out again now, not after another timeout.
        if wasProbing, send.wnd > 0 { retransmission.markFirstLost(.windowProbe) }
    }

    private func enterStateAfterFinAcknowledgment(at now: Instant) {
        guard closure == .acknowledged else { return }
        switch state {
        case .finWait1:
            transition(to: .finWait2)
            limitFinWait2(at: now)
        case .closing: becomeTimeWait(at: now)
        case .lastAck: becomeClosed(.normal, at: now)
        case .closed, .listen, .synSent, .synReceived, .established, .finWait2, .closeWait, .timeWait: break
        }
    }
}
