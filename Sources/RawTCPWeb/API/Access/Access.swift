import HTTPTypes

/// Who may call a service that was given a token: whoever presents it, and pages that have opened a session with it.
package actor Access {
    /// How long a session lasts.
    package static let sessionLifetime: Duration = .seconds(12 * 3600)
    /// Failures of one client in a minute, after which it has to wait.
    package static let mostFailures = 10
    private static let failureMemory: Duration = .seconds(60)
    /// A session each for many browsers; the oldest goes when there are more.
    private static let mostSessions = 1_000
    /// Clients whose failures are remembered; the rest share one account, so that addresses by the thousand buy nothing.
    private static let mostClients = 4_096

    private nonisolated let token: AccessToken?
    private let now: @Sendable () -> ContinuousClock.Instant
    private var sessions: [String: ContinuousClock.Instant] = [:]
    private var failures: [String: [ContinuousClock.Instant]] = [:]

    /// Without a token everybody may call. `now` is the clock.
    package init(
        token: AccessToken? = nil, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.token = token
        self.now = now
    }

    /// Whether a token must be presented.
    package nonisolated var isRequired: Bool { token != nil }

    /// Throws unless the request may go on.
    package nonisolated func judge(_ request: Request) async throws(Problem) {
        guard isRequired, request.head.method != .connect, !Self.isOpenToAll(request) else { return }
        try await admit(request)
    }

    /// What the page is made of, health, problem pages; and the session, which judges by itself.
    private nonisolated static func isOpenToAll(_ request: Request) -> Bool {
        switch (request.firstSegment, request.head.method) {
        case ("v1", _): request.path == "/v1/session"
        case ("metrics", _), ("readyz", _): false
        case (_, .get), (_, .head): true
        default: false
        }
    }

    private func admit(_ request: Request) throws(Problem) {
        if isInSession(request) { return }
        guard let field = request.head.headerFields[.authorization] else {
            throw Self.unauthorized("This service needs its token: send Authorization: Bearer TOKEN.")
        }
        guard let presented = Credentials.bearer(field) else {
            throw Self.unauthorized("Authorization must be: Bearer TOKEN.")
        }
        try check(presented, from: request.clientAddress)
    }

    /// Judges the credentials of a CONNECT (RFC 9110 §11.7.2).
    package func judgeProxied(_ request: Request) throws(Problem) {
        guard isRequired else { return }
        guard let field = request.head.headerFields[.proxyAuthorization],
            let presented = Credentials.bearer(field) ?? Credentials.basicPassword(field)
        else {
            throw Self.proxyUnauthorized(
                "A tunnel needs the token: Proxy-Authorization: Bearer TOKEN, or Basic with the token as password.")
        }
        do throws(Problem) {
            try check(presented, from: request.clientAddress)
        } catch {
            if error.type == .unauthorized { throw Self.proxyUnauthorized(error.detail) }
            throw error
        }
    }

    // MARK: Sessions

    /// Whether the request's cookie names a session that stands.
    package func isInSession(_ request: Request) -> Bool {
        guard let id = SessionCookie.value(in: request), let end = sessions[id] else { return false }
        if end > now() { return true }
        sessions[id] = nil
        return false
    }

    /// Whether the request would be let through. A wrong token counts as a failure here too, or this would be the place
    /// for guessing.
    package func isAuthenticated(_ request: Request) -> Bool {
        if !isRequired || isInSession(request) { return true }
        guard let presented = request.head.headerFields[.authorization].flatMap(Credentials.bearer) else {
            return false
        }
        return (try? check(presented, from: request.clientAddress)) != nil
    }

    /// Opens a session for whoever presents the token. Returns what the cookie is to hold: a random value, which tells
    /// nothing of the token; nil if no token is needed.
    package func openSession(token presented: String, from client: String) throws(Problem) -> String? {
        guard isRequired else { return nil }
        try check(presented, from: client)
        let start = now()
        sessions = sessions.filter { $0.value > start }
        if sessions.count >= Self.mostSessions, let oldest = sessions.min(by: { $0.value < $1.value }) {
            sessions[oldest.key] = nil
        }
        let id = SessionCookie.makeValue()
        sessions[id] = start + Self.sessionLifetime
        return id
    }

    /// Ends the request's session, if it has one.
    package func closeSession(of request: Request) {
        if let id = SessionCookie.value(in: request) { sessions[id] = nil }
    }

    // MARK: Failures

    private func check(_ presented: String, from client: String) throws(Problem) {
        let time = now()
        let account = failures.count < Self.mostClients || failures[client] != nil ? client : "others"
        let recent = failures[account, default: []].filter { $0 > time - Self.failureMemory }
        failures[account] = recent.isEmpty ? nil : recent
        // The right token has to wait too: else the answer would tell which one it is, and guessing would go on.
        if recent.count >= Self.mostFailures, let oldest = recent.first {
            let wait = (oldest + Self.failureMemory) - time
            throw Problem.tooManyRequests(
                "\(Self.mostFailures) wrong tokens came from \(client) within a minute.",
                retryAfter: Int(wait.components.seconds) + 1)
        }
        if token?.matches(presented) == true { return }
        if failures.count >= Self.mostClients { forgetOldFailures(at: time) }
        failures[account] = recent + [time]
        throw Self.unauthorized("The token is wrong.")
    }

    private func forgetOldFailures(at time: ContinuousClock.Instant) {
        failures = failures.filter { $0.value.contains { $0 > time - Self.failureMemory } }
    }

    private static func unauthorized(_ detail: String) -> Problem {
        var problem = Problem(.unauthorized, detail)
        problem.fields[.wwwAuthenticate] = "Bearer"
        return problem
    }

    private static func proxyUnauthorized(_ detail: String) -> Problem {
        var problem = Problem(.proxyAuthenticationRequired, detail)
        problem.fields[.proxyAuthenticate] = "Basic, Bearer"
        return problem
    }
}

extension Problem {
    /// More than the caller may do; it may try again after so many seconds.
    package static func tooManyRequests(_ detail: String, retryAfter seconds: Int) -> Problem {
        var problem = Problem(.tooManyRequests, "\(detail) Try again in \(seconds) s.")
        problem.fields[.retryAfter] = String(seconds)
        return problem
    }
}
