import Engine

/// The calls of a script on the wire, made on our own stack. Both ends are on loopback: the script's segments come from an
/// endpoint that is held for it.
extension WireScript {
    /// How long a call that should not block may take: threads are no virtual time.
    private static let moment = Interval.milliseconds(1_000)

    /// Does what the line calls for, and judges what it returns.
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
