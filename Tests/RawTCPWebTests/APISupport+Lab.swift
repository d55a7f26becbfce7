import Engine

/// The lab of an engine that refuses everything.
extension RefusingEngine {
    func craft(_ request: CraftRequest) async throws(EngineError) -> CraftReceipt { throw .shuttingDown }
    func impair(_ settings: ImpairmentSettings) async throws(EngineError) -> ImpairmentSnapshot { throw .shuttingDown }
    func impairments() async -> [ImpairmentSnapshot] { [] }
    func impairment(_ name: String) async throws(EngineError) -> ImpairmentSnapshot { throw .notFound(name) }
    func update(_ settings: ImpairmentSettings) async throws(EngineError) -> ImpairmentSnapshot {
        throw .notFound(settings.name)
    }
    func removeImpairment(_ name: String) async throws(EngineError) { throw .notFound(name) }
    func heldSegments(by name: String) async throws(EngineError) -> [HeldSegment] { throw .notFound(name) }
    func release(
        heldBy name: String, segment: UInt64?, edit: CraftRequest?
    ) async throws(EngineError) -> [UInt64] { throw .notFound(name) }
    func reset() async {}
}
