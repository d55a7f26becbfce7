/// Tail loss probes (RFC 8985 §7): when they are due, what they carry, and what their answer tells.
extension Connection {
    /// RFC 8985 §7.2: a probe is scheduled "unless it is already in fast recovery, RTO recovery, or segments have been SACKed".
    func armTailProbe(at now: Instant) {
        guard options.habits.probesTail, negotiated.sack, options.lossDetection == .rack, state.isSynchronized,
            recovery.phase == .open, !retransmission.isEmpty, retransmission.sackedCount == 0, tailProbe.maySend,
            send.wnd > 0,
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
        tailProbe.isDue = !retransmission.isEmpty && recovery.phase == .open && tailProbe.maySend
    }

    /// RFC 8985 §7.3: new text if there is some and the peer's window takes it, even past cwnd; else the last segment again.
    func nextTailProbe(_ probe: inout OutgoingSegment, at now: Instant) -> Bool {
        tailProbe.isDue = false
        guard recovery.phase == .open, let last = retransmission.last, last.fate == .outstanding else { return false }
        let length = min(unsentText, maximumText, send.usableWindow)
        if length > 0 {
            makeText(&probe, length: length, cause: .tailLossProbe, at: now)
            markCapable(&probe)
        } else {
            makeRepetition(&probe, of: last, cause: .tailLossProbe, at: now)
        }
        return true
    }

    /// RFC 8985 §7.4.2: the answer to a probe may tell of a loss that the probe has repaired.
    func takeProbeAnswer(_ arrival: Arrival) {
        guard tailProbe.isOutstanding,
            tailProbe.isLossRepaired(
                acknowledgment: send.una, duplicate: arrival.delivery.duplicate,
                isBareDuplicate: !arrival.advances && !arrival.delivery.hasBlocks)
        else { return }
        signalCongestion(inFlight: arrival.inFlight)
    }
}
