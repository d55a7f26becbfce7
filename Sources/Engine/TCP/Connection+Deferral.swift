/// A handshake that is over only once text comes, for a listener whose user wants to hear of no connection before (Linux's
/// TCP_DEFER_ACCEPT).
extension Connection {
    /// The segment would complete the handshake and brings nothing else: it is dropped for now.
    ///
    /// tcp_minisocks.c, tcp_check_req(): "While TCP_DEFER_ACCEPT is active, drop bare ACK."
    func defersAcceptance(_ segment: Segment) -> Bool {
        guard state == .synReceived, listener != nil, counters.timeouts < options.habits.acceptDeferral,
            segment.length == 0, segment.sequence == receive?.nxt
        else { return false }
        isAcceptanceDeferred = true
        return true
    }

    /// The SYN,ACK has waited in vain, but the peer has it: it goes again only for the last time, to ask for text or an ACK that
    /// counts (inet_connection_sock.c, syn_ack_recalc()).
    var waitsForText: Bool { isAcceptanceDeferred && counters.timeouts < options.habits.acceptDeferral }
}
