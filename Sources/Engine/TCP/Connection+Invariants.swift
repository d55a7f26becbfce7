extension Connection {
    /// What must always hold; nil if it does, else a sentence that names the breach.
    ///
    /// The stack calls it after every step. In tests and simulation a breach traps; in service it aborts this connection
    /// only. `thorough` adds what takes time in proportion to the queues.
    package func brokenInvariant(thorough: Bool) -> String? {
        if let breach { return breach }
        guard state != .closed, state != .timeWait else { return nil }
        guard send.una <= send.nxt else { return "SND.UNA \(send.una) is past SND.NXT \(send.nxt)" }
        guard !thorough || retransmission.isConsistent(una: send.una, nxt: send.nxt) else {
            return "the retransmission queue does not cover \(send.una) ..< \(send.nxt)"
        }
        guard sendBuffer.count <= sendBuffer.capacity else { return "the send buffer holds \(sendBuffer.count) octets" }
        if state.isSynchronized, !retransmission.isEmpty, !retransmission.hasLost,
            !timers.isRunning(.retransmission), !timers.isRunning(.persist), !timers.isRunning(.reordering)
        {
            return "\(send.inFlight) octets are outstanding and no timer runs"
        }
        return brokenReceiveInvariant()
    }

    private func brokenReceiveInvariant() -> String? {
        guard let receive else { return state == .synSent ? nil : "\(state) without the peer's SYN" }
        guard receive.nxt <= receive.rightEdge else { return "RCV.NXT \(receive.nxt) is past the announced window" }
        let held = reassembly.readable + reassembly.outOfOrder
        // The announced edge is rounded up by less than one unit of the window scale.
        let most = memory?.mostText ?? options.receiveBuffer + (1 << Int(receive.scale))
        guard held <= most else {
            return "the receive buffer holds \(held) octets"
        }
        let expected = receive.irs + 1 + Int(truncatingIfNeeded: reassembly.next) + (isReceiveFinal ? 1 : 0)
        guard expected == receive.nxt else { return "RCV.NXT \(receive.nxt) is not where the stream is, \(expected)" }
        return nil
    }
}
