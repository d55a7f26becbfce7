import DequeModule

/// Calls of the socket interface, and what they must come to.
extension ScriptRunner {
    mutating func run(_ call: ScriptCall) throws(ScriptProblem) {
        try awaitPending()
        let result = try perform(call)
        guard case .blocked = result else {
            // What the call has set free leaves before anything else happens.
            react()
            if let end = call.end { try checkEnd(call, at: time, due: endBase + end, line: line) }
            return try check(call, result, line: line)
        }
        guard let end = call.end else { return try waitToFail(call) }
        pending = PendingCall(call: call, line: line, end: endBase + end, done: nil)
        settle()
    }

    /// Without a time range a call must not block, but where it is expected to fail, as `connect` to nobody is: nothing else that
    /// the script has could help, and it takes as long as it takes.
    private mutating func waitToFail(_ call: ScriptCall) throws(ScriptProblem) {
        let problem = failure(expected: expectation(of: call), actual: "\(call.name) blocks, and no time range lets it")
        guard call.result.number == -1 else { throw problem }
        pending = PendingCall(call: call, line: line, end: .distantFuture, done: nil)
        defer { pending = nil }
        settle()
        while pending?.done == nil, stack.nextDeadline < .distantFuture { try step() }
        guard let done = pending?.done else { throw problem }
        try check(call, done.result, line: line)
    }

    /// Tries again what could not be done before; after everything that happens to the stack.
    mutating func completePending() {
        guard var call = pending, call.done == nil else { return }
        // A call that fails in a way no result expresses fails again when its turn comes.
        guard let result = try? perform(call.call), result != .blocked else { return }
        call.done = (result, time)
        pending = call
        // A read opens the window, a write fills the buffer.
        transmit()
    }

    /// Lets a blocking call come to its end before the next one begins.
    mutating func awaitPending() throws(ScriptProblem) {
        guard let started = pending else { return }
        let limit = started.end + tolerance.least
        while pending?.done == nil, stack.nextDeadline <= limit { try step() }
        guard let call = pending, let done = call.done else {
            pending = nil
            throw failure(
                expected: expectation(of: started.call), actual: "\(started.call.name) still blocks", line: started.line
            )
        }
        pending = nil
        try checkEnd(call.call, at: done.at, due: call.end, line: call.line)
        try check(call.call, done.result, line: call.line)
    }

    private func checkEnd(
        _ call: ScriptCall, at end: Instant, due: Instant, line: Int
    ) throws(ScriptProblem) {
        guard (end - due).magnitude > tolerance.least else { return }
        throw failure(
            expected: "\(call.name) returns at \((due - Self.origin).text) s",
            actual: "it returned at \((end - Self.origin).text) s", line: line)
    }

    private func expectation(of call: ScriptCall) -> String {
        let result = call.result.number.map { "\($0)" } ?? "..."
        return "\(call.name) = \(result)" + (call.errno.map { " \($0)" } ?? "")
    }

    /// The result is the one that the script gives; a descriptor gets the script's number.
    private mutating func check(_ call: ScriptCall, _ result: ScriptCallResult, line: Int) throws(ScriptProblem) {
        let isRight: Bool
        switch (result, call.result) {
        case (_, .ellipsis): isRight = true
        case (.value(let value), .integer(let wanted)): isRight = value == wanted
        case (.failure(let errno), .integer(-1)): isRight = call.errno.map { $0.isSameErrno(errno) } ?? true
        default: isRight = false
        }
        guard !isRight else { return }
        throw failure(expected: expectation(of: call), actual: "\(call.name) = \(result.text)", line: line)
    }

    // MARK: One by one

    /// What the call comes to now; `.blocked` leaves everything as it was.
    private mutating func perform(_ call: ScriptCall) throws(ScriptProblem) -> ScriptCallResult {
        if call.name == "socket" { return try createSocket(call) }
        guard let fd = call.arguments.first?.number else {
            throw unsupported(call.name, "the first argument must be a descriptor's number")
        }
        guard var socket = sockets[fd] else { return .failure("EBADF") }
        let result = try perform(call, fd, &socket)
        // `close` has taken it away.
        if sockets[fd] != nil { sockets[fd] = socket }
        return result
    }

    private mutating func perform(
        _ call: ScriptCall, _ fd: Int64, _ socket: inout ScriptSocket
    ) throws(ScriptProblem) -> ScriptCallResult {
        switch call.name {
        case "bind": return bind(call, &socket)
        case "listen": return listen(call, &socket)
        case "accept", "accept4": return accept(call, socket)
        case "connect": return connect(call, fd, &socket)
        case "read", "readv", "recv", "recvfrom", "recvmsg": return try read(call, &socket)
        case _ where call.isWriting:
            return opensByWriting(call, socket) ? try openByWriting(call, fd, &socket) : try write(call, &socket)
        case "shutdown": return shutDown(call, &socket)
        case "close": return close(fd, socket)
        case "setsockopt": return try setOption(call, &socket)
        case "getsockopt": return try getOption(call, &socket)
        case "fcntl": return control(call, &socket)
        case "ioctl": return try ask(call, socket)
        default: throw unsupported(call.name, "no call that is understood")
        }
    }

    private mutating func createSocket(_ call: ScriptCall) throws(ScriptProblem) -> ScriptCallResult {
        if let type = call.arguments[1].number, type != Self.streamType {
            // Between are kinds of sockets that are not TCP's.
            guard !Self.socketTypes.contains(type) else {
                throw unsupported("\(type)", "only TCP sockets are understood")
            }
            return .failure("EINVAL")
        }
        guard let fd = call.result.number, fd >= 0 else { return .value(Int64(sockets.count) + 3) }
        var socket = ScriptSocket(options: knobs.options, keepAlive: knobs.keepAlive)
        socket.isNonBlocking = call.arguments[1].words.contains("SOCK_NONBLOCK")
        if knobs.alwaysKeepsAlive { socket.options.keepAlive = socket.keepAlive }
        sockets[fd] = socket
        newest = fd
        tuple = nil
        return .value(fd)
    }

    /// SOCK_STREAM, by its number.
    private static let streamType: Int64 = 1
    /// From SOCK_STREAM to SOCK_PACKET.
    private static let socketTypes: ClosedRange<Int64> = 1...10

    private mutating func bind(_ call: ScriptCall, _ socket: inout ScriptSocket) -> ScriptCallResult {
        let port = call.arguments[1].port ?? host.port
        let isTaken = stack.allListeners.contains { $0.local.port == port }
        if isTaken, !socket.reusesAddress { return .failure("EADDRINUSE") }
        socket.port = port
        return .value(0)
    }

    private mutating func listen(_ call: ScriptCall, _ socket: inout ScriptSocket) -> ScriptCallResult {
        guard case .fresh = socket.phase else { return .failure("EINVAL") }
        let local = Endpoint(host.local, socket.port ?? host.port)
        guard !stack.allListeners.contains(where: { $0.local == local }) else { return .failure("EADDRINUSE") }
        stack.own(local)
        socket.options.ecn = knobs.acceptsECN
        setFastOpen(&socket)
        let backlog = Int(clamping: call.arguments[1].number ?? 128)
        let id = stack.listen(
            at: local, options: socket.options, backlog: max(backlog, 1), routeMTU: routeMTU)
        socket.phase = .listening(id)
        updateListener(socket)
        return .value(0)
    }

    private mutating func accept(_ call: ScriptCall, _ socket: ScriptSocket) -> ScriptCallResult {
        guard case .listening(let id) = socket.phase else { return .failure("EINVAL") }
        // The engine hands a connection out behind the batch that has completed its handshake.
        if accepted[id]?.isEmpty ?? true { finishBatch() }
        guard let connection = accepted[id]?.popFirst() else {
            return socket.isNonBlocking ? .failure("EAGAIN") : .blocked
        }
        let fd = call.result.number.flatMap { $0 >= 0 ? $0 : nil } ?? Int64(sockets.count) + 3
        var child = ScriptSocket(options: socket.options, keepAlive: socket.keepAlive)
        child.phase = .connection(connection)
        child.hasConnected = true
        (try? stack.connection(connection))?.memory?.hasReader = true
        child.asksToKeepAlive = socket.asksToKeepAlive
        child.hasFixedSendBuffer = socket.hasFixedSendBuffer
        // On FreeBSD the new socket inherits it.
        let isInherited = socket.isNonBlocking && knobs.personality.isFreeBSD
        child.isNonBlocking =
            isInherited || call.arguments.count > 3 && call.arguments[3].words.contains("SOCK_NONBLOCK")
        sockets[fd] = child
        return .value(fd)
    }

    mutating func connect(_ call: ScriptCall, _ fd: Int64, _ socket: inout ScriptSocket) -> ScriptCallResult {
        if call.arguments[1].words.contains("AF_UNSPEC") { return disconnect(&socket) }
        switch socket.phase {
        case .listening: return .failure("EOPNOTSUPP")
        case .connection(let id): return progress(of: id, &socket)
        case .fresh: break
        }
        if socket.isConnectDeferred { return .failure("EISCONN") }
        if socket.defersConnect {
            socket.options.fastOpen = true
            socket.options.habits.fastOpen = knobs.fastOpenHabits
            if mayShowCookie(socket) {
                socket.isConnectDeferred = true
                return .value(0)
            }
        }
        socket.options.fastOpen = knobs.personality == .linux ? socket.defersConnect : socket.isFastOpen
        return open(call, fd, &socket, payload: []) ?? (socket.isNonBlocking ? .failure("EINPROGRESS") : .blocked)
    }

    /// `connect` to nowhere: the connection is reset, and the socket is as new.
    private mutating func disconnect(_ socket: inout ScriptSocket) -> ScriptCallResult {
        if case .connection(let id) = socket.phase { try? stack.abort(id, .aborted, at: time, wall: wall) }
        socket.phase = .fresh
        socket.hasConnected = false
        return .value(0)
    }

    /// Sends the SYN; the errno if it can't be.
    mutating func open(
        _ call: ScriptCall, _ fd: Int64, _ socket: inout ScriptSocket, payload: [UInt8]
    ) -> ScriptCallResult? {
        let remote = Endpoint(host.remote, call.arguments.lazy.compactMap(\.port).first ?? host.port)
        // Where none is free, one in TIME-WAIT may do.
        let chosen = socket.port ?? stack.choosePort(from: host.local, to: remote, in: socket.ports)
        guard let port = chosen ?? socket.ports?.lowerBound else { return .failure("EADDRNOTAVAIL") }
        let pair = FourTuple(local: Endpoint(host.local, port), remote: remote)
        var request = OpenRequest(remote: remote)
        socket.options.ecn = knobs.offersECN
        request.options = socket.options
        if knobs.personality == .linux, socket.port != nil {
            // __inet_hash_connect(): a port that `bind` has reserved is taken over at once, and nobody looks at what was there.
            request.options.reuseTimeWait = true
            request.options.habits.reuseDelay = .zero
            request.options.habits.echoesIntoReuse = false
        }
        request.payload = payload
        guard let id = try? stack.open(request, tuple: pair, routeMTU: routeMTU, at: time) else {
            return .failure(knobs.personality == .linux ? "EADDRNOTAVAIL" : "EADDRINUSE")
        }
        stack.own(pair.local)
        socket.phase = .connection(id)
        tuple = pair
        newest = fd
        sockets[fd] = socket
        narrowPath(of: id)
        return nil
    }

    /// A `connect` that has begun before.
    private func progress(of id: ConnectionID, _ socket: inout ScriptSocket) -> ScriptCallResult {
        guard let connection = try? stack.connection(id) else { return .failure("EINVAL") }
        switch connection.state {
        case .synSent, .synReceived: return socket.isNonBlocking ? .failure("EALREADY") : .blocked
        case .closed:
            return takeError(connection, &socket).map { .failure($0) } ?? .failure("ECONNABORTED")
        case .listen, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait:
            defer { socket.hasConnected = true }
            return socket.hasConnected ? .failure("EISCONN") : .value(0)
        }
    }

    /// The errno that a connection's end gives to the first who asks.
    func takeError(_ connection: Connection, _ socket: inout ScriptSocket) -> String? {
        guard !socket.hasToldError, connection.state == .closed, let reason = connection.closeReason else { return nil }
        socket.hasToldError = true
        switch reason {
        case .refused: return "ECONNREFUSED"
        case .resetByPeer: return "ECONNRESET"
        case .timeout: return "ETIMEDOUT"
        case .unreachable: return connection.snapshot.networkError?.errno(knobs.personality) ?? "EHOSTUNREACH"
        case .aborted: return "ECONNABORTED"
        case .normal, .leaseExpired, .shutdown: return nil
        }
    }

    private func control(_ call: ScriptCall, _ socket: inout ScriptSocket) -> ScriptCallResult {
        if call.arguments[1].words == ["F_GETFL"] {
            // O_RDWR, and O_NONBLOCK as each of the systems numbers it.
            let flag: Int64 = knobs.personality.isFreeBSD ? 4 : 0x800
            return .value(2 | (socket.isNonBlocking ? flag : 0))
        }
        guard call.arguments.count > 2 else { return .failure("EINVAL") }
        let number = call.arguments[2].number ?? 0
        socket.isNonBlocking = call.arguments[2].words.contains("O_NONBLOCK") || number & 0x804 != 0
        return .value(0)
    }
}

extension ConnectionSnapshot.PathTrouble {
    /// What the systems make of an ICMP error that ended a connection.
    fileprivate func errno(_ personality: Personality) -> String {
        if personality == .linux, let errno = Self.linux[type]?[code] { return errno }
        return switch (type, code) {
        // Port unreachable, and what a filter or an administrator has forbidden.
        case (3, 2), (3, 3), (3, 9), (3, 10), (3, 13), (1, 1), (1, 4), (4, 1): "ECONNREFUSED"
        default: "EHOSTUNREACH"
        }
    }

    /// Where Linux is more exact (net/ipv4/icmp.c, icmp_err_convert; net/ipv6/icmp.c).
    private static let linux: [UInt8: [UInt8: String]] = [
        3: [
            0: "ENETUNREACH", 2: "ENOPROTOOPT", 5: "EOPNOTSUPP", 6: "ENETUNREACH", 7: "EHOSTDOWN", 8: "ENONET",
            9: "ENETUNREACH", 10: "EHOSTUNREACH", 11: "ENETUNREACH", 13: "EHOSTUNREACH",
        ],
        1: [0: "ENETUNREACH", 1: "EACCES", 5: "EACCES", 6: "EACCES"],
        12: [0: "EPROTO", 1: "EPROTO", 2: "EPROTO"],
    ]
}

extension String {
    /// EWOULDBLOCK is EAGAIN by another name.
    fileprivate func isSameErrno(_ other: String) -> Bool {
        let plain = { (name: String) in name == "EWOULDBLOCK" ? "EAGAIN" : name }
        return plain(self) == plain(other)
    }
}

extension ScriptExpression {
    /// The port of a socket address.
    package var port: UInt16? {
        guard let value = member("sin_port") ?? member("sin6_port") else { return nil }
        if case .function(_, let arguments) = value { return arguments.first?.number.flatMap { UInt16(exactly: $0) } }
        return value.number.flatMap { UInt16(exactly: $0) }
    }
}
