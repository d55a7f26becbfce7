import HTTPTypes

/// Finds the route of a request, and turns what goes wrong into problems. The handler that the server calls.
package struct Router: RequestHandler {
    /// Answers what no route is for: the static files. Nil if there is nothing.
    package typealias Fallback = @Sendable (Request) async throws -> Response?

    /// A route that a path leads to, with what stands in its holes.
    private struct Match {
        let route: Route
        let values: [String: String]
    }

    package let routes: [Route]
    private let gate: Gate
    private let access: Access
    private let tunnels: TunnelHandler?
    private let metrics: HTTPMetrics
    /// The routes without holes, by their path: most requests are for these, and need not be compared with all.
    private let exact: [String: [Route]]
    /// All routes, by the number of their parts.
    private let byPartCount: [Int: [Route]]
    /// The methods of all routes, each once.
    private let methods: [HTTPRequest.Method]
    private let fallback: Fallback
    private let keys = IdempotencyKeys()

    package init(
        routes: [Route], gate: Gate, access: Access = Access(), tunnels: TunnelHandler? = nil,
        metrics: HTTPMetrics = HTTPMetrics(), fallback: @escaping Fallback = { _ in nil }
    ) {
        self.routes = routes
        self.gate = gate
        self.access = access
        self.tunnels = tunnels
        self.metrics = metrics
        exact = Dictionary(grouping: routes.filter { !$0.template.contains("{") }, by: \.template)
        byPartCount = Dictionary(grouping: routes, by: \.partCount)
        methods = [.get, .post, .put, .patch, .delete].filter { method in routes.contains { $0.method == method } }
        self.fallback = fallback
    }

    package func respond(to request: Request) async -> Response {
        let start = ContinuousClock.now
        let matches = matches(request.path)
        var response: Response
        do {
            try gate.judge(request)
            try await access.judge(request)
            response = try await answer(request, matches)
        } catch {
            let isPretty = request.query.contains { $0.name == "pretty" && ["1", "true"].contains($0.value) }
            response = Problem(any: error).response(instance: request.reference, pretty: isPretty)
        }
        addSecurityFields(to: &response, isVolatile: request.firstSegment == "v1")
        if request.head.method == .head, case .stream = response.body { response.body = .none }
        metrics.add(
            request.head.method, route: matches.first?.route.template ?? "none", status: response.head.status,
            seconds: (ContinuousClock.now - start) / .seconds(1))
        return response
    }

    package func refuse(_ refusal: Refusal, id: String) async -> Response {
        var problem = Problem(ProblemType(refusalStatus: refusal.status.code), refusal.detail)
        // Connections end by the second; when one will is not known.
        if refusal.status.code == 429 || refusal.status.code == 503 { problem.fields[.retryAfter] = "1" }
        // No path is certain: what names the occurrence is the answer's Request-Id.
        var response = problem.response(instance: "#\(id)")
        addSecurityFields(to: &response, isVolatile: false)
        return response
    }

    /// The routes whose path this is, with what stands in their holes.
    private func matches(_ path: String) -> [Match] {
        if let routes = exact[path] { return routes.map { Match(route: $0, values: [:]) } }
        guard let parts = Route.parts(of: path), let routes = byPartCount[parts.count] else { return [] }
        return routes.compactMap { route in route.match(parts).map { Match(route: route, values: $0) } }
    }

    private func answer(_ request: Request, _ matches: [Match]) async throws -> Response {
        let method = request.head.method
        if method == .connect {
            guard let tunnels else { throw Problem(.notImplemented, "This service offers no tunnels.") }
            return try await tunnels.respond(to: request)
        }
        if request.path == "*", method == .options { return allowed(Self.allow(methods)) }
        if matches.isEmpty { return try await answerFromFallback(request) }
        let known = { Self.allow(matches.map(\.route.method)) }
        if method == .options { return allowed(known()) }
        // HEAD is GET without its body (RFC 9110 §9.3.2).
        let wanted = method == .head ? .get : method
        guard let match = matches.first(where: { $0.route.method == wanted }) else {
            throw Self.methodNotAllowed(method, allow: known())
        }
        return try await call(match.route, match.values, request)
    }

    private func call(_ route: Route, _ values: [String: String], _ request: Request) async throws -> Response {
        var parameters = request.query
        let applied = Preferences(request.head.headerFields).apply(to: &parameters, waiting: route.waiting)
        var query = QueryParameters(parameters, known: route.parameters)
        let isPretty = query.flag("pretty") ?? false
        let call = Call(request: request, pathParameters: values, query: query, isPretty: isPretty)
        do {
            try query.finish()
            if !route.types.isEmpty { _ = try Representation.choose(among: route.types, for: request) }
            var response =
                if route.putsOnWire, let key = request.head.headerFields[.idempotencyKey] {
                    try await keys.once(key, call, route.handler)
                } else {
                    try await route.handler(call)
                }
            response.head.headerFields[.preferenceApplied] = applied
            return response
        } catch {
            var problem = await route.completion(Problem(any: error), call)
            problem.fields[.preferenceApplied] = applied
            throw problem
        }
    }

    private func answerFromFallback(_ request: Request) async throws -> Response {
        let method = request.head.method
        let isStatic = request.path.hasPrefix("/") && request.firstSegment != "v1"
        if isStatic {
            var probe = request
            if method != .get { probe.head.method = .head }
            // What another method demands of a file says nothing about whether there is one.
            if method != .get, method != .head { probe.head.headerFields = [:] }
            if let response = try await fallback(probe) {
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
