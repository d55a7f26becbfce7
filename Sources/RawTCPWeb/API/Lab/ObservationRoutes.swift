import Engine
import HTTPTypes

/// `/v1/observations`: connections that the kernel owns, watched from outside.
package struct ObservationRoutes: Sendable {
    private let engine: any EngineService

    package init(engine: any EngineService) { self.engine = engine }

    /// The operations of the resource.
    package var routes: [Route] {
        let observation = "/v1/observations/{id}"
        return [
            Route(.post, "/v1/observations", handler: create),
            Route(.get, "/v1/observations", parameters: ["limit", "after"], handler: list),
            Route(.get, observation, handler: show),
            Route(.patch, observation, handler: change),
            Route(.delete, observation, handler: delete),
        ]
    }

    private func model(_ snapshot: ObservationSnapshot) -> JSON {
        let number = { (number: SequenceNumber?) in number.map { JSON.number($0.rawValue) } ?? .null }
        return [
            "id": .string(snapshot.id.description),
            "name": .string(snapshot.name),
            "state": .string(snapshot.state?.name),
            "local": snapshot.local.json,
            "remote": snapshot.remote.json,
            "openedAt": .string(engine.timestamp(of: snapshot.openedAt)),
            "knowsBeginning": .bool(snapshot.knowsBeginning),
            "send": [
                "iss": number(snapshot.iss), "una": number(snapshot.una), "nxt": number(snapshot.nxt),
                "wnd": .number(snapshot.peerWindow),
            ],
            "receive": [
                "irs": number(snapshot.irs), "nxt": number(snapshot.receiveNext), "wnd": .number(snapshot.ownWindow),
            ],
            "counters": [
                "segmentsSent": .integer(snapshot.sent), "segmentsReceived": .integer(snapshot.received),
            ],
            "lease": LeaseModel.json(snapshot.leaseExpiry, wallTime: engine.wallTime(of:)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        var object = try await call.readObject()
        let local = object.endpointWithPort("local")
        let remote = object.endpointWithPort("remote")
        let name = object.name("name")
        let lease = object.lease() ?? nil
        try object.finish()
        guard let local, let remote else { throw Problem(faults: [.member("/local", "is required")]) }
        let ours = try await NameResolver.resolve(local.host, at: .member("local")).unmapped
        let theirs = try await NameResolver.resolve(remote.host, at: .member("remote")).unmapped
        guard ours.family == theirs.family else {
            throw Problem(faults: [.member("/remote", "must be of the same family as local")])
        }
        let snapshot = try await engine.observe(
            local: Endpoint(ours, local.port ?? 0), remote: Endpoint(theirs, remote.port ?? 0), name: name, lease: lease
        )
        return call.answer(
            model(snapshot), status: .created, fields: [.location: "/v1/observations/\(snapshot.id)"])
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let rest = try await page.rest(of: await engine.observations(), \.id.rawValue) { mark in
            (try? await engine.observationID(for: mark))?.rawValue
        }
        return call.answer("observations", rest, page, mark: \.id.description, model)
    }

    /// The observation that the path names, by id or by name.
    private func observationID(_ call: Call) async throws(Problem) -> ConnectionID {
        try await engine.observationID(for: call.pathParameter("id"))
    }

    private func show(_ call: Call) async throws -> Response {
        call.answer(model(try await engine.observation(try await observationID(call))))
    }

    private func change(_ call: Call) async throws -> Response {
        var object = try await call.readObject()
        let isRenamed = object.has("name")
        let name = object.name("name")
        let lease = object.lease()
        try object.finish()
        let id = try await observationID(call)
        return call.answer(
            model(try await engine.update(observation: id, name: isRenamed ? .some(name) : nil, lease: lease)))
    }

    private func delete(_ call: Call) async throws -> Response {
        try await call.refuseBody()
        try await engine.stopObserving(try await observationID(call))
        return .noContent
    }
}
