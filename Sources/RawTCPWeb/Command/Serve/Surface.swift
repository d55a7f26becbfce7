import Engine

/// What answers requests: the routes, the files of the page, and who may ask for either.
struct Surface {
    let router: Router
    /// How many connections the server has, for the metrics.
    let gauge: ConnectionGauge

    /// Everything that stands between the server and the engine, as the command wants it.
    init(
        _ command: ServeCommand, _ page: PublicDirectory, _ engine: Engine, limits: ServiceLimits, token: AccessToken?,
        captures: CaptureDirectory?, isStopping: @escaping @Sendable () -> Bool
    ) throws {
        var defaults = ConnectionOptions()
        defaults.guardKind = command.guardKind.kind
        let access = Access(token: token)
        let rates = RateLimiter(limits)
        let metrics = HTTPMetrics()
        let gauge = ConnectionGauge()
        let routes = API.routes(
            engine: engine, defaults: defaults, description: page.description, access: access, captures: captures,
            rates: rates, metrics: metrics, gauges: ServiceGauges(gauge), isStopping: isStopping)
        let files = try StaticFiles(root: page.path)
        let named = command.libraries.map { ($0.name, $0.directory) }
        let libraries = try LibraryFiles(Dictionary(named, uniquingKeysWith: { $1 }))
        let address = command.listen.address
        let gate = Gate(
            addresses: address.isUnspecified ? HostAddresses.all : [address], names: Set(command.allowedHosts))
        let tunnels = TunnelHandler(engine: engine, access: access, rates: rates, options: defaults)
        self.gauge = gauge
        router = Router(routes: routes, gate: gate, access: access, tunnels: tunnels, metrics: metrics) { request in
            try files.respond(path: request.path, request: request)
                ?? libraries.respond(path: request.path, request: request)
        }
    }
}

extension ServiceGauges {
    /// What the server's connections and the process show.
    fileprivate init(_ gauge: ConnectionGauge) {
        self.init()
        openConnections = { gauge.open }
        refusedConnections = { gauge.refused }
        process = { ProcessFacts.now }
    }
}
