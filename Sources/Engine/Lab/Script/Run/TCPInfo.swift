/// What a script's assertions may ask about a connection: Linux's `tcp_info` by its names, and the constants that it is
/// compared with.
package enum TCPInfo {
    /// Every name that an assertion may use.
    static let names = Set(constants.keys).union(members)

    /// It says something of the connection, and no script may give it a value.
    static func isMember(_ name: String) -> Bool { members.contains(name) }

    private static let members: Set<String> = [
        "tcpi_state", "tcpi_ca_state", "tcpi_options", "tcpi_snd_wscale", "tcpi_rcv_wscale", "tcpi_rto", "tcpi_snd_mss",
        "tcpi_rcv_mss", "tcpi_unacked", "tcpi_sacked", "tcpi_rtt", "tcpi_rttvar", "tcpi_min_rtt", "tcpi_snd_ssthresh",
        "tcpi_snd_cwnd",
        "tcpi_advmss", "tcpi_lost", "tcpi_retrans", "tcpi_retransmits", "tcpi_probes", "tcpi_reordering", "tcpi_pmtu",
        "tcpi_snd_nxt", "tcpi_rcv_nxt",
        "tcpi_backoff", "tcpi_delivered_ce", "tcpi_received_ce", "tcpi_delivered_e0_bytes", "tcpi_delivered_e1_bytes",
        "tcpi_delivered_ce_bytes", "tcpi_received_e0_bytes", "tcpi_received_e1_bytes", "tcpi_received_ce_bytes",
        "tcpi_last_data_sent", "tcpi_last_data_recv", "tcpi_last_ack_recv",
        "tcpi_busy_time", "tcpi_rwnd_limited", "tcpi_sndbuf_limited",
        "tcpi_total_retrans", "tcpi_delivered", "tcpi_bytes_acked",
        "tcpi_bytes_received", "tcpi_bytes_sent",
        "tcpi_segs_out", "tcpi_segs_in", "tcpi_snd_wnd", "tcpi_rcv_wnd", "tcpi_notsent_bytes", "tcpi_rcv_ooopack",
        "SK_MEMINFO_RMEM_ALLOC", "SK_MEMINFO_RCVBUF",
    ]

    private static let constants: [String: Int64] = [
        "True": 1, "False": 0, "TCP_INFINITE_SSTHRESH": 0x7fff_ffff,
        "TCP_CA_Open": 0, "TCP_CA_Disorder": 1, "TCP_CA_CWR": 2, "TCP_CA_Recovery": 3, "TCP_CA_Loss": 4,
        "TCPI_OPT_TIMESTAMPS": 1, "TCPI_OPT_SACK": 2, "TCPI_OPT_WSCALE": 4, "TCPI_OPT_ECN": 8,
        "TCPI_OPT_ECN_SEEN": 16, "TCPI_OPT_SYN_DATA": 32, "TCPI_OPT_USEC_TS": 64, "TCPI_OPT_TFO_CHILD": 128,
        "TCP_ESTABLISHED": 1, "TCP_SYN_SENT": 2, "TCP_SYN_RECV": 3, "TCP_FIN_WAIT1": 4, "TCP_FIN_WAIT2": 5,
        "TCP_TIME_WAIT": 6, "TCP_CLOSE": 7, "TCP_CLOSE_WAIT": 8, "TCP_LAST_ACK": 9, "TCP_LISTEN": 10, "TCP_CLOSING": 11,
        "TCPS_CLOSED": 7, "TCPS_LISTEN": 10, "TCPS_SYN_SENT": 2, "TCPS_SYN_RECEIVED": 3, "TCPS_ESTABLISHED": 1,
        "TCPS_CLOSE_WAIT": 8, "TCPS_FIN_WAIT_1": 4, "TCPS_CLOSING": 11, "TCPS_LAST_ACK": 9, "TCPS_FIN_WAIT_2": 5,
        "TCPS_TIME_WAIT": 6,
        "TCPI_CLOSED": 7, "TCPI_LISTEN": 10, "TCPI_SYN_SENT": 2, "TCPI_SYN_RECEIVED": 3, "TCPI_ESTABLISHED": 1,
        "TCPI_CLOSE_WAIT": 8, "TCPI_FIN_WAIT_1": 4, "TCPI_CLOSING": 11, "TCPI_LAST_ACK": 9, "TCPI_FIN_WAIT_2": 5,
        "TCPI_TIME_WAIT": 6,
    ]

    /// The value of a name for a connection; nil for a member without a connection.
    package static func value(of name: String, _ connection: ConnectionSnapshot?) -> Int64? {
        if let constant = constants[name] { return constant }
        guard let connection else { return nil }
        return flow(name, connection) ?? timing(name, connection) ?? counter(name, connection)
    }

    /// What FreeBSD tells in its own way: states by its numbers, windows in octets.
    static func freebsdValue(of name: String, _ connection: ConnectionSnapshot?) -> Int64? {
        if let state = states.first(where: { "TCPS_" + $0.name == name || "TCPI_" + $0.name == name })?.state {
            return Int64(state.freebsdNumber)
        }
        switch name {
        case "tcpi_state": return Int64((connection?.state ?? .closed).freebsdNumber)
        case "tcpi_snd_cwnd": return (connection?.congestion.window).map { Int64($0) }
        // TCP_MAXWIN << TCP_MAX_WINSHIFT, before the first loss.
        case "tcpi_snd_ssthresh":
            return connection.map { Int64($0.congestion.slowStartThreshold ?? 65_535 << 14) }
        default: return nil
        }
    }

    private static let states: [(name: String, state: State)] = [
        ("CLOSED", .closed), ("LISTEN", .listen), ("SYN_SENT", .synSent), ("SYN_RECEIVED", .synReceived),
        ("ESTABLISHED", .established), ("CLOSE_WAIT", .closeWait), ("FIN_WAIT_1", .finWait1), ("CLOSING", .closing),
        ("LAST_ACK", .lastAck), ("FIN_WAIT_2", .finWait2), ("TIME_WAIT", .timeWait),
    ]

    private static func flow(_ name: String, _ connection: ConnectionSnapshot) -> Int64? {
        let segment = max(connection.segmentText, 1)
        switch name {
        case "tcpi_state": return Int64(connection.state.linuxNumber)
        case "tcpi_ca_state": return congestionState(connection)
        case "tcpi_options":
            let negotiated = connection.negotiated
            return (negotiated.timestamps ? 1 : 0) | (negotiated.sack ? 2 : 0) | (negotiated.windowScale ? 4 : 0)
                | (negotiated.ecn ? 8 : 0) | (negotiated.fastOpen ? 32 : 0)
        case "tcpi_snd_wscale": return Int64(connection.send.scale)
        case "tcpi_rcv_wscale": return Int64(connection.receive.scale)
        case "tcpi_snd_mss": return Int64(segment)
        case "tcpi_rcv_mss", "tcpi_advmss": return Int64(connection.mss)
        case "tcpi_sacked": return Int64(connection.recovery.sacked / segment)
        case "tcpi_unacked": return Int64((connection.send.inFlight + segment - 1) / segment)
        case "tcpi_snd_cwnd": return Int64((connection.congestion.window + segment / 2) / segment)
        case "tcpi_snd_ssthresh":
            guard let threshold = connection.congestion.slowStartThreshold else { return 0x7fff_ffff }
            return Int64((threshold + segment / 2) / segment)
        case "tcpi_snd_wnd": return Int64(connection.send.wnd)
        case "tcpi_rcv_wnd": return Int64(connection.receive.wnd)
        case "tcpi_pmtu": return Int64(connection.pathMTU)
        case "tcpi_snd_nxt": return Int64(connection.send.nxt.rawValue)
        case "tcpi_rcv_nxt": return Int64(connection.receive.nxt.rawValue)
        case "tcpi_notsent_bytes": return Int64(max(connection.send.buffered - connection.send.inFlight, 0))
        default: return nil
        }
    }

    private static func timing(_ name: String, _ connection: ConnectionSnapshot) -> Int64? {
        switch name {
        case "tcpi_rto": connection.rtt.rto.nanoseconds / 1_000
        case "tcpi_rtt": (connection.rtt.smoothed?.nanoseconds ?? 0) / 1_000
        // Linux shows four mean deviations as the variation, which is what RFC 6298 multiplies into the RTO.
        case "tcpi_rttvar": (connection.rtt.variation?.nanoseconds ?? 0) / 1_000
        case "tcpi_min_rtt": (connection.rtt.minimum?.nanoseconds ?? 0) / 1_000
        default: nil
        }
    }

    private static func counter(_ name: String, _ connection: ConnectionSnapshot) -> Int64? {
        switch name {
        case "tcpi_total_retrans": Int64(connection.counters.retransmissions)
        case "tcpi_delivered": Int64(connection.counters.segmentsDelivered)
        case "tcpi_bytes_acked": Int64(connection.counters.bytesAcked)
        case "tcpi_bytes_received": Int64(connection.counters.bytesReceived)
        case "tcpi_bytes_sent": Int64(connection.counters.bytesSent)
        case "tcpi_segs_out": Int64(connection.counters.segmentsSent)
        case "tcpi_segs_in": Int64(connection.counters.segmentsReceived)
        case "tcpi_rcv_ooopack": Int64(connection.counters.outOfOrderReceived)
        default: nil
        }
    }

    private static func congestionState(_ connection: ConnectionSnapshot) -> Int64 {
        switch connection.recovery.phase {
        case .open: 0
        case .disorder: 1
        case .fastRecovery: 3
        case .loss: 4
        }
    }
}

extension ConnectionSnapshot {
    /// Octets of text in a full segment, beside the options that every segment carries.
    fileprivate var segmentText: Int { mss - (negotiated.timestamps ? 12 : 0) }
}
