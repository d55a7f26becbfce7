/// Timers (RFC 6298, RFC 9293 §3.8.3, §3.8.6.1, §3.10.8).
extension Connection {
    /// R2 for data: RFC 9293 §3.8.3, SHLD-11: "The value of R2 SHOULD correspond to at least 100 seconds."
    static let r2ForData = Interval.seconds(Int64(100))
    /// R2 for a SYN: RFC 9293 §3.8.3, MUST-23: "at least 3 minutes".
    static let r2ForSyn = Interval.seconds(Int64(180))

    var userTimeoutForData: Interval { options.userTimeout ?? negotiatedUserTimeout ?? standardPatience }
    var userTimeoutForSyn: Interval { options.userTimeout ?? options.habits.synTimeout ?? Self.r2ForSyn }

    /// How long our SYN may stay unanswered, also if it has left already.
    package func limitSyn(to timeout: Interval?) {
        options.habits.synTimeout = timeout
        if state == .synSent, timers.isRunning(.userTimeout) { timers[.userTimeout] = openedAt + userTimeoutForSyn }
    }

    /// The user timeout for data begins anew, if it is running. In FIN-WAIT-2 its timer is `limitFinWait2`'s.
    func restartUserTimeout(at now: Instant) {
        guard timers.isRunning(.userTimeout), state != .finWait2 else { return }
        timers[.userTimeout] = now + userTimeoutForData
    }

    /// FIN-WAIT-2 does not last for ever if nobody reads. Nothing of ours is unanswered there, so the user timeout's timer is free.
    func limitFinWait2(at now: Instant) {
        guard state == .finWait2, refusesText || hasNoReader, let patience = options.habits.finWait2Timeout else {
            return
        }
        timers[.userTimeout] = now + patience
    }

    /// How long FIN-WAIT-2 lasts from its beginning on; nil: as long as the peer likes.
    package func limitFinWait2(to timeout: Interval?) { options.habits.finWait2Timeout = timeout }

    /// When the next timer expires.
    package var nextDeadline: Instant { timers.next }

    /// Handles every timer that has expired by `now`.
    package func expireTimers(at now: Instant) {
        while state != .closed, let kind = timers.popExpired(at: now) {
            trigger = nil
            switch kind {
            case .reordering: onReorderingTimeout(at: now)
            case .tailLossProbe: onProbeTimeout(at: now)
            case .retransmission: onRetransmissionTimeout(at: now)
            case .persist: if !asksDeviceAgain(at: now) { onPersistTimeout() }
            case .delayedAck: if debt == .delayed { debt = .due(.delayedAck) }
            // The stack asks for the next segment by itself.
            case .pacing: break
            case .userTimeout: state == .finWait2 ? vanish(.timeout, at: now) : abort(.timeout, at: now)
            case .keepAlive: onKeepAliveTimeout(at: now)
            }
        }
    }

    /// RFC 6298 §5.4 – §5.6. The timer starts again when the repetition leaves.
    private func onRetransmissionTimeout(at now: Instant) {
        guard let first = retransmission.first else { return }
        if hasRetriedEnough(at: now) || hasOfferedEnough { return vanish(.timeout, at: now) }
        if !first.hasSyn {
            noteStall(at: now)
            if isRefusedByDevice(at: now) { return }
        }
        counters.timeouts += 1
        if state != .synSent || counters.timeouts > options.habits.evenSynRepetitions { rtt.backOff() }
        noteTrouble(first)
        guard !first.hasSyn else {
            if waitsForText { return startRetransmissionTimer(at: now) }
            wasSynRepeated = true
            retransmission.markAllLost(.rto)
            return
        }
        recoverAfterTimeout(first, at: now)
    }

    /// RFC 9293 §3.8.6.1: "The transmitting host SHOULD send the first zero-window probe when a zero window has existed for
    /// the retransmission timeout period, and SHOULD increase exponentially the interval between successive probes."
    /// The probe's departure starts the timer again.
    private func onPersistTimeout() {
        windowProbe.backOff += 1
        if retransmission.isEmpty {
            windowProbe.isDue = unsentText > 0 || closure == .requested
        } else if isProbing {
            retransmission.markFirstLost(.windowProbe)
        }
    }

    func armPersist(at now: Instant) {
        let factor = Int64(1) << Int64(min(windowProbe.backOff, 10))
        let interval = min(rtt.rto.interval * factor, options.habits.maximumRTO)
        timers[.persist] = now + max(interval, options.habits.leastProbeInterval)
    }

    /// Only a probe of the peer's closed window is outstanding: its repetition is the persist timer's business, and says
    /// nothing about congestion.
    var isProbing: Bool { send.wnd == 0 && retransmission.count == 1 && isProbeOutstanding }
    private var isProbeOutstanding: Bool { retransmission.first.map { $0.length == 1 && !$0.hasSyn } ?? false }

    /// RFC 6298 §5.1: "Every time a packet containing data is sent (including a retransmission), if the timer is not
    /// running, start it running so that it will expire after RTO seconds."
    func armAfterTransmission(of segment: OutgoingSegment, at now: Instant) {
        if isProbing {
            if !timers.isRunning(.persist) { armPersist(at: now) }
            timers.stop(.retransmission)
            timers.stop(.tailLossProbe)
        } else if !timers.isRunning(.retransmission) || restartsTimer(segment) {
            startRetransmissionTimer(at: now)
        }
        armTailProbe(at: now)
        if !timers.isRunning(.userTimeout), !countsOffers {
            timers[.userTimeout] = now + (state.isSynchronized ? userTimeoutForData : userTimeoutForSyn)
        }
    }

    /// Gives what is in flight a whole RTO from now; nothing while RACK's reordering timer runs, which comes first and starts
    /// this one when it is done (RFC 8985 §8: they "are mutually exclusive").
    func startRetransmissionTimer(at now: Instant) {
        guard !retransmission.isEmpty, !timers.isRunning(.reordering) else { return timers.stop(.retransmission) }
        timers[.retransmission] = now + rtt.rto.interval
    }

    /// Selective acknowledgments of what had left before the oldest segment went out again say nothing of its fate, but that the
    /// clock of ACKs runs: what it lets out now will tell whether the repetition was lost, a round trip later, and a timer from
    /// the repetition would come just before. So they start it anew, as RFC 6298 §5.3 wants it of an ACK "that acknowledges new
    /// data"; those of later segments do not, lest it be put off for ever.
    func prolongTimeout(_ delivery: Delivery) {
        guard options.lossDetection == .rack, delivery.sacked > 0, timers.isRunning(.retransmission),
            let oldest = retransmission.first, delivery.newestSentAt < oldest.sentAt
        else { return }
        startRetransmissionTimer(at: delivery.at)
    }

    /// The oldest segment goes out again in fast recovery, or a probe does: a whole RTO is theirs, since the acknowledgment
    /// that they ask for can't come sooner than a round trip from now. RFC 6675 §6 allows "a more careful variant that re-arms
    /// the RTO timer on each retransmission that is sent during recovery".
    private func restartsTimer(_ segment: OutgoingSegment) -> Bool {
        if segment.cause == .tailLossProbe { return true }
        return recovery.isRecovering && segment.retransmits != nil && segment.sequence == send.una
    }

    /// RFC 6298 §5.2 and §5.3: all acknowledged, stop; new data acknowledged, start again.
    func rearmAfterAcknowledgment(at now: Instant) {
        timers.stop(.persist)
        guard !retransmission.isEmpty else {
            timers.stop(.retransmission)
            timers.stop(.tailLossProbe)
            timers.stop(.reordering)
            timers.stop(.userTimeout)
            return
        }
        startRetransmissionTimer(at: now)
        shortenTimeoutOfReneged(at: now)
        armTailProbe(at: now)
        timers[.userTimeout] = now + userTimeoutForData
    }

    /// Least time for a peer to say more that seems to have dropped what it had reported; Linux's tcp_check_sack_reneging().
    private static let leastPatience = Interval.milliseconds(10)

    /// An ACK has stopped in front of what was reported as held: half a round trip later nothing that was reported counts any more,
    /// for those who do not wait a whole RTO for that.
    private func shortenTimeoutOfReneged(at now: Instant) {
        guard options.habits.suspectsReneging, retransmission.hasReneged, timers.isRunning(.retransmission) else {
            return
        }
        timers[.retransmission] = now + max((rtt.smoothed ?? .zero) / 2, Self.leastPatience)
    }
}
