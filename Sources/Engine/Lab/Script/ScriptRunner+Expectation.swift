import DequeModule

/// `>` lines: what the stack must send.
extension ScriptRunner {
    /// Takes the next segment that the stack sends, no later than `window` allows, and compares it.
    mutating func expect(_ expected: ScriptPacket, _ window: (first: Instant, last: Instant)) throws(ScriptProblem) {
        let limit = window.last + host.tolerance
        while sent.isEmpty, stack.nextDeadline <= limit { try step() }
        guard let first = sent.popFirst() else {
            throw failure(
                expected: render(expected),
                actual: "no segment by \((limit - Self.origin).text) s")
        }
        time = max(time, first.time)
        var actual = try observe(first)
        try join(&actual, expected)
        try compare(expected, actual)
        let isEarly = first.time + host.tolerance < window.first
        guard !isEarly, first.time <= limit else {
            throw failure(
                expected: render(expected) + " at \((window.first - Self.origin).text) s",
                actual: render(actual.packet) + " at \((first.time - Self.origin).text) s")
        }
        note(expected, actual)
    }

    /// A segment as it was on the wire, and in the script's numbers.
    struct Observed {
        let tuple: FourTuple
        var packet: ScriptPacket
        /// SEG.SEQ on the wire.
        let sequence: SequenceNumber
        let time: Instant
        /// TSval on the wire.
        let stamp: UInt32?
    }

    private func observe(_ sent: Sent) throws(ScriptProblem) -> Observed {
        guard let headers = try? PacketHeaders(sent.octets), let tcp = headers.tcp else {
            throw failure(expected: "a TCP segment", actual: "\(sent.octets.count) octets without one")
        }
        let tuple = FourTuple(
            local: Endpoint(headers.source, tcp.sourcePort), remote: Endpoint(headers.destination, tcp.destinationPort))
        var packet = ScriptPacket(direction: .outbound)
        switch headers.ip {
        case .v4(let ip):
            packet.trafficClass = .whole(ip.dscp << 2 | ip.ecn)
            packet.ttl = ip.ttl
        case .v6(let ip):
            packet.trafficClass = .whole(ip.dscp << 2 | ip.ecn)
            packet.ttl = ip.hopLimit
        }
        packet.flags = tcp.flags
        packet.sequence = SequenceNumber(tcp.sequence.rawValue &- (peers[tuple]?.offset ?? 0))
        packet.length = headers.payloadLength
        if tcp.flags.contains(.ack) { packet.acknowledgment = tcp.acknowledgment }
        packet.window = tcp.window
        if tcp.flags.contains(.urg) { packet.urgentPointer = tcp.urgentPointer }
        let options = TCPOption.decode(tcp.options)
        packet.options = options
        return Observed(
            tuple: tuple, packet: packet, sequence: tcp.sequence, time: sent.time, stamp: options.timestampValue)
    }

    /// A stack with segmentation offload hands several segments to its device as one, and scripts written against such a
    /// stack show that one. What we cut up already is put together again where the script expects more than fits.
    private mutating func join(_ actual: inout Observed, _ expected: ScriptPacket) throws(ScriptProblem) {
        guard expected.length > actual.packet.length, actual.packet.length > 0,
            expected.length > host.mtu - host.family.headers
                || expected.length > (try? stack.connection(underTest ?? ConnectionID(rawValue: 0)).maximumSegmentText)
                    ?? 0
        else { return }
        while actual.packet.length < expected.length {
            while sent.isEmpty, stack.nextDeadline <= time { try step() }
            guard let next = sent.first else { return }
            let more = try observe(next)
            guard more.tuple == actual.tuple, more.sequence == actual.sequence + actual.packet.length,
                more.packet.length > 0, actual.packet.length + more.packet.length <= expected.length
            else { return }
            sent.removeFirst()
            actual.packet.length += more.packet.length
            actual.packet.flags.formUnion(more.packet.flags)
            actual.packet.acknowledgment = more.packet.acknowledgment
            // Where a device cuts, PSH stands at the end of each large piece: it says nothing about ours.
            actual.packet.flags.remove(.psh)
            if expected.flags.contains(.psh) { actual.packet.flags.insert(.psh) }
        }
    }

    // MARK: Comparing

    private mutating func compare(_ expected: ScriptPacket, _ actual: Observed) throws(ScriptProblem) {
        var packet = actual.packet
        learn(expected, actual, &packet)
        if let options = packet.options, let wanted = expected.options {
            packet.options = translated(options, wanted, actual.tuple)
        }
        guard !differs(expected, packet) else {
            throw failure(expected: render(expected), actual: render(packet, as: expected))
        }
        if let ports = expected.ports, ports != (actual.tuple.local.port, actual.tuple.remote.port) {
            throw failure(
                expected: "ports \(ports.source) > \(ports.destination)",
                actual: "ports \(actual.tuple.local.port) > \(actual.tuple.remote.port)")
        }
    }

    /// Our SYN settles which number of the wire the script means by which.
    private mutating func learn(_ expected: ScriptPacket, _ actual: Observed, _ packet: inout ScriptPacket) {
        guard actual.packet.flags.contains(.syn), expected.flags.contains(.syn) else { return }
        if peers[actual.tuple]?.isn != actual.sequence {
            var peer = ScriptPeer()
            peer.isn = actual.sequence
            peer.offset = actual.sequence.rawValue &- expected.sequence.rawValue
            peers[actual.tuple] = peer
        }
        packet.sequence = SequenceNumber(actual.sequence.rawValue &- (peers[actual.tuple]?.offset ?? 0))
    }

    /// Our TSvals by the script's names. They are compared only where the script says how long a tick is.
    private func translated(_ options: [TCPOption], _ wanted: [TCPOption], _ tuple: FourTuple) -> [TCPOption] {
        guard let name = wanted.timestampValue else { return options }
        return options.map { option in
            guard case .timestamps(let value, let echo) = option else { return option }
            guard let tick = host.timestampTick, let first = peers[tuple]?.firstStamp else {
                return .timestamps(value: name, echo: echo)
            }
            let passed = Int64(Int32(bitPattern: value &- first.wire))
            let meant = Int64(Int32(bitPattern: name &- first.script))
            let difference = Interval.milliseconds(passed) - tick * meant
            let isNear = difference.magnitude <= host.tolerance + tick
            return .timestamps(value: isNear ? name : first.script &+ UInt32(truncatingIfNeeded: passed), echo: echo)
        }
    }

    private func differs(_ expected: ScriptPacket, _ actual: ScriptPacket) -> Bool {
        if expected.flags != actual.flags || expected.sequence != actual.sequence || expected.length != actual.length {
            return true
        }
        if let number = expected.acknowledgment, expected.flags.contains(.ack), number != actual.acknowledgment {
            return true
        }
        if let window = expected.window, window != actual.window { return true }
        if let pointer = expected.urgentPointer, pointer != actual.urgentPointer { return true }
        if let ttl = expected.ttl, ttl != actual.ttl { return true }
        if differs(expected.trafficClass, actual.trafficClass) { return true }
        guard let options = expected.options else { return false }
        return Self.set(options) != Self.set(actual.options ?? [])
    }

    private func differs(_ expected: ScriptPacket.TrafficClass, _ actual: ScriptPacket.TrafficClass) -> Bool {
        guard case .whole(let octet) = actual else { return true }
        switch expected {
        case .unspecified: return false
        case .ecn(let bits): return octet & 3 != bits
        case .anyECT: return octet & 3 != 1 && octet & 3 != 2
        case .whole(let wanted): return octet != wanted
        }
    }

    /// The options without order and padding, each as often as it occurs.
    private static func set(_ options: [TCPOption]) -> [TCPOption: Int] {
        var counts: [TCPOption: Int] = [:]
        for option in options where option.kind > 1 { counts[option, default: 0] += 1 }
        return counts
    }

    /// What a segment that was as expected tells about the script's names for timestamps.
    private mutating func note(_ expected: ScriptPacket, _ actual: Observed) {
        guard let stamp = actual.stamp else { return }
        var peer = peers[actual.tuple] ?? ScriptPeer()
        peer.lastStamp = stamp
        if let name = (expected.options ?? []).timestampValue {
            peer.stamps[name] = stamp
            peer.firstStamp = peer.firstStamp ?? (name, stamp)
        }
        peers[actual.tuple] = peer
    }
}

extension [TCPOption] {
    /// TSval, if the option is there.
    fileprivate var timestampValue: UInt32? {
        for case .timestamps(let value, _) in self { return value }
        return nil
    }
}
