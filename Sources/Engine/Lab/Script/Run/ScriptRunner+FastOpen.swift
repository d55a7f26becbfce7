/// Fast Open in calls (RFC 7413): a write that opens, and listeners that take text in SYNs.
extension ScriptRunner {
    /// The call sends to an address from a socket that has no connection yet.
    func opensByWriting(_ call: ScriptCall, _ socket: ScriptSocket) -> Bool {
        guard case .fresh = socket.phase else { return false }
        if socket.isConnectDeferred || call.isFastOpen { return true }
        // FreeBSD connects wherever an address is given.
        return knobs.personality.isFreeBSD && call.name == "sendto" && call.arguments.count > 4
            && call.arguments[4].words != ["NULL"]
    }

    mutating func openByWriting(
        _ call: ScriptCall, _ fd: Int64, _ socket: inout ScriptSocket
    ) throws(ScriptProblem) -> ScriptCallResult {
        let asks = call.isFastOpen || socket.isConnectDeferred
        if asks, knobs.fastOpen & ScriptKnobs.FastOpenBits.client == 0 { return .failure("EOPNOTSUPP") }
        if asks, call.arguments.count > 4, call.arguments[4].words == ["AF_UNSPEC"] { return .failure("EOPNOTSUPP") }
        socket.options.fastOpen =
            asks || (socket.isFastOpen && knobs.fastOpen & ScriptKnobs.FastOpenBits.client != 0)
        socket.options.habits.fastOpen = knobs.fastOpenHabits
        if socket.needsNoCookie { socket.options.habits.fastOpen.sendsWithoutCookie = true }
        let wanted = try octets(of: call)
        socket.isConnectDeferred = false
        guard knobs.personality == .linux else {
            // The text waits in the buffer, whatever the SYN can take of it.
            let text = text(of: call, upTo: min(wanted, socket.options.sendBuffer))
            try spend(text.count)
            return open(call, fd, &socket, payload: text) ?? .value(Int64(text.count))
        }
        // Linux takes no more than what the SYN carries, until the handshake is over.
        let isEarly = mayShowCookie(socket) && wanted > 0
        let text = isEarly ? text(of: call, upTo: min(wanted, roomInSyn(socket))) : []
        try spend(text.count)
        if let failed = open(call, fd, &socket, payload: text) { return failed }
        guard socket.isNonBlocking || call.flags.contains("MSG_DONTWAIT") else {
            partial = text.count
            return .blocked
        }
        return isEarly ? .value(Int64(text.count)) : .failure("EINPROGRESS")
    }

    /// Text may go out with the SYN.
    func mayShowCookie(_ socket: ScriptSocket) -> Bool {
        stack.fastOpenGrant(of: host.remote) != nil || socket.needsNoCookie
            || socket.options.habits.fastOpen.sendsWithoutCookie
    }

    /// Octets of text that a SYN has room for.
    private func roomInSyn(_ socket: ScriptSocket) -> Int {
        let own = min(Int(socket.options.mss ?? UInt16.max), routeMTU - host.family.headers)
        return max(min(stack.fastOpenMSS(of: host.remote) ?? own, own) - OptionOctets.capacity, 0)
    }

    private func text(of call: ScriptCall, upTo count: Int) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        guard case .string(let given) = call.arguments[1] else { return octets }
        for index in 0..<min(count, given.count) { octets[index] = given[index] }
        return octets
    }

    /// What the settings and TCP_FASTOPEN make of a socket that is about to listen.
    func setFastOpen(_ socket: inout ScriptSocket) {
        let isForAll = knobs.personality == .linux && knobs.fastOpen & ScriptKnobs.FastOpenBits.everyListener != 0
        let isServer = knobs.fastOpen & ScriptKnobs.FastOpenBits.server != 0
        socket.options.fastOpen = isServer && (isForAll || socket.isFastOpen)
        socket.options.habits.fastOpen = knobs.fastOpenHabits
    }

    /// A listener takes over what was set since.
    mutating func updateListener(_ socket: ScriptSocket) {
        guard case .listening(let id) = socket.phase else { return }
        let key = socket.fastOpenKey ?? knobs.fastOpenKey
        stack.update(id) { listener in
            listener.options = socket.options
            listener.fastOpenKey = key
        }
    }
}

extension ScriptCall {
    /// MSG_FASTOPEN, by name or by Linux's number.
    var isFastOpen: Bool {
        flags.contains("MSG_FASTOPEN") || arguments.dropFirst(3).contains { $0.number == 0x2000_0000 }
    }
}
