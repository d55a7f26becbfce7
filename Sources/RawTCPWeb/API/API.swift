import Engine

/// The whole HTTP surface, put together.
package enum API {
    /// Every operation, in the order in which `openapi.json` describes them.
    package static func routes(
        engine: any EngineService, description: [UInt8], isStopping: @escaping @Sendable () -> Bool = { false }
    ) -> [Route] {
        ConnectionRoutes(engine: engine).routes
            + EngineRoutes(engine: engine).routes
            + ServiceRoutes(description: description, isStopping: isStopping).routes
    }
}
