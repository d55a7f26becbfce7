/// A connection in the language of packetdrill: what the peer sent comes again at its times; what we sent must come again, at
/// whatever time the stack finds right.
struct PacketdrillExport {
    private let script: ConnectionScript
    private let writes: [Int: [UInt8?]]
    private var lines: [String] = []
    private var clock: Int64 = 0
    private var hasClosed = false
    private var received = 0
    private var read = 0

    init(_ script: ConnectionScript) {
        self.script = script
        writes = script.writes()
    }

    /// The descriptor of the connection: the listener takes the first of a passive open.
    private var descriptor: Int { script.isActive ? 3 : 4 }

    var text: String {
        var export = self
        export.write()
        return export.lines.joined(separator: "\n") + "\n"
    }

    private mutating func write() {
        lines.append("// Written from the log of \(script.segments.first?.record.connection?.description ?? "nobody").")
        if !script.hasBeginning {
            lines.append("// Its beginning is no longer in the log: this does not run by itself.")
        }
        lines.append("--tolerance_usecs=10000")
        if let mss = maximumSegmentSize { lines.append("--mtu=\(min(mss + 40, 65_535))") }
        clock = script.segments.first?.record.elapsed.nanoseconds ?? 0
        writeOpening()
        for (index, segment) in script.segments.enumerated() {
            guard let tcp = segment.tcp else { continue }
            if segment.record.direction == .inbound {
                lines.append("\(delay(until: segment)) < \(packet(segment, tcp, isExpected: false))")
                received += segment.record.cause == .accepted ? segment.record.payloadLength : 0
            } else {
                // A script can write no sooner than the handshake is over, so the ACK does not wait for the octets.
                if script.carriesHandshake(index), let end = segment.acknowledgment {
                    lines.append("* > . \(segment.sequence ?? 1):\(segment.sequence ?? 1)(0) ack \(end) <...>")
                }
                writeCalls(before: segment, tcp, index)
                lines.append("* > \(packet(segment, tcp, isExpected: true))")
                clock = max(clock, segment.record.elapsed.nanoseconds)
            }
            if isAcceptable(index) { lines.append("+0 accept(3, ..., ...) = 4") }
        }
    }

    private var maximumSegmentSize: Int? {
        for segment in script.segments where segment.record.direction == .outbound {
            guard let tcp = segment.tcp, tcp.flags.contains(.syn) else { continue }
            for case .maximumSegmentSize(let size) in TCPOption.decode(tcp.options) { return Int(size) }
        }
        return nil
    }

    private mutating func writeOpening() {
        let opening = script.settings.map { "`sysctl -q \($0)`" } + ["socket(..., SOCK_STREAM, IPPROTO_TCP) = 3"]
        for (index, line) in opening.enumerated() { lines.append((index == 0 ? "0 " : "+0 ") + line) }
        guard script.isActive else {
            lines += ["+0 bind(3, ..., ...) = 0", "+0 listen(3, 8) = 0"]
            return
        }
        lines.append("+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0")
        lines.append("+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)")
    }

    /// A passive open is complete behind the segment that brings it to ESTABLISHED.
    private func isAcceptable(_ index: Int) -> Bool {
        let record = script.segments[index].record
        return !script.isActive && record.before == .synReceived && record.after != .synReceived
            && record.direction == .inbound
    }

    /// What the user did before the segment could leave.
    private mutating func writeCalls(before segment: DecodedSegment, _ tcp: TCPHeader, _ index: Int) {
        if segment.record.cause == .windowUpdate, received > read {
            lines.append("\(delay(until: segment)) read(\(descriptor), ..., \(received - read)) = \(received - read)")
            read = received
        }
        if let octets = writes[index], !octets.isEmpty {
            lines.append("\(delay(until: segment)) write(\(descriptor), ..., \(octets.count)) = \(octets.count)")
        }
        if tcp.flags.contains(.fin), !hasClosed {
            hasClosed = true
            lines.append("\(delay(until: segment)) shutdown(\(descriptor), SHUT_WR) = 0")
        } else if tcp.flags.contains(.rst), segment.record.because == nil {
            let linger = "setsockopt(\(descriptor), SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0"
            lines.append("\(delay(until: segment)) \(linger)")
            lines.append("+0 close(\(descriptor)) = 0")
        }
    }

    /// The time since the line before, in microseconds.
    private mutating func delay(until segment: DecodedSegment) -> String {
        let elapsed = segment.record.elapsed.nanoseconds
        let micros = max(0, elapsed - clock) / 1_000
        clock = max(clock, elapsed)
        guard micros > 0 else { return "+0" }
        let rest = String(micros % 1_000_000)
        return "+\(micros / 1_000_000)." + String(repeating: "0", count: 6 - rest.count) + rest
    }

    private func packet(_ segment: DecodedSegment, _ tcp: TCPHeader, isExpected: Bool) -> String {
        let start = segment.sequence ?? tcp.sequence.rawValue
        let length = segment.record.payloadLength
        var text = "\(Self.flags(tcp.flags)) \(start):\(start &+ UInt32(length))(\(length))"
        if let acknowledgment = segment.acknowledgment { text += " ack \(acknowledgment)" }
        if !isExpected { text += " win \(tcp.window)" }
        if tcp.flags.contains(.urg), !isExpected { text += " urg \(tcp.urgentPointer)" }
        let options = TCPOption.decode(tcp.options).compactMap { option(of: $0, segment) }
        return options.isEmpty ? text : text + " <\(options.joined(separator: ","))>"
    }

    private static func flags(_ flags: TCPFlags) -> String {
        let letters: [(TCPFlags, String)] = [
            (.fin, "F"), (.syn, "S"), (.rst, "R"), (.psh, "P"), (.ack, "."), (.urg, "U"), (.ece, "E"), (.cwr, "W"),
            (.ae, "A"),
        ]
        let text = letters.filter { flags.contains($0.0) }.map(\.1).joined()
        return text.isEmpty ? "-" : text
    }

    /// The option in packetdrill's words; nil for what only fills up.
    private func option(of option: TCPOption, _ segment: DecodedSegment) -> String? {
        switch option {
        case .endOfOptions, .noOperation: return nil
        case .maximumSegmentSize(let size): return "mss \(size)"
        case .windowScale(let shift): return "wscale \(shift)"
        case .sackPermitted: return "sackOK"
        case .timestamps(let value, let echo): return "TS val \(value) ecr \(echo)"
        case .sack(let blocks):
            let edges = blocks.map { block in
                let start = segment.record.relativeAcknowledgment(block.start) ?? block.start.rawValue
                let end = segment.record.relativeAcknowledgment(block.end) ?? block.end.rawValue
                return "\(start):\(end)"
            }
            return "sack " + edges.joined(separator: " ")
        case .fastOpen(let cookie): return cookie.isEmpty ? "FO" : "FO \(Self.hex(cookie))"
        case .userTimeout, .unknown, .malformed:
            let octets = TCPOption.encode([option]).dropFirst(2)
            return "\(option.kind) \(Self.hex(octets))"
        }
    }

    static func hex(_ octets: some Sequence<UInt8>) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
