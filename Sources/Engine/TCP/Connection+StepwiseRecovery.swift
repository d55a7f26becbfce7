/// Fast recovery with SACK, step by step (`StepwiseRecovery`), for those who don't reduce their rate in proportion.
extension Connection {
    /// Recovery begins with the first hole alone.
    func beginSteps(threshold: Int) {
        episode?.steps = StepwiseRecovery(threshold: threshold, mss: mss, nxt: send.nxt)
        settleSteps(nil)
    }

    /// The ACK that has begun a recovery acknowledges something new as well: it counts as one that comes when the first hole is
    /// repeated already.
    func continueSteps(_ arrival: Arrival) {
        guard var steps = episode?.steps else { return }
        steps.onPartialAcknowledgment(octets: arrival.text, repeated: mss, new: 0)
        episode?.steps = steps
        settleSteps(nil)
    }

    /// An ACK has come in recovery; nil: the one that has begun it.
    func settleSteps(_ arrival: Arrival?) {
        guard var steps = episode?.steps else { return }
        if let arrival, isRescueDue(arrival, steps) {
            steps.onRescue(octets: retransmission.markNewestLost(.sackRetransmit))
        }
        var (waiting, repeated) = retransmission.markHoles(upTo: steps.start, .sackRetransmit)
        if retransmission.isNewestReported { repeated += steps.rescued }
        let new = send.nxt - steps.start
        if let arrival, arrival.advances {
            steps.onPartialAcknowledgment(octets: arrival.text, repeated: repeated, new: new)
            // TF_ACKNOW: something leaves, and be it an empty segment.
            debt = .due(.ack)
        } else if let arrival {
            steps.onDuplicate(inNetwork: octetsInNetwork(repeated: repeated, arrival.delivery))
        }
        episode?.steps = steps
        let allowance = steps.allowance(holes: waiting, repeated: repeated, new: new, inFlight: send.inFlight)
        congestion.onRateReduced(to: retransmission.pipe + allowance)
    }

    /// tcp_sack_partialack(): a pure ACK of a part leaves nothing reported, and nothing was sent since the recovery began. Only where
    /// reports count as RFC 6675 has it.
    private func isRescueDue(_ arrival: Arrival, _ steps: StepwiseRecovery) -> Bool {
        options.habits.networkEstimate != .behindHighest && arrival.advances && steps.rescued == 0
            && retransmission.sackedCount == 0 && send.nxt == steps.start
    }

    /// awnd, or what tcp_compute_pipe() makes of it.
    private func octetsInNetwork(repeated: Int, _ delivery: Delivery) -> Int {
        switch options.habits.networkEstimate {
        case .behindHighest:
            let highest = rack.forwardmost > send.una ? rack.forwardmost : send.una
            return send.nxt - highest + repeated
        case .unreported: return send.inFlight - retransmission.sackedOctets + repeated
        case .notInNewestReport: return send.inFlight - delivery.reported + repeated
        }
    }

    /// Finds losses by the number of what was reported, or of duplicates (tcp_do_segment()); returns the octets newly found. Who
    /// estimates the network by reports (net.inet.tcp.rfc6675_pipe) believes them before the third duplicate, too.
    func detectLossesByCount(_ arrival: Arrival) -> Int {
        // What a recovery repeats is settled with it.
        if episode?.steps != nil { return 0 }
        guard options.habits.countsDuplicates, recovery.phase == .open else {
            return retransmission.detectLossesByCount(mss: mss)
        }
        // One that moves SND.UNA and reports something is the first.
        let isThird = (!arrival.advances || arrival.delivery.sacked > 0) && recovery.isThirdSelectiveDuplicate()
        let believesReports = options.habits.networkEstimate != .behindHighest
        let isReported = retransmission.sackedOctets > (RetransmissionQueue.duplicateThreshold - 1) * mss
        guard isThird || believesReports && isReported else { return 0 }
        return retransmission.markHoles(upTo: send.nxt, .sackRetransmit).waiting
    }
}
