/// Which segments are lost, by time (RFC 8985 §6) or by count (RFC 6675).
extension Connection {
    /// Finds losses as the connection's options say; returns the octets newly found.
    func detectLosses(at now: Instant) -> Int {
        guard options.lossDetection == .rack else { return retransmission.detectLossesByCount(mss: mss) }
        guard retransmission.mayBeOvertaken(rack) else {
            armReordering(nil, at: now)
            return 0
        }
        let verdict = retransmission.detectLosses(rack, window: reorderingWindow, mss: mss, at: now)
        armReordering(verdict.wait, at: now)
        return verdict.lost
    }

    /// RFC 8985 §8: "When arming a RACK reordering timer or TLP PTO timer, the sender SHOULD cancel any other pending timers."
    /// A lost repetition would else be the retransmission timer's more often than not, since both wait for about as long.
    private func armReordering(_ wait: Interval?, at now: Instant) {
        let wasRunning = timers.isRunning(.reordering)
        let delay = options.habits.restartsReordering ? wait.map { max($0, reorderingWindow) } : wait
        timers[.reordering] = delay.map { now + $0 } ?? .distantFuture
        if wait != nil {
            timers.stop(.retransmission)
            timers.stop(.tailLossProbe)
        } else if wasRunning {
            startRetransmissionTimer(at: now)
        }
    }

    /// How late a segment may be before it counts as lost.
    var reorderingWindow: Interval {
        if hasEveryDuplicate { return .zero }
        return rack.reorderingWindow(
            isRecovering: recovery.phase != .open, sackedSegments: retransmission.sackedCount,
            minimum: rtt.minimum ?? .zero, smoothed: rtt.smoothed ?? .zero)
    }

    /// RFC 5827 §3.2: too little is in flight for three duplicates, nothing waits to be sent, and all segments but one are reported.
    private var hasEveryDuplicate: Bool {
        let (segments, reported) = (retransmission.count, retransmission.sackedCount)
        return options.habits.retransmitsEarly && segments <= RetransmissionQueue.duplicateThreshold
            && reported > 0 && reported >= segments - 1 && unsentText == 0
    }

    /// RFC 8985 §6.2 step 5: "When an ACK is received or the RACK reordering timer expires, call
    /// RACK_detect_loss_and_arm_timer()."
    func onReorderingTimeout(at now: Instant) {
        let inFlight = send.inFlight
        let lost = detectLosses(at: now)
        startRetransmissionTimer(at: now)
        if lost > 0, recovery.phase == .open { enterRecovery(inFlight: inFlight, delivered: unclocked(lost: lost)) }
    }
}
