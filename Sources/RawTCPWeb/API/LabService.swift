package import Engine

/// What the lab's routes ask of the engine.
package protocol LabService: Sendable {
    func craft(_ request: CraftRequest) async throws(EngineError) -> CraftReceipt
    func impair(_ settings: ImpairmentSettings) async throws(EngineError) -> ImpairmentSnapshot
    func impairments() async -> [ImpairmentSnapshot]
    func impairment(_ name: String) async throws(EngineError) -> ImpairmentSnapshot
    func update(_ settings: ImpairmentSettings) async throws(EngineError) -> ImpairmentSnapshot
    func removeImpairment(_ name: String) async throws(EngineError)
    func heldSegments(by name: String) async throws(EngineError) -> [HeldSegment]
    func release(
        heldBy name: String, segment: UInt64?, edit: CraftRequest?
    ) async throws(EngineError) -> [UInt64]
    func reset() async
}
