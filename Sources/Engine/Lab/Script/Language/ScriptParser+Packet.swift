/// `<` and `>` lines: direction, IP fields, flags, sequence numbers, window, options.
extension ScriptParser {
    mutating func packet() throws(ScriptError) -> ScriptEvent.Action {
        var packet = ScriptPacket(direction: isSymbol("<") ? .inbound : .outbound)
        advance()
        if let quoted = try quotedFirst() { return .icmp(try icmp(packet, quoting: quoted)) }
        try internetFields(&packet)
        if isWord("icmp") || isWord("icmpv6") { return .icmp(try icmp(packet)) }
        if case .word(let word) = current.kind, ["ipv4", "ipv6", "gre", "GREv0", "mpls", "udp", "sctp"].contains(word) {
            throw fail("only TCP segments and ICMP messages are understood, without encapsulation")
        }
        try ports(&packet)
        packet.flags = try flags()
        try sequence(&packet)
        if takeWord("ack") {
            packet.acknowledgment = SequenceNumber(try integer("the acknowledgment number", as: UInt32.self))
        }
        if takeWord("win") { packet.window = try integer("the window", as: UInt16.self) }
        if takeWord("urg") { packet.urgentPointer = try integer("the urgent pointer", as: UInt16.self) }
        try optionList(&packet)
        if isSymbol("{") { throw fail("fuzzing is not understood") }
        return .packet(packet)
    }

    /// `[ect0]`, `[ce, ttl 5]`, `(ttl 64)`, `[tos 0x2]`, `(class 0x20)`, `[flowlabel 0x1]`.
    private mutating func internetFields(_ packet: inout ScriptPacket) throws(ScriptError) {
        while isSymbol("[") || isSymbol("(") {
            let close: Character = isSymbol("[") ? "]" : ")"
            advance()
            repeat { try internetField(&packet) } while take(",")
            try expect(close)
        }
    }

    private mutating func internetField(_ packet: inout ScriptPacket) throws(ScriptError) {
        let token = current
        switch try word("ect0, ect1, ect01, ce, noecn, tos, class, ttl, hop limit or flowlabel") {
        case "noecn": packet.trafficClass = .ecn(0)
        case "ect1": packet.trafficClass = .ecn(1)
        case "ect0": packet.trafficClass = .ecn(2)
        case "ce": packet.trafficClass = .ecn(3)
        case "ect01":
            guard packet.direction == .outbound else { throw fail(token, "ect01 is for expected packets only") }
            packet.trafficClass = .anyECT
        case "tos", "class": packet.trafficClass = .whole(try integer("the traffic class", as: UInt8.self))
        case "ttl", "hlim": packet.ttl = try integer("the TTL", as: UInt8.self)
        // Sent with flow label 0 and not looked at: no state of TCP depends on it.
        case "flowlabel": _ = try integer("the flow label", as: UInt32.self)
        default: throw fail(token, "expected ect0, ect1, ect01, ce, noecn, tos, class, ttl or flowlabel")
        }
    }

    /// `1234 > 8080:` in front of the flags.
    private mutating func ports(_ packet: inout ScriptPacket) throws(ScriptError) {
        guard case .integer = current.kind, isSymbol(">", at: 1) else { return }
        let source = try integer("the source port", as: UInt16.self)
        try expect(">")
        let destination = try integer("the destination port", as: UInt16.self)
        _ = take(":")
        packet.ports = (source, destination)
    }

    private mutating func flags() throws(ScriptError) -> TCPFlags {
        let token = current
        var text = ""
        if take("-") { return [] }
        if case .word(let word) = current.kind {
            text = word
            advance()
        } else if case .integer(0...7) = current.kind, isSymbol(".", at: 1) {
            text = current.text
            advance()
        }
        if take(".") {
            text += "."
            // `.` and a letter behind it, as in `.E`.
            if case .word(let word) = current.kind, word != "icmp", !isSymbol("(", at: 1), word.allSatisfy(\.isFlag) {
                text += word
                advance()
            }
        } else if case .decimal = current.kind, current.text.hasPrefix(".") {
            text += current.text
            advance()
        }
        guard !text.isEmpty else { throw fail(token, "expected the flags: F S R P U E W A, '.' for ACK, '-' for none") }
        var flags: TCPFlags = []
        for letter in text {
            guard let flag = Self.flag(letter) else {
                throw fail(token, "'\(letter)' is no flag: F S R P U E W A, '.' for ACK, '-' for none")
            }
            flags.formUnion(flag)
        }
        return flags
    }

    private static func flag(_ letter: Character) -> TCPFlags? {
        switch letter {
        case "F": .fin
        case "S": .syn
        case "R": .rst
        case "P": .psh
        case ".": .ack
        case "U": .urg
        case "E": .ece
        case "W": .cwr
        case "A": .ae
        // RFC 9768 §3.2: AE, CWR and ECE together are a counter of three bits.
        case "0"..."7":
            TCPFlags(rawValue: (letter.wholeNumberValue.map { UInt16($0) } ?? 0) << 6)
        default: nil
        }
    }

    /// `1:1001(1000)`
    private mutating func sequence(_ packet: inout ScriptPacket) throws(ScriptError) {
        if current.kind == .ellipsis, packet.direction == .outbound {
            advance()
            try expect("(")
            packet.length = Int(try integer("the octets of text", as: UInt16.self))
            packet.ignoresSequence = true
            return try expect(")")
        }
        let start = try integer("the first sequence number", as: UInt32.self)
        try expect(":")
        let endToken = current
        let end = try integer("the sequence number behind the text", as: UInt32.self)
        try expect("(")
        let length = try integer("the octets of text", as: UInt16.self)
        try expect(")")
        guard start &+ UInt32(length) == end else {
            throw fail(endToken, "\(start) and \(length) octets make \(start &+ UInt32(length)), not \(end)")
        }
        packet.sequence = SequenceNumber(start)
        packet.length = Int(length)
    }

    // MARK: ICMP

    /// FreeBSD's scripts write what an ICMP message quotes in front of it: `< [1:1(0)] icmp unreachable …`.
    private mutating func quotedFirst() throws(ScriptError) -> ScriptPacket? {
        guard isSymbol("["), case .integer = peek(1).kind, isSymbol(":", at: 2) else { return nil }
        advance()
        var quoted = ScriptPacket(direction: .outbound)
        try sequence(&quoted)
        try expect("]")
        return quoted
    }

    private mutating func icmp(
        _ packet: ScriptPacket, quoting given: ScriptPacket? = nil
    ) throws(ScriptError) -> ScriptICMP {
        guard isWord("icmp") || isWord("icmpv6") else { throw fail("expected icmp") }
        guard packet.direction == .inbound else { throw fail("the stack sends no ICMP messages") }
        let isV6 = isWord("icmpv6") || isV6
        advance()
        let typeToken = current
        let typeName = try word("the ICMP type")
        var codeName: String?
        if case .word(let word) = current.kind, word != "mtu", word != "id" {
            codeName = word
            advance()
        }
        var mtu: Int?
        if takeWord("mtu") { mtu = Int(try integer("the MTU", as: UInt32.self)) }
        if takeWord("id") { _ = try integer("the identifier", as: UInt16.self) }
        var quoted = given ?? ScriptPacket(direction: .outbound)
        let isQuoting = given != nil || isSymbol("[")
        if take("[") {
            try sequence(&quoted)
            try expect("]")
        }
        guard let (type, code) = ICMPNames.numbers(type: typeName, code: codeName, v6: isV6) else {
            throw fail(typeToken, "no ICMP type and code of that name: \(typeName) \(codeName ?? "")")
        }
        return ScriptICMP(
            type: type, code: code, mtu: mtu, sequence: isQuoting ? quoted.sequence : nil, length: quoted.length)
    }
}

extension Character {
    fileprivate var isFlag: Bool { "FSRPUEWA".contains(self) }
}
