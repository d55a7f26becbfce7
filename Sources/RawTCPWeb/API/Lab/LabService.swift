package import Engine

/// What the lab's routes ask of the engine.
package protocol LabService: Sendable {
    /// Sends segments as they are asked for, legal or not.
    func craft(_ request: CraftRequest) async throws(EngineError) -> CraftReceipt
    /// Ends the hold of an endpoint that crafted segments have left from, before its time.
    func endHold(at local: Endpoint) async
    /// Adds an impairment behind the others.
    func impair(_ settings: ImpairmentSettings) async throws(EngineError) -> ImpairmentSnapshot
    /// All impairments, in the order in which segments meet them.
    func impairments() async -> [ImpairmentSnapshot]
    /// One impairment.
    func impairment(_ name: String) async throws(EngineError) -> ImpairmentSnapshot
    /// Changes an impairment; its name stays.
    func update(_ settings: ImpairmentSettings) async throws(EngineError) -> ImpairmentSnapshot
    /// Removes an impairment. What waits goes on in its time; what it holds is lost.
    func removeImpairment(_ name: String) async throws(EngineError)
    /// The segments that an impairment holds, oldest first.
    func heldSegments(by name: String) async throws(EngineError) -> [HeldSegment]
    /// Lets held segments go on: all, or the one of this record, changed by the edit. Their new records.
    func release(
        heldBy name: String, segment: UInt64?, edit: CraftRequest?
    ) async throws(EngineError) -> [UInt64]
    /// Removes impairments and observations, aborts connections, closes listeners.
    func reset() async
    /// Gives an impairment a lease, renews it, or takes it away.
    func lease(impairment name: String, _ length: Interval?) async throws(EngineError) -> ImpairmentSnapshot
    /// All registered options, in the order in which they came.
    func registeredOptions() async -> [OptionDefinition]
    /// One registered option.
    func registeredOption(_ name: String) async throws(EngineError) -> OptionDefinition
    /// Registers an option, or replaces the one of this name; true if it is new. `.standsOtherwise` if that name does not
    /// stand as it has to.
    func register(_ definition: OptionDefinition, where standing: Standing) async throws(EngineError) -> Bool
    /// Forgets a registered option.
    func unregister(_ name: String) async throws(EngineError)
    /// Follows the connection that the kernel owns between these endpoints.
    func observe(
        local: Endpoint, remote: Endpoint, name: String?, lease length: Interval?
    ) async throws(EngineError) -> ObservationSnapshot
    /// All observations, oldest first.
    func observations() async -> [ObservationSnapshot]
    /// One observation.
    func observation(_ id: ConnectionID) async throws(EngineError) -> ObservationSnapshot
    /// The observation with this name.
    func observationID(named name: String) async -> ConnectionID?
    /// Gives an observation a name or a lease, or takes it away; the outer nil leaves it as it is.
    func update(
        observation id: ConnectionID, name: String??, lease length: Interval??
    ) async throws(EngineError) -> ObservationSnapshot
    /// Follows the connection no longer. Its records stay.
    func stopObserving(_ id: ConnectionID) async throws(EngineError)
    /// How a connection looks from its records in the log.
    func profile(of id: ConnectionID) async throws(EngineError) -> ConnectionProfile
}
