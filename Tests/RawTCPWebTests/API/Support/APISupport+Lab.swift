import Engine

/// The lab of an engine that refuses everything.
extension RefusingEngine {
    func craft(_ request: CraftRequest) async throws(EngineError) -> CraftReceipt { throw .shuttingDown }
    func endHold(at local: Endpoint) async {}
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
    func lease(impairment name: String, _ length: Interval?) async throws(EngineError) -> ImpairmentSnapshot {
        throw .notFound(name)
    }
    func registeredOptions() async -> [OptionDefinition] { [] }
    func registeredOption(_ name: String) async throws(EngineError) -> OptionDefinition { throw .notFound(name) }
    func register(_ definition: OptionDefinition, where standing: Standing) async throws(EngineError) -> Bool {
        throw .shuttingDown
    }
    func unregister(_ name: String) async throws(EngineError) { throw .notFound(name) }
    func observe(
        local: Endpoint, remote: Endpoint, name: String?, lease length: Interval?
    ) async throws(EngineError) -> ObservationSnapshot { throw .observationDisabled(detail: "refused") }
    func observations() async -> [ObservationSnapshot] { [] }
    func observation(_ id: ConnectionID) async throws(EngineError) -> ObservationSnapshot { throw .notFound("\(id)") }
    func observationID(named name: String) async -> ConnectionID? { nil }
    func update(
        observation id: ConnectionID, name: String??, lease length: Interval??
    ) async throws(EngineError) -> ObservationSnapshot { throw .notFound("\(id)") }
    func stopObserving(_ id: ConnectionID) async throws(EngineError) { throw .notFound("\(id)") }
    func profile(of id: ConnectionID) async throws(EngineError) -> ConnectionProfile { throw .notFound("\(id)") }
}
