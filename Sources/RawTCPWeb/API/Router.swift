import HTTPTypes

/// Finds the route of a request, and turns what goes wrong into problems. The handler that the server calls.
package struct Router: RequestHandler {
    /// Answers what no route is for: the static files. Nil if there is nothing.
    package typealias Fallback = @Sendable (Request) async -> Response?

    package let routes: [Route]
    private let gate: Gate
    private let access: Access
    private let tunnels: TunnelHandler?
    private let fallback: Fallback
    private let keys = IdempotencyKeys()

    package init(
        routes: [Route], gate: Gate, access: Access = Access(), tunnels: TunnelHandler? = nil,
        fallback: @escaping Fallback = { _ in nil }
    ) {
        self.routes = routes
        self.gate = gate
        self.access = access
        self.tunnels = tunnels
        self.fallback = fallback
    }

    package func respond(to request: Request) async -> Response {
        var response: Response
        do {
            try gate.judge(request)
            try await access.judge(request)
            response = try await answer(request)
        } catch {
            let isPretty = request.query.contains { $0.name == "pretty" && $0.value == "1" }
            response = Problem(any: error).response(instance: request.path, pretty: isPretty)
        }
        addSecurityFields(to: &response, isVolatile: request.firstSegment == "v1")
        if request.head.method == .head, case .stream = response.body { response.body = .none }
        return response
    }

    package func refuse(_ refusal: Refusal) async -> Response {
        let problem = Problem(ProblemType(refusalStatus: refusal.status.code), refusal.detail)
        var response = problem.response(instance: nil)
        addSecurityFields(to: &response, isVolatile: false)
        return response
    }

    private func answer(_ request: Request) async throws -> Response {
        let method = request.head.method
        if method == .connect {
            guard let tunnels else { throw Problem(.notImplemented, "This service offers no tunnels.") }
            return try await tunnels.respond(to: request)
        }
        if request.path == "*", method == .options { return allowed("GET, HEAD, POST, PATCH, DELETE, OPTIONS") }
        let matches = routes.compactMap { route in route.match(request.path).map { (route, $0) } }
        if matches.isEmpty { return try await answerFromFallback(request) }
        let allow = Self.allow(matches.map(\.0.method))
        if method == .options { return allowed(allow) }
        // HEAD is GET without its body (RFC 9110 §9.3.2).
        let wanted = method == .head ? .get : method
        guard let (route, values) = matches.first(where: { $0.0.method == wanted }) else {
            throw Self.methodNotAllowed(method, allow: allow)
        }
        return try await call(route, values, request)
    }

    private func call(_ route: Route, _ values: [String: String], _ request: Request) async throws -> Response {
        var parameters = request.query
        let applied = Preferences(request.head.headerFields).apply(to: &parameters, waiting: route.waiting)
        var query = QueryParameters(parameters, known: route.parameters)
        let isPretty = query.flag("pretty") ?? false
        try query.finish()
        let call = Call(request: request, pathParameters: values, query: query, isPretty: isPretty)
        do {
            var response =
                if route.putsOnWire, let key = request.head.headerFields[.idempotencyKey] {
                    try await keys.once(key, call, route.handler)
                } else {
                    try await route.handler(call)
                }
            response.head.headerFields[.preferenceApplied] = applied
            return response
        } catch {
            var problem = Problem(any: error)
            problem.fields[.preferenceApplied] = applied
            throw problem
        }
    }

    private func answerFromFallback(_ request: Request) async throws(Problem) -> Response {
        let method = request.head.method
        let isStatic = request.path.hasPrefix("/") && request.firstSegment != "v1"
        if isStatic {
            var probe = request
            if method != .get { probe.head.method = .head }
            if let response = await fallback(probe) {
                switch method {
                case .get, .head: return response
                case .options: return allowed(Self.allow([.get]))
                default: throw Self.methodNotAllowed(method, allow: Self.allow([.get]))
                }
            }
        }
        if method == .trace { throw Self.methodNotAllowed(method, allow: Self.allow([.get])) }
        let hint = NearestName.of(request.path, among: routes.map(\.template)).map { " Did you mean \($0)?" } ?? ""
        throw Problem(.notFound, "There is nothing here.\(hint) GET /openapi.json lists the routes.")
    }

    private func allowed(_ methods: String) -> Response {
        Response(head: HTTPResponse(status: .noContent, headerFields: [.allow: methods]))
    }

    /// The value of `Allow` for a resource with these methods.
    private static func allow(_ methods: [HTTPRequest.Method]) -> String {
        let all = methods.flatMap { $0 == .get ? [.get, .head] : [$0] } + [.options]
        return all.map(\.rawValue).joined(separator: ", ")
    }

    private static func methodNotAllowed(_ method: HTTPRequest.Method, allow: String) -> Problem {
        var problem = Problem(.methodNotAllowed, "\(method.rawValue) is not for this resource; it knows \(allow).")
        problem.fields[.allow] = allow
        return problem
    }

    private func addSecurityFields(to response: inout Response, isVolatile: Bool) {
        var fields = response.head.headerFields
        fields.setBrowserDefences()
        if isVolatile { fields[.cacheControl] = "no-store" }
        response.head.headerFields = fields
    }
}
