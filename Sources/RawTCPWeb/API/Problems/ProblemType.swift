/// The kinds of failure that an answer can report: the contract's fixed list.
package enum ProblemType: String, CaseIterable, Sendable {
    case badRequest = "bad-request"
    case invalidJSON = "invalid-json"
    case invalidFilter = "invalid-filter"
    case unsupportedScript = "unsupported-script"
    case unauthorized = "unauthorized"
    case targetNotAllowed = "target-not-allowed"
    case crossSite = "cross-site"
    case privilegedPort = "privileged-port"
    case observationDisabled = "observation-disabled"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case notAcceptable = "not-acceptable"
    case proxyAuthenticationRequired = "proxy-authentication-required"
    case requestTimeout = "request-timeout"
    case portInUse = "port-in-use"
    case nameInUse = "name-in-use"
    case notOpen = "not-open"
    case guardUnavailable = "guard-unavailable"
    case offsetGap = "offset-gap"
    case idempotencyInProgress = "idempotency-in-progress"
    case offsetReleased = "offset-released"
    case logRestarted = "log-restarted"
    case preconditionFailed = "precondition-failed"
    case contentTooLarge = "content-too-large"
    case uriTooLong = "uri-too-long"
    case unsupportedMediaType = "unsupported-media-type"
    case rangeNotSatisfiable = "range-not-satisfiable"
    case expectationFailed = "expectation-failed"
    case misdirected
    case invalidRequest = "invalid-request"
    case unknownMember = "unknown-member"
    case idempotencyMismatch = "idempotency-mismatch"
    case messageTooLong = "message-too-long"
    case scenarioFailed = "scenario-failed"
    case tooManyRequests = "too-many-requests"
    case headerTooLarge = "header-too-large"
    case `internal`
    case notImplemented = "not-implemented"
    case connectionRefused = "connection-refused"
    case connectionReset = "connection-reset"
    case unreachable
    case kernelReset = "kernel-reset"
    case tooManyConnections = "too-many-connections"
    case tooManyListeners = "too-many-listeners"
    case noRawSocket = "no-raw-socket"
    case shuttingDown = "shutting-down"
    case handshakeTimeout = "handshake-timeout"
    case timedOut = "timed-out"
    case versionNotSupported = "version-not-supported"

    /// The HTTP status that always goes with it.
    package var status: Int {
        switch self {
        case .badRequest, .invalidJSON, .invalidFilter, .unsupportedScript: 400
        case .unauthorized: 401
        case .targetNotAllowed, .crossSite, .privilegedPort, .observationDisabled: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .notAcceptable: 406
        case .proxyAuthenticationRequired: 407
        case .requestTimeout: 408
        case .portInUse, .nameInUse, .notOpen, .guardUnavailable, .offsetGap, .idempotencyInProgress: 409
        case .offsetReleased, .logRestarted: 410
        case .preconditionFailed: 412
        case .contentTooLarge: 413
        case .uriTooLong: 414
        case .unsupportedMediaType: 415
        case .rangeNotSatisfiable: 416
        case .expectationFailed: 417
        case .misdirected: 421
        case .invalidRequest, .unknownMember, .idempotencyMismatch, .messageTooLong, .scenarioFailed: 422
        case .tooManyRequests: 429
        case .headerTooLarge: 431
        case .internal: 500
        case .notImplemented: 501
        case .connectionRefused, .connectionReset, .unreachable, .kernelReset: 502
        case .tooManyConnections, .tooManyListeners, .noRawSocket, .shuttingDown: 503
        case .handshakeTimeout, .timedOut: 504
        case .versionNotSupported: 505
        }
    }

    /// The relative reference that names it in answers (RFC 9457 §3.1.1), and the page that explains it.
    package var reference: String { "/problems/\(rawValue)" }

    /// The kind that an HTTP-level refusal with this status is.
    package init(refusalStatus status: Int) {
        self =
            switch status {
            case 408: .requestTimeout
            case 413: .contentTooLarge
            case 414: .uriTooLong
            case 417: .expectationFailed
            case 429: .tooManyRequests
            case 431: .headerTooLarge
            case 500: .internal
            case 501: .notImplemented
            case 503: .tooManyConnections
            case 505: .versionNotSupported
            default: .badRequest
            }
    }
}
