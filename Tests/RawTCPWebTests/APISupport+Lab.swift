import Engine

/// The lab of an engine that refuses everything.
extension RefusingEngine {
    func craft(_ request: CraftRequest) async throws(EngineError) -> CraftReceipt { throw .shuttingDown }
}
