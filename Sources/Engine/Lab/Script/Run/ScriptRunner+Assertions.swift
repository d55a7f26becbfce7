/// `%{ assert … }%`: what the connection under test says of itself.
extension ScriptRunner {
    mutating func check(_ assertion: ScriptAssertion) throws(ScriptProblem) {
        let connection = underTest.flatMap { try? stack.connection($0) }
        let snapshot = connection?.snapshot
        let runner = self
        let refutation = assertion.settle(&variables) { name in
            let own = runner.knobs.personality.isFreeBSD ? TCPInfo.freebsdValue(of: name, snapshot) : nil
            return own ?? connection.flatMap { runner.current(name, $0) } ?? TCPInfo.value(of: name, snapshot)
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
        case "tcpi_ca_state" where connection.ecn.reduction != nil: return TCPInfo.value(of: "TCP_CA_CWR", nil)
        case "tcpi_rcv_mss": return connection.memory.map { Int64($0.segment) }
        case "SK_MEMINFO_RMEM_ALLOC": return connection.memory.map { Int64($0.used) }
        case "SK_MEMINFO_RCVBUF": return connection.memory.map { Int64($0.limit) }
        case "tcpi_busy_time": return waits.busy.nanoseconds / 1_000
        case "tcpi_sndbuf_limited": return waits.fullBuffer.nanoseconds / 1_000
        case "tcpi_rwnd_limited": return waits.closedWindow.nanoseconds / 1_000
        case "tcpi_probes": return connection.refusedAttempts.map { Int64($0) } ?? Int64(connection.windowProbe.backOff)
        case "tcpi_backoff": return max(Int64(connection.windowProbe.backOff), Int64(connection.rtt.backOffs))
        case "tcpi_retransmits": return Int64(connection.timeoutsInRow)
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
        default: return connection.ecn.accurate.flatMap { count(name, $0) } ?? (isCount(name) ? 0 : nil)
        }
    }

    /// What AccECN has counted; 0 without.
    private func count(_ name: String, _ counts: AccurateECN) -> Int64? {
        switch name {
        case "tcpi_delivered_ce": Int64(counts.acknowledged - AccurateECN.initialCount)
        case "tcpi_received_ce": Int64(counts.received - AccurateECN.initialCount)
        case "tcpi_delivered_e0_bytes": Int64(counts.octetsAcknowledged.capable0)
        case "tcpi_delivered_e1_bytes": Int64(counts.octetsAcknowledged.capable1)
        case "tcpi_delivered_ce_bytes": Int64(counts.octetsAcknowledged.congestion)
        case "tcpi_received_e0_bytes": Int64(counts.octets.capable0)
        case "tcpi_received_e1_bytes": Int64(counts.octets.capable1)
        case "tcpi_received_ce_bytes": Int64(counts.octets.congestion)
        default: nil
        }
    }

    private func isCount(_ name: String) -> Bool {
        name.hasPrefix("tcpi_delivered_") || name.hasPrefix("tcpi_received_")
    }

    private func milliseconds(since instant: Instant) -> Int64 { (time - instant).nanoseconds / 1_000_000 }
}
