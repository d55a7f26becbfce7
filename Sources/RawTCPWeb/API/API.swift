package import Engine

/// The whole HTTP surface, put together.
package enum API {
    /// Every operation. `defaults` are the options of connections that name none, `description` is the text of
    /// `openapi.json`, and `isStopping` is true from the signal to stop on.
    package static func routes(
        engine: any EngineService, defaults: ConnectionOptions = ConnectionOptions(), description: [UInt8],
        access: Access = Access(), captures: CaptureDirectory? = nil, rates: RateLimiter = RateLimiter(),
        metrics: HTTPMetrics = HTTPMetrics(), gauges: ServiceGauges = ServiceGauges(),
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) -> [Route] {
        ConnectionRoutes(engine: engine, defaults: defaults, rates: rates).routes
            + TCPInfoRoutes(engine: engine).routes
            + HistoryRoutes(engine: engine).routes
            + ListenerRoutes(engine: engine, defaults: defaults).routes
            + SegmentRoutes(engine: engine).routes
            + ScenarioRoutes(engine: engine).routes
            + PackRoutes(engine: engine, rates: rates).routes
            + CraftRoutes(engine: engine, rates: rates).routes
            + ImpairmentRoutes(engine: engine).routes
            + ConnectionScriptRoutes(engine: engine).routes
            + CaptureRoutes(directory: captures).routes
            + OptionRoutes(engine: engine).routes
            + ObservationRoutes(engine: engine).routes
            + CompareRoutes(engine: engine).routes
            + EngineRoutes(engine: engine, rates: rates).routes
            + SessionRoutes(access: access).routes
            + MetricsRoutes(engine: engine, metrics: metrics, gauges: gauges, isStopping: isStopping).routes
            + ServiceRoutes(description: description).routes
    }
}
