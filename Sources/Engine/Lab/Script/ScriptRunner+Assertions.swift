/// `%{ assert … }%`: what the connection under test says of itself.
extension ScriptRunner {
    mutating func check(_ assertion: ScriptAssertion) throws(ScriptProblem) {
        let connection = underTest.flatMap { try? stack.connection($0) }
        let snapshot = connection?.snapshot
        let runner = self
        let refutation = assertion.settle(&variables) { name in
            connection.flatMap { runner.current(name, $0) } ?? TCPInfo.value(of: name, snapshot)
        }
        guard let actual = refutation else { return }
        throw failure(expected: assertion.text, actual: actual, line: assertion.line)
    }

    /// The connection that the packets belong to.
    var underTest: ConnectionID? {
        guard let tuple else { return nil }
        return stack.snapshots.last { $0.local == tuple.local && $0.remote == tuple.remote }?.id
    }

    /// What depends on the time, or is counted only for whoever asks.
    private func current(_ name: String, _ connection: Connection) -> Int64? {
        switch name {
        // Linux counts a segment as lost until it is acknowledged, also while its repetition is on its way.
        case "tcpi_lost":
            let repairs = connection.retransmission.repairs
            return Int64(repairs.waiting + repairs.outstanding)
        case "tcpi_rcv_mss": return connection.memory.map { Int64($0.segment) }
        case "SK_MEMINFO_RMEM_ALLOC": return connection.memory.map { Int64($0.used) }
        case "SK_MEMINFO_RCVBUF": return connection.memory.map { Int64($0.limit) }
        case "tcpi_busy_time": return waits.busy.nanoseconds / 1_000
        case "tcpi_sndbuf_limited": return waits.fullBuffer.nanoseconds / 1_000
        case "tcpi_rwnd_limited": return waits.closedWindow.nanoseconds / 1_000
        case "tcpi_probes": return Int64(connection.probeBackOff)
        case "tcpi_retrans": return Int64(connection.retransmission.repairs.outstanding)
        // In segments: how far one may be overtaken before it counts as lost, three at the least (Linux: tcp_reordering).
        case "tcpi_reordering":
            let segment = max(connection.maximumSegmentText, 1)
            return Int64(
                max(RetransmissionQueue.duplicateThreshold, (connection.rack.reorderingExtent + segment - 1) / segment))
        case "tcpi_last_data_sent": return milliseconds(since: connection.lastSentAt)
        // Without any text, both count from the handshake.
        case "tcpi_last_data_recv":
            return milliseconds(since: lastTextAt ?? connection.establishedAt ?? connection.openedAt)
        case "tcpi_last_ack_recv": return milliseconds(since: lastAckAt ?? connection.openedAt)
        default: return nil
        }
    }

    private func milliseconds(since instant: Instant) -> Int64 { (time - instant).nanoseconds / 1_000_000 }
}
