package import Engine

/// What the lab's routes ask of the engine.
package protocol LabService: Sendable {
    func craft(_ request: CraftRequest) async throws(EngineError) -> CraftReceipt
}
