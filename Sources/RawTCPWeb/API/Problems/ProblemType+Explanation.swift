/// What people read about a kind of failure.
package struct ProblemExplanation: Sendable {
    /// The short name of the kind, the same in every answer (RFC 9457 §3.1.3).
    package var title: String
    /// What brings it about.
    package var cause: String
    /// What to do about it.
    package var remedy: String

    fileprivate init(_ title: String, _ cause: String, _ remedy: String) {
        self.title = title
        self.cause = cause
        self.remedy = remedy
    }
}

extension ProblemType {
    /// The short name of the kind.
    package var title: String { explanation.title }

    /// Title, cause and remedy.
    package var explanation: ProblemExplanation {
        switch self {
        case .badRequest:
            ProblemExplanation(
                "Bad request",
                "The request breaks the rules of HTTP/1.1.",
                "Send it with an ordinary HTTP client, such as curl."
            )
        case .invalidJSON:
            ProblemExplanation(
                "Invalid JSON",
                "The body is not a JSON text, or it repeats a member.",
                "The detail gives line and column. In a shell, put JSON into single quotes."
            )
        case .invalidFilter:
            ProblemExplanation(
                "Invalid filter",
                "The filter expression has a mistake.",
                "The detail gives its position. Field names and operators are Wireshark's."
            )
        case .unsupportedScript:
            ProblemExplanation(
                "Unsupported script",
                "The script uses something that this release does not run.",
                "The answer names line, column and token."
            )
        case .unauthorized:
            ProblemExplanation(
                "Unauthorized",
                "The service wants a token; the request had none, or a wrong one.",
                "Send Authorization: Bearer TOKEN."
            )
        case .targetNotAllowed:
            ProblemExplanation(
                "Target not allowed",
                "Segments may go to loopback and to the networks named at start, never to broadcast or multicast.",
                "Start the service with --allow-target CIDR[:ports]."
            )
        case .crossSite:
            ProblemExplanation(
                "Cross-site request",
                "A page of another site made the browser send this.",
                "Use the service's own page, or a client that is no browser."
            )
        case .privilegedPort:
            ProblemExplanation(
                "Privileged port",
                "The local port is reserved to privileged programs.",
                "setcap cap_net_raw,cap_net_bind_service+ep PROGRAM, or take a higher port."
            )
        case .observationDisabled:
            ProblemExplanation(
                "Observation disabled",
                "Other programs' connections are off limits.",
                "Start the service with --observe and a token."
            )
        case .notFound:
            ProblemExplanation(
                "Not found",
                "There is nothing at this address, or it has been forgotten.",
                "GET /v1/connections lists the connections, GET /openapi.json the routes."
            )
        case .methodNotAllowed:
            ProblemExplanation(
                "Method not allowed",
                "The resource does not know this method.",
                "The Allow field lists the methods that it knows."
            )
        case .notAcceptable:
            ProblemExplanation(
                "Not acceptable",
                "No representation of the resource is one that Accept allows.",
                "The detail lists the representations."
            )
        case .proxyAuthenticationRequired:
            ProblemExplanation(
                "Proxy authentication required",
                "A tunnel needs the service's token.",
                "Send Proxy-Authorization: Bearer TOKEN."
            )
        case .requestTimeout:
            ProblemExplanation(
                "Request timeout",
                "The request did not arrive in time.",
                "Send it again, without long pauses."
            )
        case .portInUse:
            ProblemExplanation(
                "Port in use",
                "The local endpoint belongs to another connection or to another program.",
                "The detail names the holder. Take another port, or 0 to have one chosen."
            )
        case .nameInUse:
            ProblemExplanation(
                "Name in use",
                "Something open has this name already.",
                "Take another name, or close the holder."
            )
        case .notOpen:
            ProblemExplanation(
                "Not open",
                "The connection's state forbids this, or what was waited for can no longer happen.",
                "GET the connection: state and closeReason tell what became of it."
            )
        case .guardUnavailable:
            ProblemExplanation(
                "Guard unavailable",
                "This guard was not set up when the service started.",
                "GET /v1/engine lists the guards that there are."
            )
        case .offsetGap:
            ProblemExplanation(
                "Offset gap",
                "The offset lies beyond what has been accepted: bytes would be missing in between.",
                "Send from the stream position that the detail gives."
            )
        case .idempotencyInProgress:
            ProblemExplanation(
                "Idempotent request in progress",
                "A request with this Idempotency-Key is still running.",
                "Wait for it, then ask again."
            )
        case .offsetReleased:
            ProblemExplanation(
                "Offset released",
                "The bytes asked for were released when a later offset was read.",
                "Ask from the oldest byte kept; release=0 reads without releasing."
            )
        case .logRestarted:
            ProblemExplanation(
                "Log restarted",
                "The log belongs to another start of the service.",
                "Read it again from the beginning."
            )
        case .preconditionFailed:
            ProblemExplanation(
                "Precondition failed",
                "A condition in the request's header does not hold.",
                "Fetch the resource again, then decide."
            )
        case .contentTooLarge:
            ProblemExplanation(
                "Content too large",
                "The body is longer than the resource takes.",
                "Send a payload as application/octet-stream: it is streamed and has no limit."
            )
        case .uriTooLong:
            ProblemExplanation(
                "URI too long",
                "The request target is longer than the service reads.",
                "Put less into the query."
            )
        case .unsupportedMediaType:
            ProblemExplanation(
                "Unsupported media type",
                "The body's content type is missing, or is not what the resource reads.",
                "curl --json sends JSON with the right type."
            )
        case .rangeNotSatisfiable:
            ProblemExplanation(
                "Range not satisfiable",
                "The range lies outside of the resource.",
                "Ask for a range within its length."
            )
        case .expectationFailed:
            ProblemExplanation(
                "Expectation failed",
                "Expect names something other than 100-continue.",
                "Leave Expect out."
            )
        case .misdirected:
            ProblemExplanation(
                "Misdirected request",
                "The request's host is not a name of this service.",
                "Use its address, or start the service with --allow-host NAME. As a proxy: curl --proxytunnel."
            )
        case .invalidRequest:
            ProblemExplanation(
                "Invalid request",
                "A member or a parameter has a wrong type, or is out of its range.",
                "The errors name each one."
            )
        case .unknownMember:
            ProblemExplanation(
                "Unknown member",
                "The body has a member that nobody would read.",
                "The errors name the nearest one that exists."
            )
        case .idempotencyMismatch:
            ProblemExplanation(
                "Idempotency mismatch",
                "The Idempotency-Key was used before with another body, or cannot be used here.",
                "Take a fresh key."
            )
        case .messageTooLong:
            ProblemExplanation(
                "Message too long",
                "The datagram is larger than the path's MTU.",
                "Send less at once; the answer's mtu is the limit."
            )
        case .scenarioFailed:
            ProblemExplanation(
                "Scenario failed",
                "What happened is not what the script expects.",
                "The answer names line, expected and actual."
            )
        case .tooManyRequests:
            ProblemExplanation(
                "Too many requests",
                "The caller is over its rate.",
                "Wait as long as Retry-After says."
            )
        case .headerTooLarge:
            ProblemExplanation(
                "Header too large",
                "The request's header is longer than the service reads.",
                "Send fewer or shorter fields."
            )
        case .internal:
            ProblemExplanation(
                "Internal error",
                "Something failed that should not have.",
                "It is a bug: please report it with the detail and the Request-Id."
            )
        case .notImplemented:
            ProblemExplanation(
                "Not implemented",
                "This release does not do that yet.",
                "Leave the member out, or give it its default."
            )
        case .connectionRefused:
            ProblemExplanation(
                "Connection refused",
                "The peer answered the SYN with RST.",
                "Is a server listening at that port? The segments tell the story."
            )
        case .connectionReset:
            ProblemExplanation(
                "Connection reset",
                "The peer sent RST.",
                "The segments tell when."
            )
        case .unreachable:
            ProblemExplanation(
                "Unreachable",
                "There is no route to the peer, or the network said so (ICMP), or its name does not resolve.",
                "Check the address, and the route: ip route get ADDRESS."
            )
        case .kernelReset:
            ProblemExplanation(
                "Reset by our own kernel",
                "This host's kernel, which knows no such connection, reset it.",
                "Use a guard: \"guard\": \"socket\" is the default. GET /v1/doctor tries it."
            )
        case .tooManyConnections:
            ProblemExplanation(
                "Too many connections",
                "A limit is reached, or no local port is free.",
                "Close some, or wait as long as Retry-After says."
            )
        case .tooManyListeners:
            ProblemExplanation(
                "Too many listeners",
                "The limit of listeners is reached.",
                "Close some."
            )
        case .noRawSocket:
            ProblemExplanation(
                "No raw socket",
                "The program may not open a raw socket.",
                "setcap cap_net_raw,cap_net_bind_service+ep PROGRAM, or run it as root."
            )
        case .shuttingDown:
            ProblemExplanation(
                "Shutting down",
                "The service is stopping and takes no new work.",
                "Ask again when it is back."
            )
        case .handshakeTimeout:
            ProblemExplanation(
                "Handshake timeout",
                "The peer did not answer the SYN in time.",
                "Is the address right, and does a firewall drop the segments?"
            )
        case .timedOut:
            ProblemExplanation(
                "Timed out",
                "What was waited for did not happen in time. The connection goes on.",
                "Wait longer with timeout= (at most 60s). The detail says what is missing."
            )
        case .versionNotSupported:
            ProblemExplanation(
                "HTTP version not supported",
                "The service speaks HTTP/1.0 and HTTP/1.1.",
                "Use HTTP/1.1."
            )
        }
    }
}
