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
        judgeTimeout(arrival)
        if negotiated.sack {
            recoverBySACK(arrival)
        } else {
            recoverByDuplicates(arrival)
        }
    }

    // MARK: With SACK (RFC 6675, RFC 8985, RFC 9937)

    private func recoverBySACK(_ arrival: Arrival) {
        let delivery = arrival.delivery
        rack.onAcknowledgment(hasDuplicate: delivery.duplicate != nil, una: send.una, nxt: send.nxt)
        takeDuplicateReport(delivery.duplicate)
        takeProbeAnswer(arrival)
        let phase = recovery.phase
        let step = arrival.advances ? recovery.onAdvance(una: send.una) : .none
        if arrival.advances { undoIfOriginalArrived(delivery, step: step, from: phase) }
        let lost = detectLosses(at: delivery.at)
        if phase != .open, recovery.phase == .open { rack.onRecoveryLeft() }
        if step == .leave, episode?.rate != nil { leaveRecovery(limit: .max) }
        switch recovery.phase {
        case .open where lost > 0: enterRecovery(inFlight: arrival.inFlight, delivered: delivery.octets)
        case .fast: reduceRate(delivered: delivery.octets, isSafe: arrival.advances && lost == 0)
        case .open, .timeout: if step == .none { growWindow(arrival) }
        }
    }

    /// Finds losses as the connection's options say; returns the octets newly found.
    private func detectLosses(at now: Instant) -> Int {
        guard options.lossDetection == .rack else { return retransmission.detectLossesByCount(mss: mss) }
        let verdict = retransmission.detectLosses(rack, window: reorderingWindow, mss: mss, at: now)
        armReordering(verdict.wait, at: now)
        return verdict.lost
    }

    /// RFC 8985 §8: "When arming a RACK reordering timer or TLP PTO timer, the sender SHOULD cancel any other pending timers."
    /// A lost repetition would else be the retransmission timer's more often than not, since both wait for about as long.
    private func armReordering(_ wait: Interval?, at now: Instant) {
        let wasRunning = timers.isRunning(.reordering)
        timers[.reordering] = wait.map { now + $0 } ?? .distantFuture
        if wait != nil {
            timers.stop(.retransmission)
            timers.stop(.tailLossProbe)
        } else if wasRunning {
            startRetransmissionTimer(at: now)
        }
    }

    /// How late a segment may be before it counts as lost.
    var reorderingWindow: Interval {
        rack.reorderingWindow(
            isRecovering: recovery.phase != .open, sackedSegments: retransmission.sackedCount,
            minimum: rtt.minimum ?? .zero, smoothed: rtt.smoothed ?? .zero)
    }

    /// RFC 8985 §6.2 step 5: "When an ACK is received or the RACK reordering timer expires, call
    /// RACK_detect_loss_and_arm_timer()."
    func onReorderingTimeout(at now: Instant) {
        let inFlight = send.inFlight
        let lost = detectLosses(at: now)
        startRetransmissionTimer(at: now)
        if lost > 0, recovery.phase == .open { enterRecovery(inFlight: inFlight, delivered: 0) }
    }

    /// RFC 6675 §5 step 4: "RecoveryPoint = HighData", "ssthresh = cwnd = (FlightSize / 2)", or what the controller does.
    private func enterRecovery(inFlight: Int, delivered: Int) {
        recovery.enter(nxt: send.nxt)
        beginEpisode()
        congestion.onRecoveryEntered(inFlight: min(inFlight, congestion.window))
        tailProbe.cancel()
        timers.stop(.tailLossProbe)
        ecn.onWindowReduced(nxt: send.nxt, isNegotiated: negotiated.ecn)
        guard let threshold = congestion.slowStartThreshold else { return }
        // RFC 9937 §6.1: "RecoverFS = SND.NXT - SND.UNA", less "bytes SACKed in scoreboard", and again with those "newly SACKed"
        // and "newly cumulatively acknowledged".
        episode?.rate = ProportionalRateReduction(
            threshold: threshold, flight: send.inFlight - retransmission.sackedOctets + delivered, mss: mss)
        reduceRate(delivered: delivered, isSafe: false)
    }

    private func beginEpisode() {
        episode = RecoveryEpisode(
            before: congestion, detector: SpuriousRecovery(una: send.una, nxt: send.nxt), rate: nil)
    }

    private func reduceRate(delivered: Int, isSafe: Bool) {
        let pipe = retransmission.pipe
        guard let window = episode?.rate?.window(delivered: delivered, pipe: pipe, isSafe: isSafe) else { return }
        congestion.onRateReduced(to: window)
    }

    private func leaveRecovery(limit: Int) {
        episode?.rate = nil
        congestion.onRecovered(limit: limit)
    }

    /// - Parameter reported: octets that duplicate ACKs have reported before, as far as they can say.
    private func growWindow(_ arrival: Arrival, reported: Int = 0) {
        guard arrival.text > 0 else { return }
        let peak = flightPeak.onAcknowledged(inFlight: arrival.inFlight, una: send.una, nxt: send.nxt)
        // Linux lets the window grow while it is below, not at, twice the most that was in flight in the round.
        let used = options.habits.countsPeakOfRound ? peak - 1 : arrival.inFlight
        let octets = options.habits.countsDeliveredOnce ? newlyDelivered(arrival, reported: reported) : arrival.text
        var flight = AcknowledgedFlight(
            octets: octets, inFlight: used, roundTrip: rtt.smoothed ?? .zero, at: arrival.delivery.at)
        flight.sample = arrival.sample
        flight.una = send.una
        flight.nxt = send.nxt
        flight.limit = options.habits.slowStartLimit
        congestion.onAcknowledged(flight)
    }

    /// Octets of text that were not known to have arrived before this acknowledgment.
    private func newlyDelivered(_ arrival: Arrival, reported: Int) -> Int {
        guard negotiated.sack else { return max(arrival.text - reported, min(arrival.text, mss)) }
        return arrival.delivery.octets - (arrival.delivery.hadSyn ? 1 : 0) - (arrival.delivery.hadFin ? 1 : 0)
    }

    // MARK: Without SACK (RFC 5681, RFC 6582)

    private func recoverByDuplicates(_ arrival: Arrival) {
        let phase = recovery.phase
        let reported = recovery.duplicates * mss
        let step =
            arrival.advances
            ? recovery.onAdvance(una: send.una) : recovery.onDuplicate(una: send.una, nxt: send.nxt)
        if arrival.advances { undoIfOriginalArrived(arrival.delivery, step: step, from: phase) }
        switch step {
        case .none: growWindow(arrival, reported: reported)
        case .enter:
            beginEpisode()
            congestion.onRecoveryEntered(inFlight: min(arrival.inFlight, congestion.window))
            ecn.onWindowReduced(nxt: send.nxt, isNegotiated: negotiated.ecn)
            retransmission.markFirstLost(.fastRetransmit)
        case .inflate: congestion.onDuplicateInRecovery()
        case .partial:
            guard recovery.isRecovering else { return }
            congestion.onPartialAcknowledgment(octets: arrival.text)
            retransmission.markFirstLost(.fastRetransmit)
        case .leave:
            guard episode != nil else { return }
            // RFC 6582 §3.2 step 3, option (1): "min (ssthresh, max(FlightSize, SMSS) + SMSS)"
            leaveRecovery(limit: max(send.inFlight, mss) + mss)
        }
    }

    // MARK: After a timeout

    /// RFC 5681 §3.1, RFC 6582 §4, RFC 8985 §6.3: the first segment goes again, and slow start repairs the rest.
    func recoverAfterTimeout(_ first: SentSegment, at now: Instant) {
        isSampleDue = true
        let isFirst = recovery.phase == .open
        if isFirst { beginEpisode() }
        episode?.rate = nil
        let isRepeated = first.wasRepeated && first.repeatCause == .rto
        congestion.onTimeout(inFlight: min(send.inFlight, congestion.window), isRepeated: isRepeated)
        ecn.onWindowReduced(nxt: send.nxt, isNegotiated: negotiated.ecn)
        frto.onTimeout(isFirst: isFirst, nxt: send.nxt)
        recovery.onTimeout(nxt: send.nxt)
        tailProbe.cancel()
        timers.stop(.tailLossProbe)
        timers.stop(.reordering)
        if retransmission.hasReneged { retransmission.forgetSacks() }
        guard negotiated.sack, options.lossDetection == .rack else { return retransmission.markAllLost(.rto) }
        retransmission.markLostOnTimeout(rack, window: reorderingWindow, at: now)
    }

    // MARK: Tail loss probes (RFC 8985 §7)

    /// RFC 8985 §7.2: a probe is scheduled "unless it is already in fast recovery, RTO recovery, or segments have been SACKed".
    func armTailProbe(at now: Instant) {
        guard negotiated.sack, options.lossDetection == .rack, state.isSynchronized, recovery.phase == .open,
            !retransmission.isEmpty, retransmission.sackedCount == 0, tailProbe.maySend, send.wnd > 0,
            send.isSynAcknowledged, !timers.isRunning(.reordering)
        else { return timers.stop(.tailLossProbe) }
        let timeout = TailLossProbe.timeout(
            smoothed: rtt.smoothed, segments: retransmission.count, margin: options.habits.probeMargin)
        // "If Now() + PTO > TCP_RTO_expiration(): PTO = TCP_RTO_expiration() - Now()": a probe in the timeout's place is
        // cheaper.
        timers[.tailLossProbe] = min(now + timeout, timers[.retransmission])
    }

    /// RFC 8985 §7.3: "After attempting to send a loss probe, regardless of whether a loss probe was sent, the sender MUST
    /// re-arm the RTO timer".
    func onProbeTimeout(at now: Instant) {
        startRetransmissionTimer(at: now)
        isTailProbeDue = !retransmission.isEmpty && recovery.phase == .open && tailProbe.maySend
    }

    /// RFC 8985 §7.3: new text if there is some and the peer's window takes it, even past cwnd; else the last segment again.
    func nextTailProbe(at now: Instant) -> OutgoingSegment? {
        guard isTailProbeDue else { return nil }
        isTailProbeDue = false
        guard recovery.phase == .open, let last = retransmission.last, last.fate == .outstanding else { return nil }
        let length = min(unsentText, maximumText, send.usableWindow)
        guard length > 0 else { return repetition(of: last, cause: .tailLossProbe, at: now) }
        var probe = newText(length: length, cause: .tailLossProbe, at: now)
        markCapable(&probe)
        return probe
    }

    /// The peer has got something twice. If fast recovery had repeated it, the original was only late, later than RACK had
    /// allowed for; and if that holds for everything that was repeated, nothing had been lost.
    private func takeDuplicateReport(_ duplicate: SACKBlock?) {
        guard let duplicate, episode?.detector.wasRepeated(duplicate) == true else { return }
        if recovery.phase != .timeout { rack.onNeedlessRepetition() }
        if episode?.detector.isRefuted(by: duplicate) == true { undoRecovery() }
    }

    private func takeProbeAnswer(_ arrival: Arrival) {
        let delivery = arrival.delivery
        guard tailProbe.isOutstanding,
            tailProbe.isLossRepaired(
                acknowledgment: send.una, duplicate: delivery.duplicate,
                isBareDuplicate: !arrival.advances && !delivery.hasBlocks)
        else { return }
        signalCongestion(inFlight: arrival.inFlight)
    }

    // MARK: Recoveries that should not have been (RFC 3522, RFC 4015, RFC 5682)

    private func judgeTimeout(_ arrival: Arrival) {
        guard recovery.phase == .timeout else { return }
        let outcome = frto.onAcknowledgment(
            advances: arrival.advances, una: send.una, lowestOriginal: arrival.delivery.lowestOriginal,
            maySendNew: mayProbeWithNewText)
        if outcome == .spurious { undoRecovery() }
    }

    /// There is new text that nothing but the congestion window could hold back.
    private var mayProbeWithNewText: Bool {
        let length = min(unsentText, maximumText)
        return length > 0 && send.usableWindow >= length && (length == maximumText || !options.nagle)
    }

    /// The echo of a timestamp from before the repetition says that the original has come (RFC 3522 §3.2).
    ///
    /// In fast recovery only once nothing is missing any more: the first hole may have been a reordering, the second a loss.
    private func undoIfOriginalArrived(
        _ delivery: Delivery, step: LossRecovery.Step, from phase: LossRecovery.Phase
    ) {
        guard let episode, episode.detector.isEchoOfOriginal(delivery.echoedBefore) else { return }
        switch step {
        case .leave: undoRecovery()
        case .partial: if !retransmission.hasLost, retransmission.sackedCount == 0 { undoRecovery() }
        case .none: if phase == .timeout { undoRecovery() }
        case .enter, .inflate: break
        }
    }

    /// Takes congestion control back to before the recovery: nothing was lost.
    ///
    /// Not by RFC 4015 §3.1 step 9, "cwnd <- FlightSize + min (bytes_acked, IW)": a copy of the controller is exact (RFC 9438
    /// §4.9.1), and what a wide window lets out at once the pacer spreads. Its step 11 is `LossRecovery.undo`'s.
    private func undoRecovery() {
        guard let episode else { return }
        counters.spuriousRecoveries += 1
        let isLikeBefore = episode.before.algorithm == congestion.algorithm
        if isLikeBefore, episode.before.window > congestion.window || recovery.phase != .open {
            congestion = episode.before
        }
        self.episode = nil
        retransmission.forgetLosses()
        recovery.undo()
        frto.cancel()
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
            episode?.detector.onRepeated(at: now)
        }
        if segment.flags.contains(.cwr), !segment.flags.contains(.syn) { ecn.owesReduced = false }
        episode?.rate?.onSent(segment.length)
        if segment.isRescue { noteRescue(segment) }
        pacer.onSent(
            segment.length, window: congestion.window, gain: congestion.pacingGain, roundTrip: rtt.smoothed, at: now)
    }

    /// The congestion controller asks for a pace, and it is not yet time for the next segment.
    func isPaced(at now: Instant) -> Bool {
        guard options.habits.paces, let next = pacer.wait(at: now) else { return false }
        timers[.pacing] = next
        return true
    }
}
