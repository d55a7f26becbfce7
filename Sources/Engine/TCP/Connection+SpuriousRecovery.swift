/// Recoveries that should not have been (RFC 3522, RFC 4015, RFC 5682, RFC 2883): how they are found out, and undone.
extension Connection {
    /// The first acknowledgments after a timeout tell whether it was needed (RFC 5682).
    func judgeTimeout(_ arrival: Arrival) {
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
    func undoIfOriginalArrived(
        _ echoedBefore: Instant?, step: LossRecovery.Step, from phase: LossRecovery.Phase
    ) {
        guard let episode, episode.detector.isEchoOfOriginal(echoedBefore) else { return }
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
        recovery.undo(una: send.una)
        frto.cancel()
    }

    /// The peer has got something twice. If fast recovery had repeated it, the original was only late, later than RACK had
    /// allowed for; and if that holds for everything that was repeated, nothing had been lost.
    func takeDuplicateReport(_ duplicate: SACKBlock?) {
        guard let duplicate, !options.habits.recoversStepwise, episode?.detector.wasRepeated(duplicate) == true
        else { return }
        if recovery.phase != .timeout { rack.onNeedlessRepetition() }
        if episode?.detector.isRefuted(by: duplicate) == true { undoRecovery() }
    }
}
