/// What may be repeated without a proof of loss, for connections without RACK: RFC 6675 §4, NextSeg () rules (3) and (4).
extension Connection {
    /// The next repetition of something that may still be on its way, once nothing lost and nothing new can leave.
    ///
    /// Rule (4): "If the conditions for (1), (2), and (3) fail, but there exists outstanding unSACKed data, we provide the
    /// opportunity for a single "rescue" retransmission per entry into loss recovery." RACK needs neither: its timer comes.
    func nextUnproven(_ segment: inout OutgoingSegment, at now: Instant) -> Bool {
        guard negotiated.sack, options.lossDetection == .sack, options.habits.repeatsUnproven,
            let episode,
            !retransmission.hasLost, congestion.window - retransmission.pipe >= mss,
            let doubtful = retransmission.firstDoubtful ?? (episode.hasRescued ? nil : retransmission.lastUnreported)
        else { return false }
        makeRepetition(&segment, of: doubtful, cause: .sackRetransmit, at: now)
        segment.isRescue = true
        return true
    }

    /// Such a repetition has left: rule (4) has had its turn if nothing was left for rule (3).
    ///
    /// RFC 6675 §4, SetPipe (), counts its sequence numbers twice, as original and as repetition. Our queue knows each segment
    /// once, so they come off the window, which the next acknowledgment sets anew.
    func noteRescue(_ segment: OutgoingSegment) {
        if retransmission.firstDoubtful == nil { episode?.hasRescued = true }
        congestion.onRateReduced(to: max(congestion.window - segment.length, retransmission.pipe))
    }
}
