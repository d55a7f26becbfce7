package import Engine

/// What readers of the log ask of the engine, and no more.
package protocol LogSource: Sendable {
    /// The run of the service, which never changes: numbers of records belong to it.
    var run: String { get }
    /// The log as it is now.
    func log() async -> LogSnapshot
    /// Waits until the log has come further than `progress`, or the patience is over.
    func waitForNews(after progress: UInt64, patience: Interval) async
    /// Whether a connection is over, or forgotten.
    func isOver(_ id: ConnectionID) async -> Bool
    /// Whether there will be no more news, because the service stops.
    func hasEnded() async -> Bool
}

extension LogSource {
    /// Unless it says otherwise, a log goes on.
    package func hasEnded() async -> Bool { false }
}

extension EngineService {
    /// Only our own connections are known here: what nobody remembers is over.
    package func isOver(_ id: ConnectionID) async -> Bool {
        if id.isObservation {
            guard let observation = try? await observation(id) else { return true }
            return observation.state == .closed
        }
        guard let snapshot = try? await connection(id) else { return true }
        return snapshot.state == .closed
    }
}
