/// What a connection's beginning tells of its options, beyond what its segments say by themselves.
extension ConnectionScript {
    /// What `sysctl` must say so that a socket makes the SYN, or the SYN-ACK, that is in the log: whatever it leaves out
    /// although it could have had it is switched off.
    var settings: [String] {
        guard let ours = handshakeOptions(.outbound) else { return [] }
        // A SYN-ACK has only what the SYN has asked for, which the script says by itself.
        let offered = isActive ? nil : handshakeOptions(.inbound)
        var settings: [String] = []
        for (name, kind) in Self.switches where !ours.contains(kind) && offered?.contains(kind) ?? true {
            settings.append("net.ipv4.\(name)=0")
        }
        // RFC 3168 §6.1.1: ECE stands in the SYN and in the SYN-ACK of a host that will do ECN.
        if handshake(.outbound)?.flags.contains(.ece) == true { settings.append("net.ipv4.tcp_ecn=1") }
        return settings
    }

    /// The octets of the segment at `index` had been queued before the SYN-ACK came: the ACK of the SYN-ACK carries them.
    func carriesHandshake(_ index: Int) -> Bool {
        guard index > 0, isActive, segments[index].record.payloadLength > 0 else { return false }
        let previous = segments[index - 1]
        return previous.record.direction == .inbound && previous.tcp?.flags.isSuperset(of: [.syn, .ack]) == true
    }

    /// The switches of Linux for what a SYN may offer, with the option's kind.
    private static let switches: [(name: String, kind: UInt8)] = [
        ("tcp_sack", TCPOption.sackPermitted.kind), ("tcp_timestamps", TCPOption.timestamps(value: 0, echo: 0).kind),
        ("tcp_window_scaling", TCPOption.windowScale(0).kind),
    ]

    private func handshake(_ direction: Direction) -> TCPHeader? {
        segments.first { $0.record.direction == direction && $0.tcp?.flags.contains(.syn) == true }?.tcp
    }

    private func handshakeOptions(_ direction: Direction) -> Set<UInt8>? {
        handshake(direction).map { Set(TCPOption.decode($0.options).map(\.kind)) }
    }
}
