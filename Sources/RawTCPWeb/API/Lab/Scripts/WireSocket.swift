import Engine

/// A descriptor of a script on the wire.
struct WireSocket: Sendable {
    /// How far the socket has come.
    enum Phase: Sendable {
        case fresh
        case listening(ListenerID)
        case connection(ConnectionID)
    }

    var phase = Phase.fresh
    /// The port that `bind` gave it.
    var port: UInt16?
    var isNonBlocking = false
    /// TCP_NODELAY; nil: as the profile has it.
    var isEager: Bool?
    /// SHUT_RD was called.
    var isReadShut = false
    /// Connections that `accept` has handed out.
    var accepted: UInt64 = 0
    /// The stream position behind what was read.
    var position: UInt64 = 0
}

/// What a call came to.
struct WireOutcome: Sendable {
    /// A number, or an errno's name.
    var result: String
    /// The call's descriptor afterwards.
    var socket: WireSocket
    /// The descriptor that it has made.
    var child: WireSocket?
    /// When it was over.
    var end = Interval.zero
}

/// A call that has begun and blocks, while the script's packets go on.
struct PendingCall: Sendable {
    let call: ScriptCall
    let line: Int
    /// When it must be over.
    let end: Interval
    let task: Task<WireOutcome, any Error>
}

extension EngineError {
    /// What a socket's user is told; for a wait that ran out `patience`.
    func errno(else patience: String) throws -> String {
        switch self {
        case .connectionRefused: "ECONNREFUSED"
        case .connectionReset: "ECONNRESET"
        case .unreachable: "EHOSTUNREACH"
        case .notOpen, .impossible: "EPIPE"
        case .timedOut, .handshakeTimeout: patience
        default: throw self
        }
    }
}

extension CloseReason {
    var errno: String {
        switch self {
        case .refused: "ECONNREFUSED"
        case .resetByPeer: "ECONNRESET"
        case .timeout: "ETIMEDOUT"
        case .unreachable: "EHOSTUNREACH"
        case .normal, .aborted, .leaseExpired, .shutdown: "ECONNABORTED"
        }
    }
}

extension ScriptCall {
    /// The number or the errno that the line gives.
    var wanted: String { errno ?? result.number.map { "\($0)" } ?? "0" }

    var isNonBlocking: Bool {
        arguments.flatMap(\.words).contains { $0 == "SOCK_NONBLOCK" || $0 == "O_NONBLOCK" }
    }

    /// The third argument: how many octets.
    var octetCount: Int? {
        guard arguments.count > 2, let count = arguments[2].number, count >= 0, count <= 1 << 20 else { return nil }
        return Int(count)
    }

    /// What is to be written.
    var octets: [UInt8] {
        let count = octetCount ?? 0
        guard arguments.count > 1, case .string(let text) = arguments[1] else {
            return [UInt8](repeating: 0, count: count)
        }
        return Array((text + [UInt8](repeating: 0, count: max(count - text.count, 0))).prefix(count))
    }
}
