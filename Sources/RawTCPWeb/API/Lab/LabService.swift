package import Engine

/// What the lab's routes ask of the engine.
package protocol LabService: Sendable {
    func craft(_ request: CraftRequest) async throws(EngineError) -> CraftReceipt
    func endHold(at local: Endpoint) async
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
    func lease(impairment name: String, _ length: Interval?) async throws(EngineError) -> ImpairmentSnapshot
    func registeredOptions() async -> [OptionDefinition]
    func registeredOption(_ name: String) async throws(EngineError) -> OptionDefinition
    func register(_ definition: OptionDefinition) async throws(EngineError) -> Bool
    func unregister(_ name: String) async throws(EngineError)
    func observe(
        local: Endpoint, remote: Endpoint, name: String?, lease length: Interval?
    ) async throws(EngineError) -> ObservationSnapshot
    func observations() async -> [ObservationSnapshot]
    func observation(_ id: ConnectionID) async throws(EngineError) -> ObservationSnapshot
    func observationID(named name: String) async -> ConnectionID?
    func update(
        observation id: ConnectionID, name: String??, lease length: Interval??
    ) async throws(EngineError) -> ObservationSnapshot
    func stopObserving(_ id: ConnectionID) async throws(EngineError)
    func profile(of id: ConnectionID) async throws(EngineError) -> ConnectionProfile
}
