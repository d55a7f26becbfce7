import HTTPTypes

/// What tells about the service itself: health, problem pages, the description of its surface.
package struct ServiceRoutes: Sendable {
    /// The text of `openapi.json`.
    private let description: [UInt8]

    package init(description: [UInt8]) { self.description = description }

    /// The operations of the resources.
    package var routes: [Route] {
        [
            Route(.get, "/healthz") { call in call.answer(["status": "ok"]) },
            Route(.get, "/openapi.json", handler: describe),
            Route(.get, "/problems/{name}", types: ["text/html"], handler: explain),
        ]
    }

    private func describe(_ call: Call) -> Response {
        let head = HTTPResponse(
            status: .ok, headerFields: [.contentType: "application/json", .cacheControl: "no-cache"])
        return Response(head: head, body: .bytes(description))
    }

    private func explain(_ call: Call) throws -> Response {
        guard let type = ProblemType(rawValue: call.pathParameter("name")) else {
            throw Problem(.notFound, "There is no problem of this name. GET /openapi.json lists them.")
        }
        let head = HTTPResponse(status: .ok, headerFields: [.contentType: "text/html; charset=utf-8"])
        return Response(head: head, body: .bytes(Array(ProblemPage.html(type).utf8)))
    }
}
