import Engine

/// A descriptor of a script on the wire.
struct WireSocket: Sendable {
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

/// The calls of a script on the wire, made on our own stack. Both ends are on loopback: the script's segments come from an
/// endpoint that is held for it.
extension WireScript {
    /// How long a call that should not block may take: threads are no virtual time.
    private static let moment = Interval.milliseconds(1_000)

    mutating func perform(_ call: ScriptCall) async throws {
        try await finishPending()
        if call.name == "socket" {
            var socket = WireSocket()
            socket.isNonBlocking = call.isNonBlocking
            sockets[call.result.number ?? 3] = socket
            return
        }
        guard let fd = call.arguments.first?.number, var socket = sockets[fd] else { return try check(call, "EBADF") }
        if call.name == "listen" { try await beginListen(call, &socket) }
        if call.name == "connect" { try await beginConnect(call, &socket) }
        guard let relativeEnd = call.end else {
            let outcome = try await outcome(of: call, socket, patience: Self.moment)
            return try settle(call, outcome, line)
        }
        let end = endBase + relativeEnd
        sockets[fd] = socket
        let (run, begun) = (self, socket)
        let task = Task {
            let patience = max(end - run.elapsed, .zero) + Self.tolerance
            var outcome = try await run.outcome(of: call, begun, patience: patience)
            outcome.end = run.elapsed
            return outcome
        }
        pending = PendingCall(call: call, line: line, end: end, task: task)
    }

    /// Waits for the end of a call that blocks, and looks at what it came to and when.
    mutating func finishPending() async throws {
        guard let begun = pending else { return }
        pending = nil
        let outcome = try await withTaskCancellationHandler {
            try await begun.task.value
        } onCancel: {
            begun.task.cancel()
        }
        try settle(begun.call, outcome, begun.line)
        guard (outcome.end - begun.end).magnitude > Self.tolerance else { return }
        throw failure(
            "\(begun.call.name) returns at \(begun.end.text)", "it returned at \(outcome.end.text)", line: begun.line)
    }

    private mutating func settle(_ call: ScriptCall, _ outcome: WireOutcome, _ line: Int) throws {
        if let fd = call.arguments.first?.number { sockets[fd] = call.name == "close" ? nil : outcome.socket }
        if let child = outcome.child, let fd = call.result.number { sockets[fd] = child }
        guard call.result != .ellipsis, call.wanted != outcome.result else { return }
        throw failure("\(call.name) = \(call.wanted)", "\(call.name) = \(outcome.result)", line: line)
    }

    private func check(_ call: ScriptCall, _ result: String) throws {
        guard call.result != .ellipsis, call.wanted != result else { return }
        throw failure("\(call.name) = \(call.wanted)", "\(call.name) = \(result)")
    }

    // MARK: One by one

    private func outcome(
        of call: ScriptCall, _ socket: WireSocket, patience: Interval
    ) async throws -> WireOutcome {
        var outcome = WireOutcome(result: "0", socket: socket)
        switch call.name {
        case "listen": break
        case "setsockopt": try await setOption(call, &outcome.socket)
        case "getsockopt": outcome.result = try await tellError(call, socket)
        case "bind": outcome.socket.port = call.arguments[1].port
        case "fcntl": outcome.result = control(call, &outcome.socket)
        case "accept", "accept4": try await accept(call, patience, &outcome)
        case "connect": outcome.result = try await connected(socket, patience)
        case "read", "recv": outcome.result = try await read(call, &outcome.socket, patience)
        case "write", "send": outcome.result = try await write(call, socket, patience)
        case "shutdown": outcome.result = try await shutDown(call, &outcome.socket)
        case "close": try await close(socket)
        default: throw problem("\(call.name) is for virtual time")
        }
        return outcome
    }

    /// A port that was free until now has nobody to share it with: that leaves TCP_NODELAY.
    private func setOption(_ call: ScriptCall, _ socket: inout WireSocket) async throws {
        guard call.arguments[2].words == ["TCP_NODELAY"], let number = call.arguments[3].firstNumber else { return }
        socket.isEager = number != 0
        guard case .connection(let id) = socket.phase else { return }
        var change = ConnectionChange()
        change.nagle = number == 0
        _ = try await engine.update(id, change)
    }

    /// SO_ERROR.
    private func tellError(_ call: ScriptCall, _ socket: WireSocket) async throws -> String {
        guard case .connection(let id) = socket.phase else { return "0" }
        let reason = try await engine.connection(id).closeReason
        let error = reason == .normal ? nil : reason?.errno
        let wanted = call.arguments[3]
        guard wanted != .ellipsis, (error ?? "0") != wanted.words.first ?? wanted.firstNumber.map({ "\($0)" }) else {
            return "0"
        }
        throw failure("SO_ERROR is \(wanted.words.first ?? "0")", "SO_ERROR is \(error ?? "0")")
    }

    /// The options of the socket's connections.
    private func options(of socket: WireSocket) -> ConnectionOptions {
        var chosen = options ?? ConnectionOptions()
        if let isEager = socket.isEager { chosen.nagle = !isEager }
        return chosen
    }

    private func control(_ call: ScriptCall, _ socket: inout WireSocket) -> String {
        // O_RDWR and O_NONBLOCK, as Linux numbers them.
        if call.arguments[1].words == ["F_GETFL"] { return "\(2 | (socket.isNonBlocking ? 0x800 : 0))" }
        guard call.arguments.count > 2 else { return "EINVAL" }
        socket.isNonBlocking = call.isNonBlocking || (call.arguments[2].number ?? 0) & 0x804 != 0
        return "0"
    }

    private func accept(_ call: ScriptCall, _ patience: Interval, _ outcome: inout WireOutcome) async throws {
        guard case .listening(let id) = outcome.socket.phase else { return outcome.result = "EINVAL" }
        let found = try await engine.accepted(by: id, after: outcome.socket.accepted, patience: patience)
        guard let connection = found.connections.first else {
            return outcome.result = outcome.socket.isNonBlocking ? "EAGAIN" : "blocks"
        }
        outcome.socket.accepted += 1
        var child = WireSocket()
        child.phase = .connection(connection.id)
        child.isNonBlocking = call.name == "accept4" && call.isNonBlocking
        outcome.child = child
        outcome.result = call.wanted
    }

    private func connected(_ socket: WireSocket, _ patience: Interval) async throws -> String {
        guard case .connection(let id) = socket.phase else { return "EINVAL" }
        do {
            let now = try await engine.connection(id)
            if let reason = now.closeReason { return reason.errno }
            if now.establishedAt != nil { return "0" }
            if socket.isNonBlocking { return "EINPROGRESS" }
            _ = try await engine.wait(for: .established, on: id, timeout: patience)
            return "0"
        } catch {
            return try error.errno(else: "blocks")
        }
    }

    private func read(_ call: ScriptCall, _ socket: inout WireSocket, _ patience: Interval) async throws -> String {
        guard case .connection(let id) = socket.phase else { return "ENOTCONN" }
        if socket.isReadShut { return "0" }
        var request = ReadRequest()
        request.offset = socket.position
        request.limit = call.octetCount ?? 65_536
        request.patience = patience
        let result = try await engine.read(request, from: id)
        socket.position += UInt64(result.octets.count)
        if case .string(let wanted) = call.arguments[1], !result.octets.starts(with: wanted.prefix(result.octets.count))
        {
            throw failure("the octets that the line gives", "other octets were received")
        }
        if !result.octets.isEmpty || result.isFinal { return "\(result.octets.count)" }
        if let error = result.error { return error.errno }
        return socket.isNonBlocking || call.arguments.flatMap(\.words).contains("MSG_DONTWAIT") ? "EAGAIN" : "blocks"
    }

    private func write(_ call: ScriptCall, _ socket: WireSocket, _ patience: Interval) async throws -> String {
        guard case .connection(let id) = socket.phase else { return "EPIPE" }
        do {
            let receipt = try await engine.write(call.octets, to: id, push: true, timeout: patience)
            return "\(receipt.nextOffset - receipt.offset)"
        } catch {
            return try error.errno(else: socket.isNonBlocking ? "EAGAIN" : "blocks")
        }
    }

    private func shutDown(_ call: ScriptCall, _ socket: inout WireSocket) async throws -> String {
        guard case .connection(let id) = socket.phase else { return "ENOTCONN" }
        let names = ["SHUT_RD", "SHUT_WR", "SHUT_RDWR"]
        let how = call.arguments[1].words.first ?? names[Int(min(max(call.arguments[1].number ?? 2, 0), 2))]
        if how != "SHUT_WR" { socket.isReadShut = true }
        if how != "SHUT_RD" { _ = try await engine.close(id) }
        return "0"
    }

    private func close(_ socket: WireSocket) async throws {
        switch socket.phase {
        case .fresh: break
        case .listening(let id): try await engine.close(id)
        case .connection(let id): _ = try await engine.close(id, endsReading: true)
        }
    }

    /// Takes down what the script has set up.
    mutating func closeSockets() async {
        pending?.task.cancel()
        pending = nil
        for socket in sockets.values {
            switch socket.phase {
            case .fresh: break
            case .listening(let id): try? await engine.close(id)
            case .connection(let id): try? await engine.delete(id)
            }
        }
        sockets = [:]
        if options != nil {
            for connection in await connections { try? await engine.delete(connection.id) }
        }
        if let local { await engine.endHold(at: local) }
    }
}

/// Calls that say who the stack under test is.
extension WireScript {
    private mutating func beginListen(_ call: ScriptCall, _ socket: inout WireSocket) async throws {
        guard case .fresh = socket.phase else { return }
        var request = ListenRequest(local: Endpoint(loopback, socket.port ?? 0))
        request.options = options(of: socket)
        request.backlog = Int(min(max(call.arguments[1].number ?? 128, 1), 4_096))
        let listener = try await engine.listen(request)
        socket.phase = .listening(listener.id)
        peer = listener.local
    }

    private mutating func beginConnect(_ call: ScriptCall, _ socket: inout WireSocket) async throws {
        guard case .fresh = socket.phase else { return }
        // Nothing is sent: the endpoint is only held, so that the kernel does not answer our SYN with a RST.
        var hold = CraftRequest(
            subject: .endpoints(localAddress: loopback, localPort: nil, remote: Endpoint(loopback, 1)))
        hold.repetitions = 0
        hold.hold = .milliseconds(60_000)
        let held = try await engine.craft(hold).local
        local = held
        var request = OpenRequest(remote: held)
        request.options = options(of: socket)
        request.localPort = socket.port == 0 ? nil : socket.port
        let connection = try await engine.open(request)
        socket.phase = .connection(connection.id)
        peer = connection.local
    }
}

extension EngineError {
    /// What a socket's user is told; for a wait that ran out `patience`.
    fileprivate func errno(else patience: String) throws -> String {
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
    fileprivate var errno: String {
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
    fileprivate var wanted: String { errno ?? result.number.map { "\($0)" } ?? "0" }

    fileprivate var isNonBlocking: Bool {
        arguments.flatMap(\.words).contains { $0 == "SOCK_NONBLOCK" || $0 == "O_NONBLOCK" }
    }

    /// The third argument: how many octets.
    fileprivate var octetCount: Int? {
        guard arguments.count > 2, let count = arguments[2].number, count >= 0, count <= 1 << 20 else { return nil }
        return Int(count)
    }

    /// What is to be written.
    fileprivate var octets: [UInt8] {
        let count = octetCount ?? 0
        guard arguments.count > 1, case .string(let text) = arguments[1] else {
            return [UInt8](repeating: 0, count: count)
        }
        return Array((text + [UInt8](repeating: 0, count: max(count - text.count, 0))).prefix(count))
    }
}
