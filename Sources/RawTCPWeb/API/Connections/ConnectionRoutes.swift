package import Engine
import HTTPTypes

/// `/v1/connections`: open, list, show, change, close, abort.
package struct ConnectionRoutes: Sendable {
    let engine: any EngineService
    let turns = SendTurns()
    /// The options of connections that name none.
    private let defaults: ConnectionOptions
    private let rates: RateLimiter

    package init(
        engine: any EngineService, defaults: ConnectionOptions = ConnectionOptions(), rates: RateLimiter = RateLimiter()
    ) {
        self.rates = rates
        self.engine = engine
        self.defaults = defaults
    }

    /// The operations of the resource.
    package var routes: [Route] {
        let connection = "/v1/connections/{id}"
        return [
            route(.post, "/v1/connections", waiting: .forCondition, open),
            route(.get, "/v1/connections", parameters: ["state", "name", "origin", "limit", "after"], list),
            route(.get, connection, waiting: .forCondition, show),
            route(.patch, connection, change),
            route(.delete, connection, delete),
            route(.post, connection + "/close", parameters: ["receive"], waiting: .forCondition, close),
            route(
                .post, connection + "/send", parameters: ["push", "urgent", "offset"], waiting: .forCondition,
                completion: { problem, call in await sending(problem, call) }, send
            ),
            route(
                .get, connection + "/received",
                parameters: ["offset", "limit", "minimum", "release", "encoding", "follow"], waiting: .forDuration,
                types: [], received
            ),
        ]
    }

    /// A route whose failures tell the connection's story.
    private func route(
        _ method: HTTPRequest.Method, _ template: String, parameters: [String] = [], waiting: Route.Waiting = .never,
        types: [String] = ["application/json"], completion: @escaping Route.Completion = { problem, _ in problem },
        _ handler: @escaping Route.Handler
    ) -> Route {
        Route(
            method, template, parameters: parameters, waiting: waiting, putsOnWire: method == .post, types: types,
            completion: completion
        ) { call in
            try await ConnectionStory(engine: engine, named: call.pathParameters["id"]).telling {
                try await handler(call)
            }
        }
    }

    /// The connection as answers show it.
    func model(_ snapshot: ConnectionSnapshot) -> ConnectionModel {
        ConnectionModel(snapshot, wallTime: engine.wallTime(of:))
    }

    /// The connection that the path names, by id or by name.
    func connectionID(_ call: Call) async throws(Problem) -> ConnectionID {
        try await engine.connectionID(for: call.pathParameter("id"))
    }
}

// MARK: - The operations

extension ConnectionRoutes {
    private func open(_ call: Call) async throws -> Response {
        var query = call.query
        let waiting = query.waiting(default: .established)
        try query.finish()
        let request = try await openRequest(call)
        guard let condition = waiting.condition else {
            return created(try await engine.open(request), call, status: .accepted)
        }
        let snapshot: ConnectionSnapshot
        switch condition {
        case .closed, .state(.closed), .state(.synSent), .state(.synReceived):
            let opened = try await engine.open(request)
            // SYN-SENT has come true already, and may be over before anybody could look again.
            snapshot =
                condition == .state(opened.state)
                ? opened : try await engine.wait(for: condition, on: opened.id, timeout: waiting.patience)
        case .established: snapshot = try await engine.connect(request, timeout: waiting.patience)
        case .sent, .acknowledged, .acknowledgedThrough, .sentThrough, .reply, .received, .state:
            let opened = try await engine.connect(request, timeout: waiting.patience)
            let own = condition == .reply ? .received(after: 0) : condition
            snapshot =
                condition == .state(opened.state)
                ? opened : try await engine.wait(for: own, on: opened.id, timeout: waiting.patience)
        }
        return created(snapshot, call, status: .created)
    }

    private func openRequest(_ call: Call) async throws -> OpenRequest {
        let body = try ConnectionRequest(await call.readObject(), defaults: defaults)
        let remote = try await NameResolver.resolve(body.remote.host, at: .member("remote"))
        // On the wire a mapped address is the IPv4 address inside, so it is opened and judged as that.
        var request = OpenRequest(remote: Endpoint(remote.unmapped, body.remote.port ?? 0))
        try await rates.admit(.handshakesPerSecond, to: request.remote.address)
        if let local = body.local {
            request.localAddress = try await NameResolver.resolve(local.host, at: .member("local")).unmapped
        }
        request.localPort = body.localPort == 0 ? nil : body.localPort
        request.name = body.name
        request.initialSequence = body.initialSequence
        request.options = body.options
        request.payload = body.payload
        request.lease = body.lease
        request.engine = body.engine
        request.written = body.written
        return request
    }

    private func created(_ snapshot: ConnectionSnapshot, _ call: Call, status: HTTPResponse.Status) -> Response {
        var fields: HTTPFields = [.location: "/v1/connections/\(snapshot.id)"]
        if let established = snapshot.establishedAt {
            // Whole microseconds: the rest is noise, and takes 17 digits.
            let milliseconds = Double((established - snapshot.openedAt).nanoseconds / 1_000) / 1_000
            fields[.serverTiming] = "handshake;dur=\(milliseconds)"
        }
        return call.answer(model(snapshot).json, status: status, fields: fields)
    }

    private func list(_ call: Call) async throws -> Response {
        var query = call.query
        let page = query.page()
        let name = query.string("name")
        let origin = query.read("origin", "one of active, tunnel, listener:ID or listener:NAME") { text in
            text == "active" || text == "tunnel" || text.hasPrefix(Self.listenerOrigin) ? text : nil
        }
        let state = query.read("state", "a state's name as RFC 9293 writes it, such as ESTABLISHED") { State(name: $0) }
        try query.finish()
        let wanted = await originByID(origin)
        let rest = try await page.rest(of: await engine.connections(), \.id.rawValue) { mark in
            (try? await engine.connectionID(for: mark))?.rawValue
        }
        let matching = rest.filter { snapshot in
            (state == nil || snapshot.state == state) && (name == nil || snapshot.name == name)
                && (wanted == nil || wanted == snapshot.origin.description)
        }
        return call.answer("connections", matching, page, mark: \.id.description) { model($0).json }
    }

    /// What begins the origin of a connection that a listener accepted.
    private static let listenerOrigin = "listener:"

    /// The origin with its listener's id, where the query gives the listener's name.
    private func originByID(_ text: String?) async -> String? {
        guard let text, text.hasPrefix(Self.listenerOrigin) else { return text }
        guard let id = await engine.listenerID(named: String(text.dropFirst(Self.listenerOrigin.count))) else {
            return text
        }
        return "\(Self.listenerOrigin)\(id)"
    }

    private func show(_ call: Call) async throws -> Response {
        var query = call.query
        let waiting = query.waiting(default: nil)
        try query.finish()
        let id = try await connectionID(call)
        guard let condition = waiting.condition, !call.isHead else {
            return call.answer(model(try await engine.connection(id)).json)
        }
        do {
            return call.answer(model(try await engine.wait(for: condition, on: id, timeout: waiting.patience)).json)
        } catch {
            throw await whatALookIsTold(error, of: id)
        }
    }

    /// Whoever only looks has met no failure of the peer's or the network's when the connection is over: what was waited
    /// for can no longer come true.
    private func whatALookIsTold(_ error: any Error, of id: ConnectionID) async -> any Error {
        guard let snapshot = try? await engine.connection(id), snapshot.state == .closed,
            !(error is CancellationError), (error as? EngineError) != .cancelled
        else { return error }
        let reason = snapshot.closeReason?.rawValue ?? "never opened"
        return EngineError.impossible(id, detail: "the connection is closed (\(reason))")
    }

    private func change(_ call: Call) async throws -> Response {
        let change = try ConnectionChangeRequest.read(await call.readObject())
        let id = try await connectionID(call)
        return call.answer(model(try await engine.update(id, change)).json)
    }

    private func delete(_ call: Call) async throws -> Response {
        try await call.refuseBody()
        try await engine.delete(try await connectionID(call))
        return .noContent
    }

    private func close(_ call: Call) async throws -> Response {
        var query = call.query
        let waiting = query.waiting(default: .acknowledged)
        let receives = query.flag("receive") ?? true
        try query.finish()
        try await call.refuseBody()
        let id = try await connectionID(call)
        let received = try await engine.sendProgress(of: id).received
        let closing = try await engine.close(id, endsReading: !receives)
        guard var condition = waiting.condition, !(closing.isGivenUp && condition == .acknowledged) else {
            return call.answer(model(closing).json)
        }
        if condition == .reply { condition = .received(after: received) }
        return call.answer(model(try await engine.wait(for: condition, on: id, timeout: waiting.patience)).json)
    }
}

extension ConnectionSnapshot {
    /// CLOSE came before the peer had answered. RFC 9293 §3.10.4, SYN-SENT: "Delete the TCB". No FIN is sent that could be
    /// acknowledged.
    fileprivate var isGivenUp: Bool { state == .closed && establishedAt == nil && closeReason == .aborted }
}
