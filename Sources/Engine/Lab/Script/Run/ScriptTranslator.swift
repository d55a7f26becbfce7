/// Translates between a script's numbers and those on the wire: initial sequence numbers, acknowledgments, timestamps. The
/// stack under test is the one whose numbers are translated, whether it lives in this process or across a network.
package struct ScriptTranslator: Sendable {
    /// A segment of the stack under test, as it was on the wire and in the script's numbers.
    package struct Observed: Sendable {
        /// From the stack's side.
        package let tuple: FourTuple
        package var packet: ScriptPacket
        /// SEG.SEQ on the wire.
        let sequence: SequenceNumber
        /// TSval on the wire.
        let stamp: UInt32?
    }

    private let tolerance: ScriptTolerance
    /// The clock of TSval, if it is to be checked.
    private let tick: Interval?
    /// TSecr has to be what the line says.
    private let comparesEchoes: Bool
    private var peers: [FourTuple: ScriptPeer] = [:]

    /// Compares no clocks.
    package init() { self.init(tolerance: ScriptTolerance(.standard), tick: nil, comparesEchoes: true) }

    init(tolerance: ScriptTolerance, tick: Interval?, comparesEchoes: Bool) {
        self.tolerance = tolerance
        self.tick = tick
        self.comparesEchoes = comparesEchoes
    }

    // MARK: To the stack

    /// The header of a segment that the script sends to the stack.
    package mutating func header(_ packet: ScriptPacket, to tuple: FourTuple) -> TCPHeader {
        var peer = peers[tuple] ?? ScriptPeer()
        let isSyn = packet.flags.contains(.syn)
        if isSyn, !packet.flags.contains(.rst) {
            peer.noteSyn(packet.sequence)
        } else if !isSyn {
            peer.learn(own: packet.acknowledgment, peer: packet.sequence)
        }
        peers[tuple] = peer
        var header = TCPHeader()
        header.sourcePort = tuple.remote.port
        header.destinationPort = tuple.local.port
        header.sequence = SequenceNumber(packet.sequence.rawValue &+ (isSyn ? 0 : peer.peerShift))
        if let number = packet.acknowledgment ?? (packet.flags.contains(.ack) ? SequenceNumber(0) : nil) {
            header.acknowledgment = SequenceNumber(number.rawValue &+ (isSyn ? peer.offset ?? 0 : peer.ownShift))
        }
        header.flags = packet.flags
        header.window = packet.window ?? UInt16.max
        header.urgentPointer = packet.urgentPointer ?? 0
        header.options = TCPOption.encode((packet.options ?? []).map { outgoing($0, peer) })
        while header.options.count % 4 != 0 { header.options.append(0) }
        header.dataOffset = UInt8(5 + header.options.count / 4)
        return header
    }

    /// The option as the stack must see it: echoes and SACK blocks speak of its numbers.
    private func outgoing(_ option: TCPOption, _ peer: ScriptPeer) -> TCPOption {
        switch option {
        case .timestamps(let value, let echo):
            return .timestamps(value: value, echo: echo == 0 ? 0 : peer.wireStamp(echo))
        case .sack(let blocks):
            let offset = peer.ownShift
            return .sack(
                blocks.map {
                    .init(
                        start: SequenceNumber($0.start.rawValue &+ offset),
                        end: SequenceNumber($0.end.rawValue &+ offset))
                })
        case .endOfOptions, .noOperation, .maximumSegmentSize, .windowScale, .sackPermitted, .userTimeout, .fastOpen,
            .unknown, .malformed:
            return option
        }
    }

    /// The number on the wire that the script calls so, in what the stack sends on this connection.
    func wireSequence(_ number: SequenceNumber, of tuple: FourTuple) -> SequenceNumber {
        SequenceNumber(number.rawValue &+ (peers[tuple]?.ownShift ?? 0))
    }

    // MARK: From the stack

    /// Reads a datagram that the stack has sent; nil if it holds no TCP segment.
    package func observe(_ octets: [UInt8]) -> Observed? {
        guard let headers = try? PacketHeaders(octets), let tcp = headers.tcp else { return nil }
        return observe(headers, tcp)
    }

    /// Reads the headers of a datagram that the stack has sent.
    package func observe(_ headers: PacketHeaders, _ tcp: TCPHeader) -> Observed {
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
        packet.sequence = tcp.sequence
        packet.length = headers.payloadLength
        if tcp.flags.contains(.ack) { packet.acknowledgment = tcp.acknowledgment }
        packet.window = tcp.window
        if tcp.flags.contains(.urg) { packet.urgentPointer = tcp.urgentPointer }
        let options = TCPOption.decode(tcp.options)
        packet.options = options
        return Observed(tuple: tuple, packet: packet, sequence: tcp.sequence, stamp: options.timestampValue)
    }

    /// The segment in the script's numbers, if it is what the line expects; else its text for people.
    package mutating func compare(_ expected: ScriptPacket, _ actual: Observed) -> Result<ScriptPacket, Difference> {
        var packet = actual.packet
        learn(expected, actual)
        rename(&packet, actual.tuple)
        if let options = packet.options, let wanted = expected.options {
            let named =
                expected.ignoresTimestamp
                ? options.withTimestampValue(of: wanted) : incoming(options, wanted, actual.tuple)
            packet.options = comparesEchoes ? named : named.withTimestampEcho(of: wanted)
        }
        if let ports = expected.ports, ports != (actual.tuple.local.port, actual.tuple.remote.port) {
            return .failure(
                Difference(
                    expected: "ports \(ports.source) > \(ports.destination)",
                    actual: "ports \(actual.tuple.local.port) > \(actual.tuple.remote.port)"))
        }
        if expected.differs(from: packet) {
            return .failure(Difference(expected: expected.notation, actual: packet.notation(as: expected)))
        }
        note(expected, actual)
        return .success(packet)
    }

    /// What was expected, and what was seen.
    package struct Difference: Error, Sendable {
        package let expected: String
        package let actual: String
    }

    /// The stack's SYN settles which number of the wire the script means by which.
    private mutating func learn(_ expected: ScriptPacket, _ actual: Observed) {
        var peer = peers[actual.tuple] ?? ScriptPeer()
        if actual.packet.flags.contains(.syn), expected.flags.contains(.syn) {
            if peer.isn != actual.sequence {
                // A new connection: the peer's SYN, if it came first, is known already.
                let old = peer
                peer = ScriptPeer()
                peer.peerISN = old.nextPeerISN ?? old.peerISN
                peer.peerCountsFromZero = old.nextPeerISN == nil ? old.peerCountsFromZero : nil
                peer.isn = actual.sequence
                peer.ownISN = expected.sequence
                peer.offset = actual.sequence.rawValue &- expected.sequence.rawValue
            }
        } else if peer.isn != nil {
            peer.learn(
                own: expected.ignoresSequence ? nil : expected.sequence,
                peer: expected.flags.contains(.ack) ? expected.acknowledgment : nil)
        }
        peers[actual.tuple] = peer
    }

    /// Numbers of the wire become the script's.
    private func rename(_ packet: inout ScriptPacket, _ tuple: FourTuple) {
        guard let peer = peers[tuple] else { return }
        let isSyn = packet.flags.contains(.syn)
        let own = isSyn ? peer.offset ?? 0 : peer.ownShift
        packet.sequence = SequenceNumber(packet.sequence.rawValue &- own)
        guard !isSyn, peer.peerShift != 0 else { return }
        packet.acknowledgment = packet.acknowledgment.map { SequenceNumber($0.rawValue &- peer.peerShift) }
        packet.options = packet.options?.map { option in
            guard case .sack(let blocks) = option else { return option }
            return .sack(
                blocks.map {
                    .init(
                        start: SequenceNumber($0.start.rawValue &- peer.peerShift),
                        end: SequenceNumber($0.end.rawValue &- peer.peerShift))
                })
        }
    }

    /// The stack's TSvals by the script's names. They are compared only where the script says how long a tick is.
    private func incoming(_ options: [TCPOption], _ wanted: [TCPOption], _ tuple: FourTuple) -> [TCPOption] {
        guard let name = wanted.timestampValue else { return options }
        return options.map { option in
            guard case .timestamps(let value, let echo) = option else { return option }
            guard let tick, let first = peers[tuple]?.firstStamp else { return .timestamps(value: name, echo: echo) }
            let passed = Int64(Int32(bitPattern: value &- first.wire))
            let meant = Int64(Int32(bitPattern: name &- first.script))
            let due = tick * meant
            let isNear = (Interval.milliseconds(passed) - due).magnitude <= tolerance.after(due) + tick
            return .timestamps(value: isNear ? name : first.script &+ UInt32(truncatingIfNeeded: passed), echo: echo)
        }
    }

    /// What a segment that was as expected tells about the script's names for timestamps.
    private mutating func note(_ expected: ScriptPacket, _ actual: Observed) {
        guard let stamp = actual.stamp else { return }
        var peer = peers[actual.tuple] ?? ScriptPeer()
        peer.lastStamp = stamp
        if !expected.ignoresTimestamp, let name = (expected.options ?? []).timestampValue {
            peer.stamps[name] = stamp
            peer.firstStamp = peer.firstStamp ?? (name, stamp)
        }
        peers[actual.tuple] = peer
    }
}

extension ScriptPacket {
    /// A field that the line gives is another in `actual`.
    fileprivate func differs(from actual: ScriptPacket) -> Bool {
        if flags != actual.flags || length != actual.length { return true }
        if !ignoresSequence, sequence != actual.sequence { return true }
        if let acknowledgment, flags.contains(.ack), acknowledgment != actual.acknowledgment { return true }
        if let window, window != actual.window { return true }
        if let urgentPointer, urgentPointer != actual.urgentPointer { return true }
        if let ttl, ttl != actual.ttl { return true }
        if trafficClass.differs(from: actual.trafficClass) { return true }
        guard let options else { return false }
        return Self.set(options) != Self.set(actual.options ?? [])
    }

    /// The options without order and padding, each as often as it occurs.
    private static func set(_ options: [TCPOption]) -> [TCPOption: Int] {
        var counts: [TCPOption: Int] = [:]
        for option in options where option.kind > 1 { counts[option, default: 0] += 1 }
        return counts
    }
}

extension ScriptPacket.TrafficClass {
    fileprivate func differs(from actual: Self) -> Bool {
        guard case .whole(let octet) = actual else { return true }
        switch self {
        case .unspecified: return false
        case .ecn(let bits): return octet & 3 != bits
        case .anyECT: return octet & 3 != 1 && octet & 3 != 2
        case .whole(let wanted): return octet != wanted
        }
    }
}

extension [TCPOption] {
    /// The same with the TSval that the other list has.
    fileprivate func withTimestampValue(of other: [TCPOption]) -> [TCPOption] {
        map { option in
            guard case .timestamps(_, let echo) = option, let value = other.timestampValue else { return option }
            return .timestamps(value: value, echo: echo)
        }
    }

    /// The same with the TSecr that the other list has.
    fileprivate func withTimestampEcho(of other: [TCPOption]) -> [TCPOption] {
        map { option in
            guard case .timestamps(let value, _) = option, let echo = other.timestampEcho else { return option }
            return .timestamps(value: value, echo: echo)
        }
    }

    /// TSecr, if the option is there.
    private var timestampEcho: UInt32? {
        for case .timestamps(_, let echo) in self { return echo }
        return nil
    }

    /// TSval, if the option is there.
    fileprivate var timestampValue: UInt32? {
        for case .timestamps(let value, _) in self { return value }
        return nil
    }
}
