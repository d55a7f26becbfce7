import DequeModule

/// Reading, writing and closing.
extension ScriptRunner {
    // MARK: Reading

    mutating func read(_ call: ScriptCall, _ socket: inout ScriptSocket) throws(ScriptProblem) -> ScriptCallResult {
        if socket.isConnectDeferred { return .failure("EAGAIN") }
        guard let id = socket.connection, let connection = try? stack.connection(id) else {
            return .failure("ENOTCONN")
        }
        let flags = call.flags
        let limit = try octets(of: call)
        let readable = connection.readable
        let available = Int(readable.upperBound - min(socket.position, readable.upperBound))
        if socket.isReadShut { return .value(0) }
        if available > 0, limit > 0, call.hasNoBuffer { return .failure("EFAULT") }
        let isPatient = flags.contains("MSG_WAITALL") && available < limit && !isOver(connection)
        if available > 0, limit > 0, !isPatient {
            let count = min(available, limit)
            guard matches(call, connection, at: socket.position, count) else {
                throw failure(expected: "the octets that the line gives", actual: "other octets were received")
            }
            try checkControl(call, connection, socket, left: available - count)
            if !flags.contains("MSG_PEEK") {
                socket.position += UInt64(count)
                try? stack.release(before: socket.position, of: id, at: time)
            }
            return .value(Int64(count))
        }
        if let errno = takeError(connection, &socket) { return .failure(errno) }
        if isOver(connection) || socket.isDisconnected { return .value(0) }
        if connection.state == .synSent, socket.isNonBlocking, knobs.personality.isFreeBSD {
            return .failure("ENOTCONN")
        }
        return socket.isNonBlocking || flags.contains("MSG_DONTWAIT") ? .failure("EAGAIN") : .blocked
    }

    /// Nothing will be received any more.
    private func isOver(_ connection: Connection) -> Bool {
        connection.isReceiveFinal || connection.state == .closed || connection.state == .timeWait
    }

    /// The text that the line gives, if it gives one, is what was received.
    private func matches(_ call: ScriptCall, _ connection: Connection, at position: UInt64, _ count: Int) -> Bool {
        guard case .string(let wanted) = call.arguments[1] else { return true }
        let octets = connection.read(from: position, limit: count)
        return octets.starts(with: wanted.prefix(count))
    }

    /// What `recvmsg` must tell beside the text: TCP_INQ's count of what is left, one more at the stream's end.
    private func checkControl(
        _ call: ScriptCall, _ connection: Connection, _ socket: ScriptSocket, left: Int
    ) throws(ScriptProblem) {
        guard call.name == "recvmsg", case .list(let messages) = call.arguments[1].member("msg_control"),
            !messages.isEmpty
        else { return }
        guard messages.count == 1, messages[0].member("cmsg_type")?.words == ["TCP_CM_INQ"],
            let wanted = messages[0].member("cmsg_data")?.number
        else { throw unsupported("msg_control", "only TCP_CM_INQ is understood") }
        let told = left == 0 && connection.isReceiveFinal ? 1 : left
        guard !socket.tellsInQueue || Int64(told) != wanted else { return }
        throw failure(
            expected: "TCP_CM_INQ is \(wanted)",
            actual: socket.tellsInQueue ? "TCP_CM_INQ is \(told)" : "TCP_INQ is off")
    }

    /// `ioctl`: what lies in the queues.
    func ask(_ call: ScriptCall, _ socket: ScriptSocket) throws(ScriptProblem) -> ScriptCallResult {
        guard let word = call.arguments[1].words.first, let question = ScriptQueueQuestion(rawValue: word) else {
            throw unsupported(call.name, "the question's name is missing")
        }
        guard let connection = socket.connection.flatMap({ try? stack.connection($0) }) else {
            return .failure("EINVAL")
        }
        let readable = connection.readable.upperBound
        let count: Int64 =
            switch question {
            case .received, .readable: Int64(readable - min(socket.position, readable))
            case .unacknowledged, .unacknowledgedByTerminal: Int64(connection.buffered)
            case .unsent: Int64(connection.acceptedPosition - connection.sentPosition)
            }
        let wanted = call.arguments[2]
        guard wanted.firstNumber == count || wanted == .ellipsis || wanted == .list([.ellipsis]) else {
            throw failure(
                expected: "\(word) is \(wanted.firstNumber.map { "\($0)" } ?? "?")", actual: "\(word) is \(count)")
        }
        return .value(0)
    }

    /// How many octets a call is about.
    func octets(of call: ScriptCall) throws(ScriptProblem) -> Int {
        let vectors = call.name.hasSuffix("msg") ? call.arguments[1].member("msg_iov") : call.arguments[1]
        let number: Int64?
        switch call.name {
        case "readv", "writev", "recvmsg", "sendmsg": number = vectors?.vectorLength
        default: number = call.arguments[2].number
        }
        guard let number, number >= 0, number <= 1 << 30 else {
            throw unsupported(call.name, "needs a number of octets, 0 … 2^30")
        }
        return Int(number)
    }

    // MARK: Writing

    mutating func write(_ call: ScriptCall, _ socket: inout ScriptSocket) throws(ScriptProblem) -> ScriptCallResult {
        let wanted = try octets(of: call)
        guard let id = socket.connection, let connection = try? stack.connection(id) else {
            if socket.isConnectDeferred { return .failure("EAGAIN") }
            // Linux reports a broken pipe where the others say that there is none.
            return .failure(knobs.personality == .linux ? "EPIPE" : "ENOTCONN")
        }
        if let errno = takeError(connection, &socket) { return .failure(errno) }
        guard connection.mayWrite, !socket.isWriteShut else { return .failure("EPIPE") }
        if connection.state == .synSent || (connection.state == .synReceived && !connection.mayWriteEarly) {
            if call.isFastOpen, pending == nil { return .failure("EALREADY") }
            return isImpatient(call, socket)
                ? .failure(knobs.personality.isFreeBSD ? "ENOTCONN" : "EAGAIN") : .blocked
        }
        if wanted > 0, call.hasNoBuffer { return .failure("EFAULT") }
        let mayWait = !isImpatient(call, socket)
        let done = written(in: call)
        setCork(of: connection, call, socket)
        try spend(min(wanted - done, max(socket.options.sendBuffer, Self.largestSendBuffer)))
        let taken: Int
        if connection.sendMemory != nil {
            taken = appendByPackets(call, from: done, wanted, to: id)
        } else {
            growSendBuffer(of: connection, &socket, for: wanted - done)
            // SO_SNDBUF may have become smaller than the buffer that the connection has.
            let room = max(connection.fittedSendBuffer(socket.options.sendBuffer) - connection.buffered, 0)
            taken = append(call, from: done, min(wanted, done + room), wanted, to: id)
        }
        let total = done + taken
        if total == wanted {
            partial = 0
            return .value(Int64(wanted))
        }
        guard mayWait else { return total > 0 ? .value(Int64(total)) : .failure("EAGAIN") }
        partial = total
        return .blocked
    }

    /// FreeBSD: net.inet.tcp.sendbuf_inc, and sendbuf_max.
    private static let sendBufferStep = 8_192
    private static let largestSendBuffer = 2 << 20

    /// FreeBSD's tcp_output() steps the buffer up where a write has filled it to seven eighths, and the windows have room for all
    /// of that.
    private func growSendBuffer(of connection: Connection, _ socket: inout ScriptSocket, for octets: Int) {
        guard knobs.personality.isFreeBSD, !host.isReplay, !socket.hasFixedSendBuffer else { return }
        let window = min(connection.congestion.window, connection.send.wnd)
        var capacity = connection.fittedSendBuffer(socket.options.sendBuffer)
        var (used, inFlight, rest) = (connection.buffered, connection.send.inFlight, octets)
        while true {
            let taken = min(rest, max(capacity - used, 0))
            used += taken
            rest -= taken
            let isFilled = used >= capacity / 8 * 7 && used < Self.largestSendBuffer
            guard rest > 0, isFilled, connection.send.wnd / 4 * 5 >= capacity, window >= used - inFlight else { break }
            capacity += Self.sendBufferStep
            inFlight = min(window, used)
        }
        guard capacity > socket.options.sendBuffer else { return }
        socket.options.sendBuffer = capacity
        connection.sendBuffer.grow(to: connection.fittedSendBuffer(capacity))
    }

    private func isImpatient(_ call: ScriptCall, _ socket: ScriptSocket) -> Bool {
        socket.isNonBlocking || call.flags.contains("MSG_DONTWAIT")
    }

    /// MSG_MORE holds for this call, TCP_CORK until it is taken away.
    private func setCork(of connection: Connection, _ call: ScriptCall, _ socket: ScriptSocket) {
        // In a replay it only says that the user did not push.
        guard !host.isReplay else { return }
        connection.cork =
            socket.isCorked ? .untilRemoved : call.flags.contains("MSG_MORE") ? .untilAcknowledged : .none
    }

    /// Octets that a blocked write has got rid of already.
    private func written(in call: ScriptCall) -> Int { pending == nil ? 0 : partial }

    /// Hands octets to the stack packet by packet, each of which begins to leave before the next is filled.
    private mutating func appendByPackets(_ call: ScriptCall, from start: Int, _ end: Int, to id: ConnectionID) -> Int {
        var at = start
        while at < end {
            let taken = append(call, from: at, end, end, to: id)
            guard taken > 0 else { break }
            at += taken
            if at < end { transmit() }
        }
        return at - start
    }

    /// Hands octets to the stack from `start` to `end` of the call; returns how many it took.
    private mutating func append(
        _ call: ScriptCall, from start: Int, _ end: Int, _ whole: Int, to id: ConnectionID
    ) -> Int {
        var given: [UInt8]?
        if case .string(let octets) = call.arguments[1] { given = octets }
        let isUrgent = call.flags.contains("MSG_OOB")
        let isPushed = !call.flags.contains("MSG_MORE")
        var at = start
        while at < end {
            let length = min(end - at, 65_536)
            var chunk = [UInt8](repeating: 0, count: length)
            for index in 0..<length where at + index < given?.count ?? 0 { chunk[index] = given?[at + index] ?? 0 }
            let push = isPushed && at + length == whole
            let taken = try? stack.write(
                chunk.span.bytes, from: 0, to: id, push: push, urgent: isUrgent, at: time)
            guard let taken else { break }
            at += taken
            guard taken == length else { break }
        }
        if at == whole, call.flags.contains("MSG_EOR") { (try? stack.connection(id))?.endRecord() }
        return at - start
    }

    // MARK: Closing

    mutating func shutDown(_ call: ScriptCall, _ socket: inout ScriptSocket) -> ScriptCallResult {
        guard let id = socket.connection, let connection = try? stack.connection(id), connection.state.isSynchronized,
            connection.state != .timeWait || socket.hasConnected
        else { return .failure("ENOTCONN") }
        let how =
            call.arguments[1].words.first
            ?? ["SHUT_RD", "SHUT_WR", "SHUT_RDWR"][
                Int(min(max(call.arguments[1].number ?? 2, 0), 2))]
        if how != "SHUT_WR" { socket.isReadShut = true }
        if how != "SHUT_RD" {
            // tcp_usrclosed()
            if knobs.personality.isFreeBSD, connection.state == .finWait2 { socket.isDisconnected = true }
            socket.isWriteShut = true
            try? stack.close(id, at: time, wall: wall)
        }
        return .value(0)
    }

    mutating func close(_ fd: Int64, _ socket: ScriptSocket) -> ScriptCallResult {
        sockets[fd] = nil
        switch socket.phase {
        case .fresh: break
        case .listening(let id):
            // Nobody will accept them any more.
            for connection in accepted.removeValue(forKey: id) ?? [] {
                try? stack.abort(connection, .aborted, at: time, wall: wall)
            }
            stack.unlisten(id, at: time, wall: wall)
        case .connection(let id): close(id, socket)
        }
        return .value(0)
    }

    private mutating func close(_ id: ConnectionID, _ socket: ScriptSocket) {
        guard let connection = try? stack.connection(id) else { return }
        let isUnread = connection.readable.upperBound > max(socket.position, connection.readable.lowerBound)
        // RFC 9293 §3.6.1 (SHLD-3): "If such a host issues a CLOSE call while received data is still pending in the TCP
        // endpoint, … its TCP implementation SHOULD send a RST to show that data was lost"
        if socket.abortsOnClose
            || (isUnread && connection.options.habits.resetsUnread
                && (connection.state.isSynchronized || connection.fastOpen.isAdmitted))
        {
            try? stack.abort(id, .aborted, at: time, wall: wall)
        } else {
            try? stack.close(id, at: time, wall: wall)
            connection.abandon(at: time)
        }
    }
}

extension Connection {
    /// Octets in the send buffer.
    fileprivate var buffered: Int { Int(acceptedPosition - acknowledgedPosition) }
}

extension ScriptCall {
    /// The octets' place is NULL.
    fileprivate var hasNoBuffer: Bool { arguments.count > 1 && arguments[1] == .word("NULL") }

    var isWriting: Bool { ["write", "writev", "send", "sendto", "sendmsg"].contains(name) }

    /// MSG_…, in whichever argument they stand.
    var flags: [String] { arguments.flatMap(\.words).filter { $0.hasPrefix("MSG_") } }
}

extension ScriptExpression {
    /// Octets in a list of `{..., 1000}`.
    fileprivate var vectorLength: Int64? {
        guard case .list(let vectors) = self else { return nil }
        var total: Int64 = 0
        for vector in vectors {
            guard case .list(let parts) = vector, let length = parts.last?.number, length >= 0, length <= 1 << 30 else {
                return nil
            }
            total += length
        }
        return total
    }
}
