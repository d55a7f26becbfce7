/// Fast retransmit and fast recovery for a peer without SACK (RFC 5681 §3.2, RFC 6582).
extension Connection {
    /// What an acknowledgment means where only duplicates speak of losses.
    func recoverByDuplicates(_ arrival: Arrival) {
        let phase = recovery.phase
        let reported = recovery.duplicates * mss
        let step =
            arrival.advances
            ? recovery.onAdvance(una: send.una) : recovery.onDuplicate(una: send.una, nxt: send.nxt)
        if arrival.advances { undoIfOriginalArrived(arrival.delivery.echoedBefore, step: step, from: phase) }
        switch step {
        case .none: growWindow(arrival, reported: reported)
        case .enter where isLossOfPathProbe(octets: retransmission.first?.length ?? 0):
            recovery.undo(una: send.una)
            retransmission.markFirstLost(.mtuRetransmit)
        case .enter:
            beginEpisode()
            congestion.onRecoveryEntered(inFlight: flightAtLoss(arrival.inFlight))
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
}
