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
        let id = try await engine.connectionID(for: call.pathParameter("id"))
        return call.answer(TCPInfoModel(try await engine.connection(id)).json)
    }
}

/// A connection under the names and in the units of Linux's `struct tcp_info` (linux/tcp.h): times in microseconds, the
/// congestion window in segments. The values are those that a script's assertions see.
package struct TCPInfoModel: Sendable {
    private static let names = [
        "tcpi_state", "tcpi_ca_state", "tcpi_options", "tcpi_snd_wscale", "tcpi_rcv_wscale",
        "tcpi_rto", "tcpi_rtt", "tcpi_rttvar", "tcpi_min_rtt",
        "tcpi_snd_mss", "tcpi_pmtu", "tcpi_snd_cwnd", "tcpi_snd_ssthresh", "tcpi_snd_wnd", "tcpi_rcv_wnd",
        "tcpi_unacked", "tcpi_sacked", "tcpi_notsent_bytes",
        "tcpi_segs_out", "tcpi_segs_in", "tcpi_bytes_sent", "tcpi_bytes_acked", "tcpi_bytes_received",
        "tcpi_total_retrans", "tcpi_rcv_ooopack",
    ]

    private let snapshot: ConnectionSnapshot

    package init(_ snapshot: ConnectionSnapshot) { self.snapshot = snapshot }

    package var json: JSON {
        .object(Self.names.map { .init($0, .number(TCPInfo.value(of: $0, snapshot) ?? 0)) })
    }
}
