/// A field that filters may ask for.
struct FilterField: Hashable, Sendable {
    let name: String
    let kind: FilterKind
    /// Every value of the field in a segment; none if it is not there.
    let read: @Sendable (DecodedSegment) -> [FilterValue]

    static func == (a: Self, b: Self) -> Bool { a.name == b.name }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Every field, Wireshark's first.
    static let all: [FilterField] = frameFields + ipv4Fields + ipv6Fields + tcpFields + optionFields + ownFields
    /// The fields by their names.
    static let named: [String: FilterField] = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    init(_ name: String, _ kind: FilterKind, _ read: @escaping @Sendable (DecodedSegment) -> [FilterValue]) {
        self.name = name
        self.kind = kind
        self.read = read
    }

    /// A field that holds one number, or is absent.
    static func number<N: BinaryInteger & SendableMetatype>(
        _ name: String, _ read: @escaping @Sendable (DecodedSegment) -> N?
    ) -> FilterField {
        FilterField(name, .number) { segment in read(segment).map { [.number(UInt64($0))] } ?? [] }
    }

    /// A field of the TCP header that holds one number.
    static func tcp<N: BinaryInteger & SendableMetatype>(_ name: String, _ read: @escaping @Sendable (TCPHeader) -> N?)
        -> FilterField
    {
        number(name) { $0.tcp.flatMap(read) }
    }

    /// A bit.
    static func flag(_ name: String, _ read: @escaping @Sendable (DecodedSegment) -> Bool?) -> FilterField {
        FilterField(name, .flag) { segment in read(segment).map { [.number($0 ? 1 : 0)] } ?? [] }
    }

    /// A field that is there or not there.
    static func mark(_ name: String, _ read: @escaping @Sendable (DecodedSegment) -> Bool) -> FilterField {
        FilterField(name, .mark) { read($0) ? [.number(1)] : [] }
    }

    /// A field that holds one of a list of words.
    static func word(
        _ name: String, _ words: [String], _ read: @escaping @Sendable (DecodedSegment) -> [String]
    ) -> FilterField {
        FilterField(name, .word(words)) { segment in read(segment).map { .text($0) } }
    }

    /// Octets, or absent.
    static func octets(_ name: String, _ read: @escaping @Sendable (DecodedSegment) -> [UInt8]?) -> FilterField {
        FilterField(name, .octets) { segment in read(segment).map { [.octets($0)] } ?? [] }
    }
}

/// Reading what is written beside a field.
extension FilterField {
    /// The literal that the word is to a field of this kind; nil if it is none.
    static func literal(_ word: String, isQuoted: Bool, for kind: FilterKind) -> FilterLiteral? {
        switch kind {
        case .number: return number(word).map { .value($0) }
        case .flag:
            switch word.lowercased() {
            case "1", "true", "set": return .value(.number(1))
            case "0", "false": return .value(.number(0))
            default: return nil
            }
        case .seconds: return Double(word).flatMap { $0.isFinite ? .value(.seconds($0)) : nil }
        case .address(let family): return address(word, family)
        case .word(let words):
            return words.first { $0.lowercased() == word.lowercased() }.map { .value(.text($0)) }
        case .text: return .value(.text(word))
        case .octets: return .value(.octets(isQuoted ? Array(word.utf8) : hexOctets(word) ?? Array(word.utf8)))
        case .connection:
            return ConnectionID(word).map { .value(.text($0.description)) } ?? .connectionName(word)
        case .mark: return nil
        }
    }

    /// A number as Wireshark takes it: decimal, `0x…`, `0b…`, and octal after a zero.
    static func number(_ word: String) -> FilterValue? {
        let text = word.lowercased()
        let number: UInt64?
        if text.hasPrefix("0x") {
            number = UInt64(text.dropFirst(2), radix: 16)
        } else if text.hasPrefix("0b") {
            number = UInt64(text.dropFirst(2), radix: 2)
        } else if text.hasPrefix("0"), text.count > 1 {
            number = UInt64(text.dropFirst(), radix: 8)
        } else {
            number = UInt64(text)
        }
        return text.contains("+") ? nil : number.map { .number($0) }
    }

    private static func address(_ word: String, _ family: IPAddress.Family) -> FilterLiteral? {
        let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]), address.family == family else { return nil }
        guard parts.count == 2 else { return .value(.address(address)) }
        guard let prefix = Int(parts[1]), (0...(family == .v4 ? 32 : 128)).contains(prefix) else { return nil }
        return .network(address, prefix: prefix)
    }

    /// `68:65:6c`, `68.65.6c`, `68-65-6c`, `0x68656c`, or one octet in two digits.
    static func hexOctets(_ word: String) -> [UInt8]? {
        var digits = Substring(word)
        if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
            digits = digits.dropFirst(2)
            guard !digits.isEmpty, digits.count % 2 == 0 else { return nil }
            let pairs = stride(from: 0, to: digits.count, by: 2).map { digits.dropFirst($0).prefix(2) }
            return octets(pairs)
        }
        for separator in [":", ".", "-"] as [Character] where digits.contains(separator) {
            let pairs = digits.split(separator: separator, omittingEmptySubsequences: false)
            return pairs.allSatisfy({ $0.count == 2 }) ? octets(pairs) : nil
        }
        return digits.count == 2 ? octets([digits]) : nil
    }

    private static func octets(_ pairs: [Substring]) -> [UInt8]? {
        let octets = pairs.compactMap { UInt8($0, radix: 16) }
        return octets.count == pairs.count ? octets : nil
    }
}
