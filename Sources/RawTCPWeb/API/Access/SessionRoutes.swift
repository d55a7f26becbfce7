import HTTPTypes

/// `/v1/session`: how a page in a browser logs in, since it must not keep the token where a script could read it.
package struct SessionRoutes: Sendable {
    private let access: Access

    package init(access: Access) { self.access = access }

    /// The operations of the resource.
    package var routes: [Route] {
        [
            Route(.post, "/v1/session", types: [], handler: open),
            Route(.get, "/v1/session", handler: show),
            Route(.delete, "/v1/session", handler: close),
        ]
    }

    private func open(_ call: Call) async throws -> Response {
        var body = try await call.readObject(limit: 4 * AccessToken.longest)
        let token = body.read("token", "the service's token, a string") { $0.text }
        if !body.has("token") { body.addFault("token", "is required: the service's token") }
        try body.finish()
        let value = try await access.openSession(token: token ?? "", from: call.request.clientAddress)
        var head = HTTPResponse(status: .noContent)
        head.headerFields[.setCookie] = value.map { SessionCookie.field($0, isSecure: call.request.isSecure) }
        return Response(head: head)
    }

    private func show(_ call: Call) async -> Response {
        let isAuthenticated = await access.isAuthenticated(call.request)
        return call.answer(["required": .bool(access.isRequired), "authenticated": .bool(isAuthenticated)])
    }

    private func close(_ call: Call) async throws -> Response {
        try await call.refuseBody()
        await access.closeSession(of: call.request)
        var head = HTTPResponse(status: .noContent)
        head.headerFields[.setCookie] = SessionCookie.field(nil, isSecure: call.request.isSecure)
        return Response(head: head)
    }
}
