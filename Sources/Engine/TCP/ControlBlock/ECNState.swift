/// Explicit congestion notification (RFC 3168): what a connection owes its peer, and what it has seen of the path.
struct ECNState {
    /// RFC 3168 §6.1.3: a CE was received, and every ACK echoes it until the peer answers with CWR.
    private(set) var owesEcho = false
    /// RFC 3168 §6.1.2: the window was reduced, and the next new text says so with CWR.
    var owesReduced = false
    /// The window is not reduced again before this is acknowledged; nil: it may be.
    private var recover: SequenceNumber?
    @Rare private var counts: ConnectionSnapshot.ECN.Received?

    /// Received segments with text, by their codepoint.
    var received: ConnectionSnapshot.ECN.Received { counts ?? ConnectionSnapshot.ECN.Received() }

    /// Text has come while ECN was negotiated. Returns true if the peer should hear of it at once.
    mutating func onText(_ segment: Segment) -> Bool {
        // RFC 3168 §6.1.3: "After the receipt of the CWR packet, acknowledgments for subsequent non-CE data packets do not have
        // the ECN-Echo flag set."
        if segment.flags.contains(.cwr) { owesEcho = false }
        var received = received
        defer { counts = received }
        switch segment.codepoint {
        case .notCapable: received.notCapable += 1
        case .capable0: received.capable0 += 1
        case .capable1: received.capable1 += 1
        case .congestion:
            received.congestion += 1
            let isNews = !owesEcho
            owesEcho = true
            return isNews
        }
        return false
    }

    /// An ACK with ECE has moved SND.UNA to `una`: true if the window is to be reduced, once each round trip.
    ///
    /// RFC 3168 §6.1.2: "TCP should not react to congestion indications more than once every window of data (or more loosely,
    /// more than once every round-trip time)."
    mutating func isEchoNews(una: SequenceNumber, nxt: SequenceNumber) -> Bool {
        if let recover, una < recover { return false }
        recover = nxt
        return true
    }

    /// The window was reduced, for whatever reason: the echoes of the same round trip count no more, and CWR is due.
    mutating func onWindowReduced(nxt: SequenceNumber, isNegotiated: Bool) {
        guard isNegotiated else { return }
        recover = nxt
        owesReduced = true
    }
}
