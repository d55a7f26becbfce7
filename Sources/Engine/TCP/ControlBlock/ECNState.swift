/// Explicit congestion notification (RFC 3168): what a connection owes its peer, and what it has seen of the path.
struct ECNState {
    /// RFC 3168 §6.1.3: a CE was received, and every ACK echoes it until the peer answers with CWR.
    private(set) var owesEcho = false
    /// RFC 3168 §6.1.2: the window was reduced, and the next new text says so with CWR.
    var owesReduced = false
    /// The window is not reduced again before this is acknowledged; nil: it may be.
    private var recover: SequenceNumber?
    @Rare private var details: Details?

    /// What only connections with ECN have.
    private struct Details: Sendable {
        var received = ConnectionSnapshot.ECN.Received()
        var reduction: ProportionalRateReduction?
        var accurate: AccurateECN?
    }

    /// Received segments with text, by their codepoint.
    private(set) var received: ConnectionSnapshot.ECN.Received {
        get { details?.received ?? ConnectionSnapshot.ECN.Received() }
        set { change { $0.received = newValue } }
    }

    /// An echo shrinks the window step by step; nil once it has.
    var reduction: ProportionalRateReduction? {
        get { details?.reduction }
        set { if newValue != nil || details != nil { change { $0.reduction = newValue } } }
    }

    /// What both sides have counted, where they agreed on AccECN; nil: congestion is echoed as RFC 3168 has it.
    var accurate: AccurateECN? {
        get { details?.accurate }
        set { if newValue != nil || details != nil { change { $0.accurate = newValue } } }
    }

    private mutating func change(_ change: (inout Details) -> Void) {
        var changed = details ?? Details()
        change(&changed)
        details = changed
    }

    /// Text has come while ECN was negotiated. Returns true if the peer should hear of it at once.
    mutating func onText(_ segment: Segment) -> Bool {
        // RFC 3168 §6.1.3: "After the receipt of the CWR packet, acknowledgments for subsequent non-CE data packets do not have
        // the ECN-Echo flag set."
        if segment.flags.contains(.cwr) { owesEcho = false }
        let isAccurate = accurate != nil
        switch segment.codepoint {
        case .notCapable: received.notCapable += 1
        case .capable0: received.capable0 += 1
        case .capable1: received.capable1 += 1
        case .congestion:
            received.congestion += 1
            let isNews = !owesEcho && !isAccurate
            owesEcho = !isAccurate
            return isNews
        }
        return false
    }

    /// The peer's window was reduced, and the segment that says so was not marked on its way. Returns true if it has ended an echo.
    mutating func endEcho(_ segment: Segment) -> Bool {
        guard owesEcho, segment.flags.contains(.cwr), segment.codepoint != .congestion else { return false }
        owesEcho = false
        return true
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
        owesReduced = accurate == nil
    }

    /// More than what was in flight when the window was last reduced is acknowledged, and with it the CWR that told of that.
    func isReductionOver(una: SequenceNumber) -> Bool { recover.map { una > $0 } ?? true }

    /// What a segment without SYN tells the peer.
    func tell(_ segment: inout OutgoingSegment) {
        if let accurate { segment.flags.formUnion(accurate.flags) }
        if owesEcho { segment.flags.insert(.ece) }
    }

    /// Our answer to the peer's SYN,ACK has left.
    mutating func onHandshakeAnswered() {
        if accurate?.handshake != nil { accurate?.handshake = nil }
    }
}
