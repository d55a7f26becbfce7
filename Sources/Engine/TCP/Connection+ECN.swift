/// Explicit congestion notification of one connection (RFC 3168 §6.1).
extension Connection {
    /// RFC 3168 §6.1.1: "an ECN-setup SYN packet" has ECE and CWR, "an ECN-setup SYN-ACK packet" ECE only.
    ///
    /// A SYN that got no answer is repeated without: §6.1.1.1 "A host that receives no reply to an ECN-setup SYN within the
    /// normal SYN retransmission timeout interval MAY resend the SYN … with CWR and ECE cleared", for the path's sake.
    func offerECN(_ syn: inout OutgoingSegment) {
        if syn.flags.contains(.ack) {
            if negotiated.ecn { syn.flags.insert(.ece) }
        } else if options.ecn, maySynOfferECN {
            syn.flags.formUnion([.ece, .cwr])
        }
    }

    /// Our SYN was not repeated too often for that yet.
    private var maySynOfferECN: Bool { counters.timeouts <= options.habits.ecnSynRepetitions }

    /// Reads the peer's SYN or SYN,ACK; anything but the right pair of flags means no ECN, and never harms the handshake.
    func settleECN(_ syn: Segment) {
        let offered = syn.flags.intersection([.ece, .cwr])
        // §6.1.1: a reflection of both flags in a SYN,ACK is the mark of a broken host, not an agreement.
        let agreed = syn.flags.contains(.ack) ? offered == .ece && maySynOfferECN : offered == [.ece, .cwr]
        negotiated.ecn = options.ecn && agreed
    }

    /// RFC 3168 §6.1.5, §6.1.6: retransmissions, window probes and pure ACKs are never marked capable; new text is.
    func markCapable(_ segment: inout OutgoingSegment) {
        guard negotiated.ecn, segment.textLength > 0, segment.cause != .windowProbe else { return }
        segment.codepoint = .capable0
        if ecn.owesReduced { segment.flags.insert(.cwr) }
    }

    /// Text has come: notes its codepoint.
    func noteCodepoint(of segment: Segment) {
        guard negotiated.ecn, segment.textLength > 0 else { return }
        if ecn.onText(segment) { debt = .due(.ack) }
    }

    /// An acceptable ACK may carry the echo of a congestion that our segments met.
    ///
    /// - Parameter inFlight: octets in flight just before it.
    func takeCongestionEcho(_ segment: Segment, inFlight: Int) {
        guard negotiated.ecn, segment.flags.intersection([.ece, .syn]) == .ece, inFlight > 0,
            recovery.phase == .open, ecn.isEchoNews(una: send.una, nxt: send.nxt)
        else { return }
        counters.congestionEchoes += 1
        signalCongestion(inFlight: inFlight)
    }

    /// The network signals congestion, and nothing has to be repaired.
    func signalCongestion(inFlight: Int) {
        congestion.onCongestionSignalled(inFlight: flightAtLoss(inFlight))
        ecn.onWindowReduced(nxt: send.nxt, isNegotiated: negotiated.ecn)
    }
}
