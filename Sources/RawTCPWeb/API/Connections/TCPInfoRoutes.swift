package import Engine
import HTTPTypes

/// `/v1/connections/{id}/tcp-info`: a connection in the words of Linux's `struct tcp_info`.
package struct TCPInfoRoutes: Sendable {
    private let engine: any EngineService

    package init(engine: any EngineService) { self.engine = engine }

    /// The operations of the resource.
    package var routes: [Route] { [Route(.get, "/v1/connections/{id}/tcp-info", handler: show)] }

    private func show(_ call: Call) async throws -> Response {
        try call.query.finish()
        let text = call.pathParameter("id")
        var id = ConnectionID(text)
        if id == nil { id = await engine.connectionID(named: text) }
        guard let id else { throw Problem(EngineError.notFound(text)) }
        return call.answer(TCPInfoModel(try await engine.connection(id)).json)
    }
}

/// A connection under the names and in the units of Linux's `struct tcp_info` (linux/tcp.h): times in microseconds, the
/// congestion window in segments.
package struct TCPInfoModel: Sendable {
    private let snapshot: ConnectionSnapshot

    package init(_ snapshot: ConnectionSnapshot) { self.snapshot = snapshot }

    package var json: JSON {
        .object(
            [
                .init("tcpi_state", .integer(snapshot.state.linuxNumber)),
                .init("tcpi_ca_state", .integer(congestionState)),
                .init("tcpi_options", .integer(options)),
                .init("tcpi_snd_wscale", .number(snapshot.send.scale)),
                .init("tcpi_rcv_wscale", .number(snapshot.receive.scale)),
            ] + times + sizes + totals)
    }

    private var times: [JSON.Member] {
        [
            .init("tcpi_rto", microseconds(snapshot.rtt.rto)),
            .init("tcpi_rtt", microseconds(snapshot.rtt.smoothed)),
            .init("tcpi_rttvar", microseconds(snapshot.rtt.variation)),
            .init("tcpi_min_rtt", microseconds(snapshot.rtt.minimum)),
        ]
    }

    private var sizes: [JSON.Member] {
        [
            .init("tcpi_snd_mss", .integer(snapshot.mss)),
            .init("tcpi_pmtu", .integer(snapshot.pathMTU)),
            .init("tcpi_snd_cwnd", .integer(max(snapshot.congestion.window / max(snapshot.mss, 1), 1))),
            .init("tcpi_snd_ssthresh", .integer(threshold)),
            .init("tcpi_snd_wnd", .integer(snapshot.send.wnd)),
            .init("tcpi_rcv_wnd", .integer(snapshot.receive.wnd)),
            .init("tcpi_unacked", .integer(segments(snapshot.send.inFlight))),
            .init("tcpi_sacked", .integer(segments(snapshot.recovery.sacked))),
            .init("tcpi_notsent_bytes", .integer(max(snapshot.send.buffered - snapshot.send.inFlight, 0))),
        ]
    }

    private var totals: [JSON.Member] {
        let counters = snapshot.counters
        return [
            .init("tcpi_segs_out", .integer(counters.segmentsSent)),
            .init("tcpi_segs_in", .integer(counters.segmentsReceived)),
            .init("tcpi_bytes_sent", .integer(counters.bytesSent)),
            .init("tcpi_bytes_acked", .integer(counters.bytesAcked)),
            .init("tcpi_bytes_received", .integer(counters.bytesReceived)),
            .init("tcpi_total_retrans", .integer(counters.retransmissions)),
            .init("tcpi_rcv_ooopack", .integer(counters.outOfOrderReceived)),
        ]
    }

    /// TCP_CA_Open, Disorder, Recovery and Loss; CWR, 2, is a state that we do not have.
    private var congestionState: Int {
        switch snapshot.recovery.phase {
        case .open: 0
        case .disorder: 1
        case .fastRecovery: 3
        case .loss: 4
        }
    }

    /// TCPI_OPT_TIMESTAMPS, SACK, WSCALE, ECN, and SYN_DATA, whose text was acknowledged with the SYN.
    private var options: Int {
        let negotiated = snapshot.negotiated
        return (negotiated.timestamps ? 1 : 0) | (negotiated.sack ? 2 : 0) | (negotiated.windowScale ? 4 : 0)
            | (negotiated.ecn ? 8 : 0) | (negotiated.fastOpen ? 32 : 0)
    }

    /// In segments; TCP_INFINITE_SSTHRESH while there is none.
    private var threshold: Int {
        snapshot.congestion.slowStartThreshold.map { max($0 / max(snapshot.mss, 1), 1) } ?? 0x7fff_ffff
    }

    /// How many segments these octets fill, the last one perhaps in part.
    private func segments(_ octets: Int) -> Int { (octets + max(snapshot.mss, 1) - 1) / max(snapshot.mss, 1) }

    private func microseconds(_ interval: Interval?) -> JSON { .integer(Int((interval ?? .zero).nanoseconds / 1_000)) }
}
