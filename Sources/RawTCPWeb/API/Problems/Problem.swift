package import Engine
package import HTTPTypes

/// A failure as the client is told of it: `application/problem+json` (RFC 9457). The one place where an `EngineError`
/// becomes a status.
package struct Problem: Error, Sendable {
    package var type: ProblemType
    /// What happened and what to do.
    package var detail: String
    package var connection: ConnectionID?
    /// The numbers of the segments that tell the story.
    package var segments: [UInt64] = []
    package var faults: [Fault] = []
    /// Further members of the answer.
    package var members: [JSON.Member] = []
    /// Segments have left before the request failed, though its type does not tell.
    package var hasPutOnWire = false
    /// Further header fields of the answer.
    package var fields: HTTPFields = [:]

    package init(_ type: ProblemType, _ detail: String) {
        self.type = type
        self.detail = detail
    }

    /// A request with these faults, all reported together.
    package init(faults: [Fault]) {
        self.init(
            faults.contains { $0.isUnknownMember } ? .unknownMember : .invalidRequest,
            faults.map(\.sentence).joined(separator: "; ")
        )
        self.faults = faults
    }

    /// The answer's body. `instance` is a reference to what was asked for.
    package func json(instance: String) -> JSON {
        var object: [JSON.Member] = [
            JSON.Member("type", .string(type.reference)),
            JSON.Member("title", .string(type.title)),
            JSON.Member("status", .integer(type.status)),
            JSON.Member("detail", .string(detail)), JSON.Member("instance", .string(instance)),
        ]
        if let connection { object.append(JSON.Member("connection", .string(connection.description))) }
        if !segments.isEmpty { object.append(JSON.Member("segments", .array(segments.map { JSON.number($0) }))) }
        if !faults.isEmpty { object.append(JSON.Member("errors", .array(faults.map(\.json)))) }
        return .object(object + members)
    }

    /// The whole answer.
    package func response(instance: String, pretty: Bool = false) -> Response {
        // RFC 9112 §4: the phrase is for people; the title says more to them than the status's own.
        var head = HTTPResponse(status: .init(code: type.status, reasonPhrase: type.title))
        head.headerFields = fields
        head.headerFields[.contentType] = "application/problem+json"
        return Response(head: head, body: .bytes(json(instance: instance).serialized(pretty: pretty)))
    }
}

extension Problem {
    /// What the engine's refusal means to an HTTP client.
    package init(_ error: EngineError) {
        if case .invalidRequest(let member, let detail) = error {
            // A member of a member is named with its path.
            let pointer = member.split(separator: "/").reduce(JSONPointer.root) { $0.appending(String($1)) }
            self.init(faults: [.member(pointer.text, detail)])
            return
        }
        self.init(Self.kind(of: error), Self.detail(of: error))
        switch error {
        case .notOpen(let id, _, _), .connectionRefused(let id), .connectionReset(let id),
            .handshakeTimeout(let id, _), .timedOut(let id, _), .impossible(let id, _):
            connection = id
        case .unreachable(let id, _): connection = id
        case .kernelReset(let id, let numbers):
            connection = id
            segments = numbers
        case .tooManyConnections(_, let interval), .tooManyRequests(_, let interval):
            fields[.retryAfter] = String(max(1, Int(interval.seconds.rounded(.up))))
        case .offsetReleased(let oldest): members = [JSON.Member("oldest", .number(oldest))]
        case .messageTooLong(let mtu): members = [JSON.Member("mtu", .integer(mtu))]
        case .nameInUse(_, let holder): connection = ConnectionID(holder)
        // "c1, TIME-WAIT, 41 s left": a holder that is a connection begins with its id.
        case .portInUse(_, let holder): connection = ConnectionID(String(holder.prefix { $0 != "," }))
        case .notFound, .standsOtherwise, .invalidRequest, .targetNotAllowed, .notLocal, .privilegedPort,
            .guardUnavailable, .tooManyListeners, .observationDisabled, .noRawSocket, .shuttingDown, .cancelled,
            .system:
            break
        }
    }

    private static func kind(of error: EngineError) -> ProblemType {
        switch error {
        case .notFound: .notFound
        case .invalidRequest: .invalidRequest
        case .targetNotAllowed, .notLocal: .targetNotAllowed
        case .privilegedPort: .privilegedPort
        case .portInUse: .portInUse
        case .nameInUse: .nameInUse
        case .standsOtherwise: .preconditionFailed
        case .guardUnavailable: .guardUnavailable
        case .tooManyConnections: .tooManyConnections
        case .tooManyListeners: .tooManyListeners
        case .tooManyRequests: .tooManyRequests
        case .observationDisabled: .observationDisabled
        case .noRawSocket: .noRawSocket
        // What was waited for can no longer come true because of the state that the connection is in.
        case .notOpen, .impossible: .notOpen
        case .offsetReleased: .offsetReleased
        case .connectionRefused: .connectionRefused
        case .connectionReset: .connectionReset
        case .unreachable: .unreachable
        case .kernelReset: .kernelReset
        case .handshakeTimeout: .handshakeTimeout
        case .timedOut: .timedOut
        case .messageTooLong: .messageTooLong
        case .shuttingDown: .shuttingDown
        case .cancelled: .requestTimeout
        case .system: .internal
        }
    }

    private static func detail(of error: EngineError) -> String {
        switch error {
        case .notFound(let name):
            "There is nothing here by the name of \"\(name)\". GET /v1/connections, /v1/listeners, /v1/observations, "
                + "/v1/impairments and /v1/options list what there is."
        case .invalidRequest(_, let detail), .noRawSocket(let detail), .tooManyConnections(let detail, _),
            .unreachable(_, let detail), .tooManyRequests(let detail, _), .observationDisabled(let detail):
            detail
        case .tooManyListeners(let limit): "\(limit) listeners stand, which is the limit. DELETE one of them first."
        case .timedOut(_, let detail): "The patience ran out: \(detail)."
        case .impossible(_, let detail): "What was waited for can no longer happen: \(detail)."
        case .targetNotAllowed(let endpoint, let rule):
            "\(endpoint.zonedDescription) is not allowed: \(rule). "
                + "The service's flag --allow-target CIDR[:ports] says what is allowed besides loopback."
        case .notLocal(let endpoint):
            // A crafted segment's port is settled behind its address.
            "\(endpoint.port == 0 ? endpoint.address.zonedDescription : endpoint.zonedDescription) is not allowed as local: local must be an address of this host. "
                + "The flag --allow-target is about remote addresses and does not change that."
        case .privilegedPort(let port, let start):
            "Local port \(port) is below \(start) and needs CAP_NET_BIND_SERVICE "
                + "(setcap cap_net_raw,cap_net_bind_service+ep). Without it, take a port from \(start) up."
        case .portInUse(let endpoint, let holder):
            "\(endpoint.zonedDescription) is in use: \(holder). Take another local port, or 0 to have one chosen."
        case .nameInUse(let name, let holder):
            "The name \"\(name)\" belongs to \(holder). Take another, or close that one."
        case .standsOtherwise(let name, let isThere):
            isThere
                ? "There is a \"\(name)\" already, which If-None-Match: * does not want replaced."
                : "There is no \"\(name)\", which If-Match: * wants replaced."
        case .guardUnavailable(let kind, let reason): "The guard \"\(kind)\" is not available: \(reason)."
        case .notOpen(let id, let state, let reason):
            "\(id) is in \(state)\(reason.map { " (\($0.rawValue))" } ?? ""), which forbids this."
        case .offsetReleased(let oldest): "The bytes before offset \(oldest) have been released. Ask from \(oldest) on."
        case .connectionRefused: "The peer answered our SYN with RST: nobody listens at that port."
        case .kernelReset(let id, _):
            "This host's own kernel, which knows nothing of \(id), answered the peer's SYN,ACK with RST. "
                + "Leave guard out, or give it \"socket\", so that the kernel stays silent."
        case .connectionReset: "The peer reset the connection."
        case .handshakeTimeout(_, let patience):
            "The handshake was not over after \(patience.seconds) s, so the attempt was aborted. "
                + "A larger timeout= (at most 60s), or userTimeout where it is smaller, waits longer; "
                + "wait=none goes on until R2."
        case .messageTooLong(let mtu): "The datagram is larger than the path's MTU of \(mtu) octets."
        case .shuttingDown: "The service is shutting down and takes no new work."
        case .cancelled: "The client went away before the answer was ready."
        case .system(let call, let errno): "\(call) failed with errno \(errno)."
        }
    }
}

extension Problem {
    /// Why the body could not be read.
    package init(_ error: BodyError) {
        switch error {
        case .tooLarge(let limit):
            self.init(
                .contentTooLarge,
                "The body is longer than \(limit) octets. Only the payload of a connection's send is streamed, as "
                    + "application/octet-stream, and has no limit."
            )
        case .malformed(let detail): self.init(.badRequest, detail)
        case .timedOut: self.init(.requestTimeout, "The body did not arrive in time.")
        case .disconnected: self.init(.requestTimeout, "The client went away before the end of the body.")
        }
    }

    /// Why a file is not sent.
    package init(_ failure: SelectionFailure) {
        switch failure {
        case .preconditionFailed(let entityTag):
            self.init(
                .preconditionFailed,
                "The file is not, or no longer, the one that was meant: its entity tag is \(entityTag).")
            fields[.eTag] = entityTag
        case .rangeNotSatisfiable(let size):
            self.init(.rangeNotSatisfiable, "The file has \(size) octets.")
            fields[.contentRange] = "bytes */\(size)"
        }
    }

    /// Whatever a handler may throw.
    package init(any error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as EngineError: self.init(error)
        case let error as BodyError: self.init(error)
        case let failure as SelectionFailure: self.init(failure)
        case is CancellationError: self.init(EngineError.cancelled)
        default: self.init(.internal, "An unexpected error: \(error).")
        }
    }
}
