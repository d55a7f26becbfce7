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
        let (waiting, repeated) = retransmission.markHoles(.sackRetransmit)
        let new = send.nxt - steps.start
        if let arrival, arrival.advances {
            steps.onPartialAcknowledgment(octets: arrival.text, repeated: repeated, new: new)
            // TF_ACKNOW: something leaves, and be it an empty segment.
            debt = .due(.ack)
        } else if arrival != nil {
            steps.onDuplicate(inNetwork: octetsInNetwork(repeated: repeated))
        }
        episode?.steps = steps
        let allowance = steps.allowance(holes: waiting, repeated: repeated, new: new, inFlight: send.inFlight)
        congestion.onRateReduced(to: retransmission.pipe + allowance)
    }

    /// awnd: what lies behind the highest reported octet, or by RFC 6675 §4 all that was not reported (tcp_compute_pipe()).
    private func octetsInNetwork(repeated: Int) -> Int {
        if options.habits.countsPipe { return send.inFlight - retransmission.sackedOctets + repeated }
        let highest = rack.forwardmost > send.una ? rack.forwardmost : send.una
        return send.nxt - highest + repeated
    }
}
