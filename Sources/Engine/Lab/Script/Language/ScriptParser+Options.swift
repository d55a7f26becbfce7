/// `<mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>`
extension ScriptParser {
    mutating func optionList(_ packet: inout ScriptPacket) throws(ScriptError) {
        // The `<` of an option list stands on the same line; a `<` on the next one would need a time first.
        guard isSymbol("<") else { return }
        advance()
        if current.kind == .ellipsis {
            guard packet.direction == .outbound else { throw fail("<...> is for expected packets only") }
            advance()
            packet.options = nil
            return try expect(">")
        }
        var options: [TCPOption] = []
        if !isSymbol(">") {
            repeat { options.append(try option(&packet)) } while take(",")
        }
        let token = current
        try expect(">")
        guard TCPOption.encode(options).count <= 40 else { throw fail(token, "options of more than 40 octets") }
        packet.options = options
    }

    private mutating func option(_ packet: inout ScriptPacket) throws(ScriptError) -> TCPOption {
        if case .integer = current.kind { return try numbered() }
        let token = current
        switch try word("an option") {
        case "nop": return .noOperation
        case "eol": return .endOfOptions(padding: [])
        case "mss": return .maximumSegmentSize(try integer("the MSS", as: UInt16.self))
        case "wscale": return .windowScale(try integer("the shift", as: UInt8.self))
        case "sackOK", "sackok": return .sackPermitted
        case "sack": return .sack(try blocks())
        case "TS": return try timestamps(&packet)
        case "FO": return .fastOpen(cookie: try blob())
        case "FOEXP": return .unknown(kind: 254, data: [0xf9, 0x89] + (try blob()))
        case "md5": return .unknown(kind: 19, data: try blob())
        case "ECN": return try octetCounts()
        case "kind": return try numbered()
        default:
            throw fail(
                token, "expected mss, wscale, sackOK, sack, TS, nop, eol, FO, FOEXP, ECN, md5, or a kind and its octets"
            )
        }
    }

    /// `254 f98901`: any kind, and the octets behind its length.
    private mutating func numbered() throws(ScriptError) -> TCPOption {
        let token = current
        let kind = try integer("the option's kind", as: UInt8.self)
        let data = try blob()
        // Decoded again, so that a known kind given by number equals the same by name.
        guard kind > 1, let option = TCPOption.decode([kind, UInt8(truncatingIfNeeded: data.count + 2)] + data).first
        else {
            throw fail(token, "kinds 0 and 1 are written eol and nop")
        }
        return option
    }

    /// `ECN e1b 1 ceb 0 e0b 1`: the AccECN option, of kind 172 if it begins with `e0b`.
    private mutating func octetCounts() throws(ScriptError) -> TCPOption {
        let isZeroFirst = isWord("e0b")
        let names = isZeroFirst ? ["e0b", "ceb", "e1b"] : ["e1b", "ceb", "e0b"]
        var data: [UInt8] = []
        for name in names where takeWord(name) {
            let count = try integer("octets modulo 2^24", as: UInt32.self)
            data += AccurateECN.octets(of: count)
        }
        let kinds = AccurateECN.kinds
        return .unknown(kind: isZeroFirst ? kinds.zeroFirst : kinds.oneFirst, data: data)
    }

    private mutating func timestamps(_ packet: inout ScriptPacket) throws(ScriptError) -> TCPOption {
        guard takeWord("val") else { throw fail("expected 'val'") }
        var value: UInt32 = 0
        if current.kind == .ellipsis, packet.direction == .outbound {
            advance()
            packet.ignoresTimestamp = true
        } else {
            value = try integer("TSval", as: UInt32.self)
        }
        guard takeWord("ecr") else { throw fail("expected 'ecr'") }
        return .timestamps(value: value, echo: try integer("TSecr", as: UInt32.self))
    }

    private mutating func blocks() throws(ScriptError) -> [TCPOption.SACKBlock] {
        var blocks: [TCPOption.SACKBlock] = []
        repeat {
            let left = try integer("the left edge", as: UInt32.self)
            try expect(":")
            let right = try integer("the right edge", as: UInt32.self)
            blocks.append(.init(start: SequenceNumber(left), end: SequenceNumber(right)))
        } while isNumber
        return blocks
    }

    private var isNumber: Bool {
        if case .integer = current.kind { return true }
        return false
    }

    /// Octets in hexadecimal, or none.
    private mutating func blob() throws(ScriptError) -> [UInt8] {
        var digits: Substring
        switch current.kind {
        case .word, .integer, .hexadecimal: digits = current.spelling[...]
        default: return []
        }
        if digits.hasPrefix("0x") { digits = digits.dropFirst(2) }
        var octets: [UInt8] = []
        while !digits.isEmpty {
            guard digits.utf8.count >= 2, let octet = UInt8(digits.prefix(2), radix: 16) else {
                throw fail("octets are written as pairs of hexadecimal digits")
            }
            octets.append(octet)
            digits = digits.dropFirst(2)
        }
        advance()
        return octets
    }
}
