import Engine

/// What each call of a script on the wire comes to.
extension WireScript {
    /// Makes the call, and waits for what it comes to as long as patience lasts.
    func outcome(of call: ScriptCall, _ socket: WireSocket, patience: Interval) async throws -> WireOutcome {
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
    func options(of socket: WireSocket) -> ConnectionOptions {
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
        let found = try await engine.accepted(by: id, after: outcome.socket.accepted, limit: 1, patience: patience)
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
}
