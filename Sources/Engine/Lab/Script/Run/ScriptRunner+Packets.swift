/// `<` lines: what the script sends to the stack.
extension ScriptRunner {
    /// Builds the segment in the connection's numbers and lets it arrive.
    mutating func inject(_ packet: ScriptPacket) {
        let tuple = target(of: packet)
        if packet.length > 0 { lastTextAt = time }
        if packet.flags.contains(.ack) { lastAckAt = time }
        let header = translator.header(packet, to: tuple)
        arrive(header, text: packet.length, packet, tuple)
    }

    /// Whom a packet is for: the connection under test; a SYN to a listener comes from a port of its own.
    private mutating func target(of packet: ScriptPacket) -> FourTuple {
        if let ports = packet.ports {
            let named = FourTuple(
                local: Endpoint(host.local, ports.destination), remote: Endpoint(host.remote, ports.source))
            tuple = named
            return named
        }
        let isOpening = packet.flags.intersection([.syn, .ack, .rst]) == .syn
        if let newest, let socket = sockets[newest], socket.connection == nil {
            let isListening = if case .listening = socket.phase { true } else { false }
            if tuple == nil || (isOpening && isListening) {
                lastRemotePort += 1
                let local = Endpoint(host.local, socket.port ?? host.port)
                // The kernel would answer for any port of its host, bound or not.
                stack.own(local)
                tuple = FourTuple(local: local, remote: Endpoint(host.remote, lastRemotePort))
            }
            // The next SYN belongs to this connection again, as packetdrill has it.
            if isOpening && isListening { self.newest = nil }
        }
        if let tuple { return tuple }
        let local = Endpoint(host.local, host.port)
        stack.own(local)
        let chosen = FourTuple(local: local, remote: Endpoint(host.remote, ScriptHost.firstRemotePort))
        tuple = chosen
        return chosen
    }

    private mutating func arrive(_ header: TCPHeader, text: Int, _ packet: ScriptPacket, _ tuple: FourTuple) {
        var header = header
        let octets = header.encoded() + [UInt8](repeating: 0, count: text)
        var sum = Checksum()
        sum.addPseudoHeader(source: tuple.remote.address, destination: tuple.local.address, length: octets.count)
        sum.add(octets.span.bytes)
        header.checksum = sum.finished()
        let segment = header.encoded() + octets.dropFirst(header.encoded().count)
        let whole = internetHeader(packet, tuple, length: segment.count) + segment
        stack.receive(whole.span.bytes, at: time, wall: wall)
        react()
    }

    private func internetHeader(_ packet: ScriptPacket, _ tuple: FourTuple, length: Int) -> [UInt8] {
        let trafficClass: UInt8 =
            switch packet.trafficClass {
            case .unspecified, .anyECT: 0
            case .ecn(let bits): bits
            case .whole(let octet): octet
            }
        // packetdrill's default for what it injects.
        let ttl = packet.ttl ?? 255
        switch host.family {
        case .v4:
            var header = IPv4Header()
            header.source = tuple.remote.address
            header.destination = tuple.local.address
            header.totalLength = UInt16(clamping: 20 + length)
            header.ttl = ttl
            header.dscp = trafficClass >> 2
            header.ecn = trafficClass & 3
            var sum = Checksum()
            sum.add(header.encoded().span.bytes)
            header.checksum = sum.finished()
            return header.encoded()
        case .v6:
            var header = IPv6Header()
            header.source = tuple.remote.address
            header.destination = tuple.local.address
            header.payloadLength = UInt16(clamping: length)
            header.hopLimit = ttl
            header.dscp = trafficClass >> 2
            header.ecn = trafficClass & 3
            return header.encoded()
        }
    }

    /// An ICMP message about a segment of ours. One that is no error quotes nothing, and is no business of TCP's.
    mutating func inject(_ message: ScriptICMP) {
        guard let tuple, message.isError(host.family) else { return }
        // As packetdrill has it, a message that says nothing of what it quotes quotes our SYN.
        let quoted = translator.wireSequence(message.sequence ?? SequenceNumber(0), of: tuple)
        let error = NetworkError(
            type: message.type, code: message.code, mtu: message.mtu, offender: host.remote, connection: tuple,
            sequence: quoted)
        stack.receiveNetworkError(error, at: time, wall: wall)
        settle()
    }
}

extension ScriptICMP {
    /// Destination unreachable, source quench, time exceeded, parameter problem; RFC 4443 §2.1: ICMPv6 errors are those
    /// below 128.
    fileprivate func isError(_ family: IPAddress.Family) -> Bool {
        switch family {
        case .v4: [3, 4, 11, 12].contains(type)
        case .v6: type < 128
        }
    }
}
