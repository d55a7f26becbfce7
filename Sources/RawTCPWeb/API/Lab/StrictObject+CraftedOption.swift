import Engine

/// Options of crafted segments: octets of any kind, or values, as the log shows options that the service speaks itself.
extension StrictObject {
    /// Options in the order given, as octets.
    mutating func craftedOptions() -> [UInt8]? {
        objects("options") { $0.craftedOption() }?.flatMap { $0 }
    }

    /// `{"kind": 253, "hex": "f989"}` or `{"kind": 1}`, with a length that lies if asked; `{"kind": 2, "value": 1460}`; or
    /// `{"raw": "0101"}`, octets as they are.
    private mutating func craftedOption() -> [UInt8]? {
        let raw = hexadecimal("raw")
        let kind = integer("kind", in: 0...255).map(UInt8.init)
        let data = hexadecimal("hex")
        let length = integer("length", in: 0...255).map(UInt8.init)
        if has("raw") {
            if has("kind") || has("hex") || has("length") { addFault("has either raw, or kind with hex and length") }
            return raw
        }
        guard let kind else {
            if !has("kind") { addFault("kind", "is required, or raw") }
            return nil
        }
        let known = OptionKind(rawValue: kind)
        readName(of: kind)
        let spoken = known.flatMap { option(of: $0) }.map { TCPOption.encode([$0]) }
        if spoken != nil, data != nil { addFault("hex", "cannot stand beside the values that it is made of") }
        let content = data ?? spoken.map { Array($0.dropFirst(2)) }
        // RFC 9293 §3.1: kinds 0 and 1 are single octets.
        if kind < 2, content == nil, length == nil { return [kind] }
        return [kind, length ?? UInt8(truncatingIfNeeded: 2 + (content?.count ?? 0))] + (content ?? [])
    }

    private mutating func hexadecimal(_ name: String) -> [UInt8]? {
        read(name, "pairs of hexadecimal digits") { $0.text.flatMap(Hex.decode) }
    }

    /// The name that the log shows beside the kind says nothing more, and nothing else.
    private mutating func readName(of kind: UInt8) {
        let name = OptionKind(rawValue: kind)?.name ?? "unknown"
        if let given = string("name"), given != name { addFault("name", "of kind \(kind) is \"\(name)\"") }
    }

    /// The option by its values; nil if none is given, or the kind has none.
    private mutating func option(of kind: OptionKind) -> TCPOption? {
        let word = 0...Int(UInt32.max)
        switch kind {
        case .maximumSegmentSize:
            return integer("value", in: 0...65_535).map { .maximumSegmentSize(UInt16($0)) }
        case .windowScale: return integer("value", in: 0...255).map { .windowScale(UInt8($0)) }
        case .timestamps:
            let (value, echo) = (integer("value", in: word), integer("echo", in: word))
            if has("echo"), !has("value") { addFault("value", "is required beside echo") }
            return value.map { .timestamps(value: UInt32($0), echo: UInt32(echo ?? 0)) }
        case .sack:
            let blocks = objects("blocks") { block -> TCPOption.SACKBlock? in
                for edge in ["start", "end"] where !block.has(edge) { block.addFault(edge, "is required") }
                guard let start = block.integer("start", in: word), let end = block.integer("end", in: word) else {
                    return nil
                }
                return .init(start: SequenceNumber(UInt32(start)), end: SequenceNumber(UInt32(end)))
            }
            return blocks.map { .sack($0) }
        case .userTimeout:
            // RFC 5482 §3: 15 bits, and one that says whether they count minutes.
            return read("value", "seconds up to 32767, or whole minutes up to 1966020 seconds") { value -> TCPOption? in
                guard let seconds = value.wholeNumber, seconds >= 0 else { return nil }
                if seconds <= 0x7fff { return .userTimeout(inMinutes: false, value: UInt16(seconds)) }
                guard seconds % 60 == 0, seconds / 60 <= 0x7fff else { return nil }
                return .userTimeout(inMinutes: true, value: UInt16(seconds / 60))
            }
        case .endOfOptions, .noOperation, .sackPermitted, .fastOpen: return nil
        }
    }
}

extension OptionKind {
    /// The name in the HTTP contract.
    fileprivate var name: String {
        switch self {
        case .endOfOptions: TCPOption.endOfOptions(padding: []).name
        case .noOperation: TCPOption.noOperation.name
        case .maximumSegmentSize: TCPOption.maximumSegmentSize(0).name
        case .windowScale: TCPOption.windowScale(0).name
        case .sackPermitted: TCPOption.sackPermitted.name
        case .sack: TCPOption.sack([]).name
        case .timestamps: TCPOption.timestamps(value: 0, echo: 0).name
        case .userTimeout: TCPOption.userTimeout(inMinutes: false, value: 0).name
        case .fastOpen: TCPOption.fastOpen(cookie: []).name
        }
    }
}
