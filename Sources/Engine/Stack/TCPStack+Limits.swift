/// What all connections share: how many there may be, and the octets that wait behind holes.
extension TCPStack {
    /// Whether one more connection may begin; counts it if not.
    mutating func admitsConnection() -> Bool {
        guard table.liveCount >= configuration.connectionLimit else { return true }
        counters.limits.connections += 1
        return false
    }

    /// Whether one more of listeners' connections may be in its handshake.
    var admitsHalfOpen: Bool { halfOpen < configuration.halfOpenLimit }

    /// Hands a segment to its connection, which keeps no more octets behind holes than all connections together may.
    mutating func arrive(
        _ view: borrowing PacketView, text: RawSpan, record: UInt64, at connection: Connection, _ now: Instant
    ) -> Verdict {
        let (refused, held) = (connection.counters.outOfOrderRefused, connection.reassembly.outOfOrder)
        connection.mayKeepEarlyText = text.byteCount <= configuration.outOfOrderLimit - outOfOrder
        let verdict = connection.arrive(view.segment, payload: text, record: record, at: now, answered: &log.answers)
        outOfOrder += connection.reassembly.outOfOrder - held
        counters.limits.outOfOrder += UInt64(connection.counters.outOfOrderRefused - refused)
        return verdict
    }

    /// What lies behind a hole when a connection ends is never delivered.
    mutating func dropHoles(of connection: Connection) {
        outOfOrder -= connection.reassembly.outOfOrder
        connection.reassembly.dropRanges()
    }
}
