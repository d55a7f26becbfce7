import Engine

/// A descriptor of a script on the wire.
struct WireSocket: Sendable {
    enum Phase: Sendable {
        case fresh
        case listening(ListenerID)
        case connection(ConnectionID)
    }

    var phase = Phase.fresh
    /// Connections that `accept` has handed out.
    var accepted: UInt64 = 0
    /// The stream position behind what was read.
    var position: UInt64 = 0
}

/// The calls of a script on the wire, made on our own stack. Both ends are on loopback: the script's segments come from an
/// endpoint that is held for it.
extension WireScript {
    private static let wait = Interval.milliseconds(1_000)

    mutating func perform(_ call: ScriptCall) async throws {
        let actual = try await value(of: call)
        guard call.wantsAnything || call.wanted == actual else {
            throw failure("\(call.name) = \(call.wanted)", "\(call.name) = \(actual)")
        }
    }

    /// What the call comes to: a number, or an errno's name.
    private mutating func value(of call: ScriptCall) async throws -> String {
        if call.name == "socket" {
            sockets[call.resultNumber ?? 3] = WireSocket()
            return call.wanted
        }
        guard let fd = call.descriptor, var socket = sockets[fd] else { return "EBADF" }
        let value = try await value(of: call, &socket)
        sockets[fd] = call.name == "close" ? nil : socket
        return value
    }

    private mutating func value(of call: ScriptCall, _ socket: inout WireSocket) async throws -> String {
        switch call.name {
        case "bind", "setsockopt", "fcntl": return call.wanted
        case "listen":
            let snapshot = try await engine.listen(ListenRequest(local: Endpoint(.loopbackV4, 0)))
            socket.phase = .listening(snapshot.id)
            peer = snapshot.local
            return "0"
        case "accept", "accept4": return try await accept(call, &socket)
        case "connect": return try await connect(call, &socket)
        case "read", "recv": return try await read(call, &socket)
        case "write", "send": return try await write(call, socket)
        case "close", "shutdown":
            switch socket.phase {
            case .fresh: break
            case .listening(let id): try await engine.close(id)
            case .connection(let id):
                _ = try await engine.close(id)
                closed.append(id)
            }
            return "0"
        default: throw problem("\(call.name) is for virtual time")
        }
    }

    private mutating func accept(_ call: ScriptCall, _ socket: inout WireSocket) async throws -> String {
        guard case .listening(let id) = socket.phase else { return "EINVAL" }
        let found = try await engine.accepted(by: id, after: socket.accepted, patience: Self.wait)
        guard let connection = found.connections.first else { return "EAGAIN" }
        socket.accepted += 1
        var child = WireSocket()
        child.phase = .connection(connection.id)
        sockets[call.resultNumber ?? 4] = child
        return call.wanted
    }

    private mutating func connect(_ call: ScriptCall, _ socket: inout WireSocket) async throws -> String {
        // Nothing is sent: the endpoint is only held, so that the kernel does not answer our SYN with a RST.
        var hold = CraftRequest(
            subject: .endpoints(
                localAddress: .loopbackV4, localPort: nil, remote: Endpoint(.loopbackV4, 1)))
        hold.repetitions = 0
        hold.hold = .milliseconds(60_000)
        let held = try await engine.craft(hold).local
        local = held
        let connection = try await engine.open(OpenRequest(remote: held))
        socket.phase = .connection(connection.id)
        peer = connection.local
        // A connect that blocks ends with the handshake, which later lines make.
        return call.blocks ? call.wanted : "EINPROGRESS"
    }

    private func read(_ call: ScriptCall, _ socket: inout WireSocket) async throws -> String {
        guard case .connection(let id) = socket.phase else { return "ENOTCONN" }
        guard !call.blocks else { throw problem("a call that blocks is for virtual time") }
        var request = ReadRequest()
        request.offset = socket.position
        request.limit = call.octetCount ?? 65_536
        request.patience = Self.wait
        let result = try await engine.read(request, from: id)
        socket.position += UInt64(result.octets.count)
        return "\(result.octets.count)"
    }

    private func write(_ call: ScriptCall, _ socket: WireSocket) async throws -> String {
        guard case .connection(let id) = socket.phase else { return "ENOTCONN" }
        let octets = call.octets
        let receipt = try await engine.write(octets, to: id, push: true, timeout: Self.wait)
        return "\(receipt.nextOffset - receipt.offset)"
    }

    /// Takes down what the script has set up.
    mutating func closeSockets() async {
        for socket in sockets.values {
            switch socket.phase {
            case .fresh: break
            case .listening(let id): try? await engine.close(id)
            case .connection(let id): try? await engine.delete(id)
            }
        }
        for id in closed { try? await engine.delete(id) }
        sockets = [:]
    }
}

extension ScriptCall {
    fileprivate var descriptor: Int64? { number(arguments.first) }
    fileprivate var resultNumber: Int64? { number(result) }
    fileprivate var blocks: Bool { end != nil }
    fileprivate var wantsAnything: Bool { result == .ellipsis }

    /// The number or the errno that the line gives.
    fileprivate var wanted: String { errno ?? resultNumber.map { "\($0)" } ?? "0" }

    /// The third argument: how many octets.
    fileprivate var octetCount: Int? {
        guard arguments.count > 2, let count = number(arguments[2]), count >= 0, count <= 1 << 20 else { return nil }
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

    private func number(_ expression: ScriptExpression?) -> Int64? {
        guard case .integer(let number) = expression else { return nil }
        return number
    }
}
