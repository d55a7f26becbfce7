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
        try check("sched_setaffinity", await engine.pinThread(to: plan.clientCore))
        try await engine.start()
    }

    /// Ends the engine's thread.
    func end() { engine.stop() }
}

extension Engine {
    fileprivate func pinThread(to core: Int) -> Int32 { cnio_pin_thread(Int32(core)) }

    /// Opens a connection, and waits until it is established.
    func connect(to remote: Endpoint, for caller: (any Actor)? = #isolation) async throws -> ConnectionID {
        try await establish(OpenRequest(remote: remote), timeout: .seconds(Int64(10)), for: caller)
    }
}
