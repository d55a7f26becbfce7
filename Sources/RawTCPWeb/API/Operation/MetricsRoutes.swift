import Engine
import HTTPTypes

/// What the server and the process tell of themselves, beside the engine.
package struct ServiceGauges: Sendable {
    /// HTTP connections that are open.
    package var openConnections: @Sendable () -> Int = { 0 }
    /// HTTP connections that were only told that there are too many.
    package var refusedConnections: @Sendable () -> UInt64 = { 0 }
    /// Resident memory in octets, open descriptors, and CPU time in seconds.
    package var process: @Sendable () -> (memory: Int, descriptors: Int, seconds: Double) = { (0, 0, 0) }

    package init() {}
}

/// `/metrics` and `/readyz`: what monitoring reads.
package struct MetricsRoutes: Sendable {
    /// An engine whose loop needs longer to answer is late.
    package static let mostLateness: Duration = .seconds(1)

    private let engine: any EngineService
    private let metrics: HTTPMetrics
    private let gauges: ServiceGauges
    private let isStopping: @Sendable () -> Bool

    package init(
        engine: any EngineService, metrics: HTTPMetrics, gauges: ServiceGauges,
        isStopping: @escaping @Sendable () -> Bool
    ) {
        self.engine = engine
        self.metrics = metrics
        self.gauges = gauges
        self.isStopping = isStopping
    }

    /// The operations of the resources.
    package var routes: [Route] {
        [Route(.get, "/metrics", types: [], handler: expose), Route(.get, "/readyz", handler: ready)]
    }

    // MARK: Readiness

    /// Whether the raw socket is open and the loop behind it keeps up: it answers a question within its time.
    private func ready(_ call: Call) async throws -> Response {
        if isStopping() { throw Problem(.shuttingDown, "The service is shutting down and takes no new work.") }
        let start = ContinuousClock.now
        let isInTime = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = await engine.status()
                return true
            }
            group.addTask {
                try? await Task.sleep(for: Self.mostLateness)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        guard isInTime else {
            throw Problem(.noRawSocket, "The engine's loop is late: it did not answer within \(Self.mostLateness).")
        }
        let delay = (ContinuousClock.now - start) / .seconds(1)
        return call.answer(["status": "ready", "rawSocket": true, "loopDelay": .double(delay)])
    }

    // MARK: Metrics

    private func expose(_ call: Call) async throws -> Response {
        let types = ["text/plain", "application/openmetrics-text"]
        let format: Exposition.Format =
            try Representation.choose(among: types, for: call.request) == 1 ? .openMetrics : .prometheus
        var text = Exposition(format)
        let status = await engine.status()
        Self.describe(status, states: await engine.connections().map(\.state), in: &text)
        describeServer(in: &text)
        let head = HTTPResponse(
            status: .ok, headerFields: [.contentType: format.contentType, .cacheControl: "no-store"])
        return Response(head: head, body: .bytes(text.octets))
    }

    private static func describe(_ status: EngineStatus, states: [State], in text: inout Exposition) {
        let counters = status.counters
        text.gauge(
            "rawtcpweb_build_info", "The program's version.", [(labels: [("version", Version.number)], value: 1)])
        text.gauge("rawtcpweb_uptime_seconds", "Time since the start.", status.uptime.seconds)
        let counts = Dictionary(states.map { ($0, 1.0) }, uniquingKeysWith: +)
        text.gauge(
            "rawtcpweb_connections", "Raw connections, closed ones that are still readable included, by state.",
            State.allCases.map { (labels: [("state", $0.description)], value: counts[$0] ?? 0) })
        text.gauge("rawtcpweb_connections_limit", "Most raw connections.", Double(status.connectionLimit))
        text.counter("rawtcpweb_connections_opened", "Raw connections opened.", counters.connectionsOpened)
        text.gauge("rawtcpweb_guards", "Reset guards that stand.", Double(status.guardsOpen))
        text.counter("rawtcpweb_segments_sent", "Segments sent.", counters.segmentsSent)
        text.counter("rawtcpweb_segments_received", "Segments received.", counters.segmentsReceived)
        text.counter(
            "rawtcpweb_segments_by_cause", "Segments in the log, by why they were sent or what became of them.",
            status.causes.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                (labels: [("cause", $0.key.name)], value: Double($0.value))
            })
        text.counter(
            "rawtcpweb_packets_dropped", "Packets that got no further, by reason.",
            counters.dropped.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                (labels: [("reason", $0.key.name)], value: Double($0.value))
            })
        text.gauge("rawtcpweb_half_open", "Listeners' connections in their handshake.", Double(status.halfOpen))
        text.gauge("rawtcpweb_out_of_order_octets", "Octets that wait behind holes.", Double(status.outOfOrder))
        text.counter("rawtcpweb_cookies_sent", "SYNs that a SYN cookie answered.", counters.cookiesSent)
        text.counter(
            "rawtcpweb_limits_reached", "What was refused because a limit was reached, by limit.",
            counters.limits.named.map { (labels: [("limit", $0.name)], value: Double($0.count)) })
        text.counter("rawtcpweb_receive_overflows", "Packets lost to a full socket buffer.", counters.receiveOverflows)
        text.counter("rawtcpweb_send_errors", "Packets that the kernel would not take.", counters.sendErrors)
        text.counter("rawtcpweb_internal_errors", "Broken invariants: each is a bug.", counters.internalErrors)
    }

    private func describeServer(in text: inout Exposition) {
        text.gauge("rawtcpweb_http_connections", "HTTP connections that are open.", Double(gauges.openConnections()))
        text.counter(
            "rawtcpweb_http_connections_refused", "HTTP connections that were told that there are too many.",
            gauges.refusedConnections())
        text.histogram(
            "rawtcpweb_http_request_duration_seconds", "Time from a request's head to its answer's.",
            metrics.all.map { series in
                let key = series.key
                return (
                    labels: [("method", key.method), ("route", key.route), ("status", key.status)],
                    histogram: series.histogram
                )
            })
        let process = gauges.process()
        text.gauge("process_resident_memory_bytes", "Resident memory.", Double(process.memory))
        text.gauge("process_open_fds", "Open descriptors.", Double(process.descriptors))
        text.counter("process_cpu_seconds", "CPU time.", [(labels: [], value: process.seconds)])
    }
}
