/// Fast recovery with SACK, step by step (`StepwiseRecovery`), for those who don't reduce their rate in proportion.
extension Connection {
    /// Recovery begins with the first hole alone.
    func beginSteps(threshold: Int) {
        episode?.steps = StepwiseRecovery(threshold: threshold, mss: mss, nxt: send.nxt)
        settleSteps(nil)
    }

    /// An ACK has come in recovery; nil: the one that has begun it.
    func settleSteps(_ arrival: Arrival?) {
        guard var steps = episode?.steps else { return }
        let (waiting, repeated) = retransmission.markHoles(upTo: steps.start, .sackRetransmit)
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
        let isThird = !arrival.advances && recovery.isThirdSelectiveDuplicate()
        let believesReports = options.habits.networkEstimate != .behindHighest
        let isReported = retransmission.sackedOctets > (RetransmissionQueue.duplicateThreshold - 1) * mss
        guard isThird || believesReports && isReported else { return 0 }
        return retransmission.markHoles(upTo: send.nxt, .sackRetransmit).waiting
    }
}
