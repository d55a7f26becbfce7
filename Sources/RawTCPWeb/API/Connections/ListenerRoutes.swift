package import Engine
import HTTPTypes

/// `/v1/listeners`: passive opens, and the connections that they bring.
package struct ListenerRoutes: Sendable {
    private let engine: any EngineService
    /// The options of listeners that name none.
    private let defaults: ConnectionOptions

    package init(engine: any EngineService, defaults: ConnectionOptions = ConnectionOptions()) {
        self.engine = engine
        self.defaults = defaults
    }

    /// The operations of the resource.
    package var routes: [Route] {
        let listener = "/v1/listeners/{id}"
        return [
            Route(.post, "/v1/listeners", handler: open),
            Route(.get, "/v1/listeners", parameters: ["limit", "after"], handler: list),
            Route(.get, listener, handler: show),
            Route(.patch, listener, handler: change),
            Route(.delete, listener, handler: close),
            Route(
                .get, listener + "/accepted", parameters: ["after", "limit"], waiting: .forDuration, handler: accepted),
        ]
    }

    private func model(_ snapshot: ListenerSnapshot) -> JSON {
        ListenerModel(snapshot, wallTime: engine.wallTime(of:)).json
    }

    /// The listener that the path names, by id or by name.
    private func listenerID(_ call: Call) async throws(Problem) -> ListenerID {
        try await engine.listenerID(for: call.pathParameter("id"))
    }

    private func open(_ call: Call) async throws -> Response {
        let body = try ListenerRequest(await call.readObject(), defaults: defaults)
        var request = ListenRequest(local: Endpoint(.loopbackV4, body.port))
        if let host = body.local {
            request.local.address = try await NameResolver.resolve(host.host, at: .member("local")).unmapped
        }
        request.name = body.name
        request.service = body.service
        request.backlog = body.backlog
        request.options = body.options
        request.initialSequence = body.initialSequence
        request.payload = body.payload
        request.lease = body.lease
        let snapshot = try await engine.listen(request)
        return call.answer(
            model(snapshot), status: .created, fields: [.location: "/v1/listeners/\(snapshot.id)"])
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let rest = try await page.rest(of: await engine.listeners(), \.id.rawValue) { mark in
            (try? await engine.listenerID(for: mark))?.rawValue
        }
        return call.answer("listeners", rest, page, mark: \.id.description, model)
    }

    private func show(_ call: Call) async throws -> Response {
        call.answer(model(try await engine.listener(try await listenerID(call))))
    }

    private func change(_ call: Call) async throws -> Response {
        var object = try await call.readObject()
        let change = ConnectionChangeRequest.members(&object)
        let backlog = object.integer("backlog", in: 1...65_535)
        object.refuseNull("backlog")
        try object.finish()
        return call.answer(model(try await engine.update(try await listenerID(call), change, backlog: backlog)))
    }

    private func close(_ call: Call) async throws -> Response {
        try await call.refuseBody()
        try await engine.close(try await listenerID(call))
        return .noContent
    }

    /// Ordinals start at 1; asking again with the same `after` gives the same connections and more.
    private func accepted(_ call: Call) async throws -> Response {
        var query = call.query
        let after = query.read("after", "an ordinal: the next of the answer before") { HostPort.parseDecimal($0) } ?? 0
        let limit = query.page().limit
        let patience = query.patience()
        try query.finish()
        let id = try await listenerID(call)
        let found = try await engine.accepted(
            by: id, after: after, limit: limit, patience: call.isHead ? .zero : patience)
        let models = found.connections.map { snapshot in
            ConnectionModel(snapshot, wallTime: engine.wallTime(of:)).json
        }
        return call.answer(["connections": .array(models), "next": .number(found.next)])
    }
}
