import Engine

/// Completes problems about a connection with what tells its story: its segments, or the connection as it is now.
struct ConnectionStory: Sendable {
    /// Segments that a reader of a problem may want, the newest ones.
    private static let longest = 100

    let engine: any EngineService
    /// The connection that the request is about, by id or name.
    var named: String?

    /// Runs a handler, and completes the problem that it throws.
    func telling<Result>(_ body: () async throws -> Result) async throws(Problem) -> Result {
        do {
            return try await body()
        } catch {
            throw await completed(Problem(any: error))
        }
    }

    private func completed(_ problem: Problem) async -> Problem {
        var problem = problem
        if problem.type == .offsetReleased, let named {
            problem.connection = try? await engine.connectionID(for: named)
        }
        guard let id = problem.connection, let snapshot = try? await engine.connection(id) else { return problem }
        switch problem.type {
        case .connectionRefused, .connectionReset, .unreachable, .handshakeTimeout:
            problem.segments = await segmentNumbers(of: snapshot)
        case .timedOut, .notOpen:
            let model = ConnectionModel(snapshot, wallTime: engine.wallTime(of:))
            problem.members.append(JSON.Member("current", model.json))
        default: break
        }
        return problem
    }

    private func segmentNumbers(of snapshot: ConnectionSnapshot) async -> [UInt64] {
        guard let span = snapshot.segments else { return [] }
        let log = await engine.log()
        let numbers = span.clamped(to: log.oldest...max(log.oldest, log.newest)).lazy
        return Array(numbers.filter { log[$0]?.connection == snapshot.id }.suffix(Self.longest))
    }
}
