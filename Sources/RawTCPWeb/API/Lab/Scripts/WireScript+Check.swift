import Engine

/// What a script on the wire may ask. A line that would have no effect is refused before anything leaves.
extension WireScript {
    /// Why a line with an ICMP message is refused.
    static let noICMP =
        "ICMP messages are for virtual time: on the wire the network sends them, and this host's kernel judges them"

    /// Refuses a script before anything leaves where a line of it would do nothing on the wire.
    func refuseWhatHasNoEffect() throws {
        for event in script.events {
            if let reason = reasonAgainst(event.action) {
                throw Problem(
                    ScriptError(line: event.line, column: 1, token: script.source(event.line), reason: reason))
            }
        }
        guard let peer, let flag = script.flags.last(where: { $0.name == "ip_version" }) else { return }
        guard (flag.value == "ipv6") != (peer.address.family == .v6) else { return }
        throw Problem(
            ScriptError(line: flag.line, column: flag.column, token: "--ip_version", reason: "remote is \(peer)"))
    }

    /// Our stack's address in this script.
    var loopback: IPAddress {
        script.flags.last { $0.name == "ip_version" }?.value == "ipv6" ? .loopbackV6 : .loopbackV4
    }

    private func reasonAgainst(_ action: ScriptEvent.Action) -> String? {
        switch action {
        case .packet(let packet):
            guard packet.direction == .inbound, packet.ports != nil else { return nil }
            return "ports are for virtual time: on the wire they are whatever is free"
        case .icmp: return Self.noICMP
        case .assertions:
            return options == nil ? "a peer's variables can't be seen: leave remote= out for our own" : nil
        case .call(let call): return reasonAgainst(call)
        case .command(.steps(let steps)):
            guard options == nil else { return nil }
            let asksForStates = steps.contains { if case .states = $0 { true } else { false } }
            return asksForStates ? "a peer's states can't be seen: leave remote= out for our own" : nil
        }
    }

    private func reasonAgainst(_ call: ScriptCall) -> String? {
        guard options != nil else { return "calls are made on our own stack: leave remote= out" }
        let flags = call.arguments.flatMap(\.words).filter { $0.hasPrefix("MSG_") }
        if let flag = flags.first(where: { !["MSG_NOSIGNAL", "MSG_DONTWAIT"].contains($0) }) {
            return "\(flag) is for virtual time"
        }
        if call.arguments.flatMap(\.words).contains("AF_UNSPEC") { return "AF_UNSPEC is for virtual time" }
        switch call.name {
        case "socket", "bind", "listen", "accept", "accept4", "connect", "read", "recv", "write", "send", "shutdown",
            "close", "fcntl":
            return nil
        case "setsockopt":
            let known = ["SO_REUSEADDR", "SO_REUSEPORT", "TCP_NODELAY"]
            let isKnown = call.arguments[2].words.allSatisfy { known.contains($0) }
            return isKnown
                ? nil : "of setsockopt there are \(known.joined(separator: ", ")); the rest is for virtual time"
        case "getsockopt":
            return call.arguments[2].words == ["SO_ERROR"]
                ? nil : "of getsockopt there is SO_ERROR; the rest is for virtual time"
        default: return "\(call.name) is for virtual time"
        }
    }

    // MARK: Shell lines

    /// Runs the commands that mean something on the wire.
    mutating func run(_ command: ScriptCommand) async throws {
        guard case .steps(let steps) = command else { return }
        for step in steps {
            switch step {
            case .setting(let name, let value): ignored.append("sysctl \(name)=\(value)")
            case .states(let check): try await self.check(check)
            case .defaults: ignored.append("defaults.sh")
            case .device(let isFull): ignored.append("tc qdisc … pfifo limit \(isFull ? "0" : "N")")
            case .forget: ignored.append("ip tcp_metrics flush")
            case .route(let route): ignored.append(route.text)
            case .other(let text): ignored.append(text)
            }
        }
    }

    private func check(_ check: ScriptCommand.StateCheck) async throws {
        let states = await states
        let count = states.count { $0 == check.state }
        let isRight = check.count.map { "\(count)".contains($0) } ?? (count > 0)
        guard !isRight else { return }
        throw failure(
            "\(check.count ?? "at least 1") in \(check.state.name)",
            "\(count); there are " + states.map(\.name).joined(separator: ", "))
    }

    /// The states of the script's sockets, and of its connections that no socket holds.
    private var states: [State] {
        get async {
            var states = await connections.map(\.state)
            for socket in sockets.values {
                switch socket.phase {
                case .fresh: states.append(.closed)
                case .listening: states.append(.listen)
                case .connection: break
                }
            }
            return states
        }
    }

    /// The connections between the script's endpoint and our stack's.
    var connections: [ConnectionSnapshot] {
        get async { await engine.connections().filter { $0.local == peer && $0.remote == local } }
    }

    /// The connection that the packets belong to.
    var underTest: ConnectionSnapshot? { get async { await connections.last } }
}
