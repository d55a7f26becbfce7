import Engine
import HTTPTypes

/// `GET /v1/compare`: how two connections differ, from their segments.
package struct CompareRoutes: Sendable {
    private let engine: any EngineService

    package init(engine: any EngineService) { self.engine = engine }

    /// The operation of the resource.
    package var routes: [Route] { [Route(.get, "/v1/compare", parameters: ["a", "b"], handler: compare)] }

    private func compare(_ call: Call) async throws -> Response {
        var query = call.query
        for name in ["a", "b"] where !query.has(name) { query.addFault(name, "is required: a connection's id or name") }
        try query.finish()
        let ids = [
            try await engine.connectionID(for: query.string("a") ?? ""),
            try await engine.connectionID(for: query.string("b") ?? ""),
        ]
        let profiles = [try await engine.profile(of: ids[0]), try await engine.profile(of: ids[1])]
        let differences = zip(profiles[0].traits, profiles[1].traits).filter { $0.value != $1.value }.map {
            pair -> JSON in
            ["aspect": .string(pair.0.name), "a": .string(pair.0.value), "b": .string(pair.1.value)]
        }
        return call.answer([
            "a": side(ids[0], profiles[0]), "b": side(ids[1], profiles[1]), "differences": .array(differences),
        ])
    }

    private func side(_ id: ConnectionID, _ profile: ConnectionProfile) -> JSON {
        let traits = profile.traits.map { JSON.Member($0.name, .string($0.value)) }
        return ["connection": .string(id.description), "traits": .object(traits)]
    }
}
