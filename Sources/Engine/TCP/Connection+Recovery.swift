/// What an acknowledgment means for what is in flight: losses, recoveries, and the congestion window.
extension Connection {
    /// One acknowledgment, as far as recovery is concerned.
    struct Arrival {
        let delivery: Delivery
        /// Octets of text that it acknowledges cumulatively.
        let text: Int
        /// Octets in flight just before.
        let inFlight: Int
        /// The round trip that it measures.
        let sample: Interval?
        /// It moved SND.UNA.
        let advances: Bool
    }

    /// Takes in an acknowledgment: first what it says of recoveries that should not have been, then what it says of losses,
    /// and then how much may leave.
    func recover(_ arrival: Arrival) {
        // The plots begin with the first text: thousands of idle connections keep no rows.
        isSampleDue = counters.bytesSent > 0
        counters.segmentsDelivered += arrival.delivery.segments
        // Only our SYN had left: nothing can be lost, and no text widens the window.
        if arrival.delivery.hadSyn, !arrival.delivery.hasBlocks, counters.bytesSent == 0 { return }
        judgeTimeout(arrival)
        if negotiated.sack {
            recoverBySACK(arrival)
        } else {
            recoverByDuplicates(arrival)
        }
    }

    // MARK: With SACK (RFC 6675, RFC 8985, RFC 9937)

    private func recoverBySACK(_ arrival: Arrival) {
        let (duplicate, octets) = (arrival.delivery.duplicate, arrival.delivery.octets)
        rack.onAcknowledgment(hasDuplicate: duplicate != nil, una: send.una, nxt: send.nxt)
        if duplicate != nil { takeDuplicateReport(duplicate) }
        takeProbeAnswer(arrival)
        let phase = recovery.phase
        let step = arrival.advances ? recovery.onAdvance(una: send.una) : .none
        if arrival.advances { undoIfOriginalArrived(arrival.delivery.echoedBefore, step: step, from: phase) }
        let lost = options.lossDetection == .rack ? detectLosses(at: arrival.delivery.at) : detectLossesByCount(arrival)
        if phase != .open, recovery.phase == .open { rack.onRecoveryLeft() }
        if step == .leave, episode?.rate != nil { leaveRecovery(limit: .max) }
        if step == .leave, episode?.steps != nil { leaveRecovery(limit: max(send.inFlight, mss) + mss) }
        switch recovery.phase {
        case .open where lost > 0 && isLossOfPathProbe(octets: lost): break
        case .open where lost > 0:
            let unclocked = options.habits.recoversFromOneAck ? 0 : unclocked(lost: lost)
            enterRecovery(inFlight: arrival.inFlight, delivered: max(octets, unclocked))
            if arrival.advances { continueSteps(arrival) }
        case .fast where episode?.steps != nil: settleSteps(arrival)
        case .fast: reduceRate(delivered: octets, isSafe: arrival.advances && lost == 0)
        case .open, .timeout: if step == .none, !reducesGradually(arrival) { growWindow(arrival) }
        }
    }

    /// Octets that were reported as delivered and have let nothing out yet, because their ACKs came in one batch with the one
    /// that has found the loss, or just before the timer did. To PRR they are one ACK, DeliveredData being (RFC 9937 §6.2) what has
    /// been delivered "since the previously received ACK". Else the repetition would go alone, and were it or its ACK lost,
    /// nothing would tell.
    func unclocked(lost: Int) -> Int {
        max(min(congestion.window - retransmission.pipe - lost, retransmission.sackedOctets), 0)
    }

    /// RFC 6675 §5 step 4: "RecoveryPoint = HighData", "ssthresh = cwnd = (FlightSize / 2)", or what the controller does.
    func enterRecovery(inFlight: Int, delivered: Int) {
        recovery.enter(nxt: send.nxt)
        timedFrom = send.nxt
        ecn.reduction = nil
        beginEpisode()
        congestion.onRecoveryEntered(inFlight: flightAtLoss(inFlight))
        tailProbe.cancel()
        timers.stop(.tailLossProbe)
        ecn.onWindowReduced(nxt: send.nxt, isNegotiated: negotiated.ecn)
        guard let threshold = congestion.slowStartThreshold else { return }
        guard !options.habits.recoversStepwise else { return beginSteps(threshold: threshold) }
        // RFC 9937 §6.1: "RecoverFS = SND.NXT - SND.UNA", less "bytes SACKed in scoreboard", and again with those "newly SACKed"
        // and "newly cumulatively acknowledged".
        episode?.rate = ProportionalRateReduction(
            threshold: threshold, flight: send.inFlight - retransmission.sackedOctets + delivered, mss: mss)
        reduceRate(delivered: delivered, isSafe: false)
    }

    /// FlightSize as it was before the ACKs of this batch: the most that was in flight within a round trip. What the first of
    /// them acknowledges has let nothing out yet, so by the one that tells of a loss half of the flight seems to be gone.
    ///
    /// RFC 7661 §4.4.1 too takes the larger one of the flight and pipeACK, what a round trip has carried.
    func flightAtLoss(_ inFlight: Int) -> Int {
        // newreno_cong_signal(): half of the window is a whole number of segments.
        if options.habits.recoversStepwise { return congestion.window / (2 * mss) * 2 * mss }
        guard !options.habits.reducesFromWindow else { return congestion.window }
        return min(max(inFlight, flightPeak.most), congestion.window)
    }

    /// A recovery begins: keeps what it takes to undo it.
    func beginEpisode() {
        episode = RecoveryEpisode(
            before: congestion, detector: SpuriousRecovery(una: send.una, nxt: send.nxt), rate: nil)
    }

    private func reduceRate(delivered: Int, isSafe: Bool) {
        let pipe = retransmission.pipe
        guard let window = episode?.rate?.window(delivered: delivered, pipe: pipe, isSafe: isSafe) else { return }
        congestion.onRateReduced(to: window)
    }

    /// Fast recovery is over: the window is ssthresh, and no wider than `limit`.
    func leaveRecovery(limit: Int) {
        episode?.rate = nil
        episode?.steps = nil
        congestion.onRecovered(limit: limit)
    }

    // MARK: After a timeout

    /// RFC 5681 §3.1, RFC 6582 §4, RFC 8985 §6.3: the first segment goes again, and slow start repairs the rest.
    func recoverAfterTimeout(_ first: SentSegment, at now: Instant) {
        isSampleDue = true
        let isFirst = recovery.isOver(una: send.una)
        if isFirst { beginEpisode() }
        episode?.rate = nil
        episode?.steps = nil
        // A tail loss probe has repeated it without thinking it lost.
        let wasProbe = first.repeatCause == .data && !options.habits.probesAreNoTimeouts
        let isRepeated = first.wasRepeated && (first.repeatCause == .rto || wasProbe)
        // In fast recovery cwnd is what PRR lets out at the moment, and ssthresh what it leads to.
        let window = max(congestion.window, recovery.isRecovering ? congestion.slowStartThreshold ?? 0 : 0)
        let flight = options.habits.reducesFromWindow ? window : min(send.inFlight, window)
        congestion.onTimeout(inFlight: flight, isRepeated: isRepeated)
        if options.habits.ecn.tellsTimeouts { ecn.onWindowReduced(nxt: send.nxt, isNegotiated: negotiated.ecn) }
        frto.onTimeout(isFirst: isFirst, nxt: send.nxt)
        recovery.onTimeout(nxt: send.nxt)
        timedFrom = send.nxt
        tailProbe.cancel()
        timers.stop(.tailLossProbe)
        timers.stop(.reordering)
        noteTimeoutForPathSearch(first)
        if retransmission.hasReneged { retransmission.forgetSacks() }
        guard negotiated.sack, options.lossDetection == .rack else { return retransmission.markAllLost(.rto) }
        retransmission.markLostOnTimeout(rack, window: reorderingWindow, at: now)
    }

    // MARK: What leaves

    /// A segment with sequence numbers is leaving: the books of recovery.
    func noteForRecovery(_ segment: OutgoingSegment, at now: Instant) {
        counters.repairs.note(segment.cause)
        if segment.retransmits != nil { counters.retransmissions += 1 }
        if segment.cause == .tailLossProbe {
            tailProbe.onSent(
                isRepetition: segment.retransmits != nil, nxt: segment.retransmits == nil ? segment.end : send.nxt)
        } else if segment.retransmits != nil {
            $episode.change { $0.detector.onRepeated(at: now) }
        }
        if segment.flags.contains(.cwr), !segment.flags.contains(.syn) { ecn.owesReduced = false }
        let length = segment.length
        $episode.change { $0.rate?.onSent(length) }
        if ecn.reduction != nil { ecn.reduction?.onSent(length) }
        if segment.isRescue { noteRescue(segment) }
        pacer.onSent(
            length, window: congestion.window, gain: congestion.pacingGain, roundTrip: rtt.smoothed, at: now)
    }

    /// The congestion controller asks for a pace, and it is not yet time for the next segment. What it had asked for before a
    /// recovery, whose repetitions go at once, counts no more.
    func isPaced(at now: Instant) -> Bool {
        guard let next = pacer.wait(at: now), options.habits.paces, congestion.pacingGain != nil else { return false }
        timers[.pacing] = next
        return true
    }
}
