import CNIO
import Engine

/// An engine for one run, its loop pinned to the contestants' core. It ends before the other contestant begins: an open
/// raw socket slows everybody's TCP down.
struct EngineSession {
    let engine: Engine

    /// The ports that its connections take turns on.
    static let ports: ClosedRange<UInt16> = 20_000...32_767

    init(_ plan: Plan, configure: (inout EngineConfiguration) -> Void = { _ in }) async throws {
        var configuration = EngineConfiguration()
        configuration.portRange = Self.ports
        configuration.allowedTargets = plan.network.targets
        configure(&configuration)
        engine = try Engine(configuration: configuration)
        let core = Int32(plan.clientCore)
        let pinned = await Task(executorPreference: engine.loop) { cnio_pin_thread(core) }.value
        try check("sched_setaffinity", pinned)
        try await engine.start()
    }

    /// Runs a task on the engine's own thread.
    func onLoop<Result: Sendable>(_ body: @escaping @Sendable (Engine) async throws -> Result) async throws -> Result {
        let engine = engine
        return try await Task(executorPreference: engine.loop) { try await body(engine) }.value
    }

    /// Runs a task on the global pool, whose threads stand on the contestants' core as well.
    func onPool<Result: Sendable>(_ body: @escaping @Sendable (Engine) async throws -> Result) async throws -> Result {
        let engine = engine
        return try await Task { try await body(engine) }.value
    }

    /// Ends the engine's thread.
    func end() { engine.stop() }
}

extension Engine {
    /// Opens a connection, and waits until it is established.
    func connect(to remote: Endpoint) async throws -> ConnectionID {
        try await establish(OpenRequest(remote: remote), timeout: .seconds(Int64(10)))
    }
}
