extension ScriptPacket {
    /// The packet as a script writes it, without its time.
    package var notation: String {
        var text = direction == .inbound ? "<" : ">"
        let fields = internetFields
        if !fields.isEmpty { text += "[" + fields.joined(separator: ",") + "]" }
        text += " \(flags.notation) "
        text += ignoresSequence ? "...(\(length))" : "\(sequence):\(sequence + length)(\(length))"
        if let acknowledgment { text += " ack \(acknowledgment)" }
        if let window { text += " win \(window)" }
        if let urgentPointer { text += " urg \(urgentPointer)" }
        guard let options else { return text + " <...>" }
        return options.isEmpty ? text : text + " <" + options.map(\.notation).joined(separator: ",") + ">"
    }

    /// What was seen, as far as the line that expected it speaks of it.
    func notation(as expected: ScriptPacket) -> String {
        var packet = self
        if expected.window == nil { packet.window = nil }
        if expected.ttl == nil { packet.ttl = nil }
        switch expected.trafficClass {
        case .unspecified: packet.trafficClass = .unspecified
        case .ecn, .anyECT:
            if case .whole(let octet) = packet.trafficClass { packet.trafficClass = .ecn(octet & 3) }
        case .whole: break
        }
        return packet.notation
    }

    private var internetFields: [String] {
        var fields: [String] = []
        switch trafficClass {
        case .unspecified: break
        case .ecn(let bits): fields.append(["noecn", "ect1", "ect0", "ce"][Int(bits & 3)])
        case .anyECT: fields.append("ect01")
        case .whole(let octet): fields.append("tos 0x\(String(octet, radix: 16))")
        }
        if let ttl { fields.append("ttl \(ttl)") }
        return fields
    }
}

extension TCPFlags {
    /// The letters that scripts use.
    var notation: String {
        let letters: [(TCPFlags, String)] = [
            (.fin, "F"), (.syn, "S"), (.rst, "R"), (.psh, "P"), (.urg, "U"), (.ece, "E"), (.cwr, "W"), (.ae, "A"),
            (.ack, "."),
        ]
        let text = letters.filter { contains($0.0) }.map(\.1).joined()
        return text.isEmpty ? "-" : text
    }
}

extension TCPOption {
    /// The option as scripts write it.
    var notation: String {
        switch self {
        case .endOfOptions: "eol"
        case .noOperation: "nop"
        case .maximumSegmentSize(let size): "mss \(size)"
        case .windowScale(let shift): "wscale \(shift)"
        case .sackPermitted: "sackOK"
        case .sack(let blocks): "sack " + blocks.map { "\($0.start):\($0.end)" }.joined(separator: " ")
        case .timestamps(let value, let echo): "TS val \(value) ecr \(echo)"
        case .fastOpen(let cookie): "FO \(String(hex: cookie))"
        case .unknown(kind: AccurateECN.kinds.oneFirst, let data): Self.octetCounts(data, ["e1b", "ceb", "e0b"])
        case .unknown(kind: AccurateECN.kinds.zeroFirst, let data): Self.octetCounts(data, ["e0b", "ceb", "e1b"])
        case .userTimeout, .unknown, .malformed: "\(kind) \(String(hex: TCPOption.encode([self]).dropFirst(2)))"
        }
    }

    private static func octetCounts(_ data: [UInt8], _ names: [String]) -> String {
        let fields = zip(names, stride(from: 0, to: data.count / 3 * 3, by: 3)).map { name, at in
            "\(name) \(AccurateECN.count(data[at..<at + 3]))"
        }
        return (["ECN"] + fields).joined(separator: " ")
    }
}

extension Interval {
    /// Seconds with as many decimals as it takes, up to microseconds.
    var text: String {
        let micros = magnitude.nanoseconds / 1_000
        let decimals = String(micros % 1_000_000, width: 6)
        return "\(nanoseconds < 0 ? "-" : "")\(micros / 1_000_000).\(decimals)"
    }
}
