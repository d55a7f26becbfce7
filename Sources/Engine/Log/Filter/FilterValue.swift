/// What a field of a segment holds, as filters compare it.
enum FilterValue: Hashable, Sendable {
    case number(UInt64)
    case seconds(Double)
    case address(IPAddress)
    case text(String)
    case octets([UInt8])

    /// Less than, where the two can be ordered.
    func isLess(than other: FilterValue) -> Bool {
        switch (self, other) {
        case (.number(let a), .number(let b)): a < b
        case (.seconds(let a), .seconds(let b)): a < b
        case (.text(let a), .text(let b)): a < b
        case (.octets(let a), .octets(let b)): a.lexicographicallyPrecedes(b)
        case (.address(let a), .address(let b)):
            a.family == b.family && a.octets.lexicographicallyPrecedes(b.octets)
        case (.number, _), (.seconds, _), (.address, _), (.text, _), (.octets, _): false
        }
    }
}

/// What is written on the right of a comparison.
enum FilterLiteral: Hashable, Sendable {
    case value(FilterValue)
    /// From the first value to the second, both included; only in a set.
    case range(FilterValue, FilterValue)
    /// `10.0.0.0/8`
    case network(IPAddress, prefix: Int)
    /// A connection by its name, which only the engine can resolve.
    case connectionName(String)

    /// True if the value equals the literal, or lies in it.
    func covers(_ value: FilterValue, names: [String: ConnectionID]) -> Bool {
        switch self {
        case .value(let wanted): return wanted == value
        case .range(let first, let last): return !value.isLess(than: first) && !last.isLess(than: value)
        case .network(let network, let prefix):
            guard case .address(let address) = value else { return false }
            return address.isWithin(network, prefix: prefix)
        case .connectionName(let name): return names[name].map { value == .text($0.description) } ?? false
        }
    }
}

/// What a field holds, and so what it may be compared with.
enum FilterKind: Hashable, Sendable {
    case number
    /// A number that is 0 or 1.
    case flag
    case seconds
    case address(IPAddress.Family)
    /// One of a fixed list.
    case word([String])
    case text
    case octets
    /// A connection, by id or name.
    case connection
    /// Only there or not there.
    case mark

    /// What a literal for such a field looks like, for people.
    var expectation: String {
        switch self {
        case .number: "a number, decimal or 0x…"
        case .flag: "1, 0, true or false"
        case .seconds: "a number of seconds"
        case .address(.v4): "an IPv4 address, or a network such as 10.0.0.0/8"
        case .address(.v6): "an IPv6 address, or a network such as fd00::/8"
        case .word(let words): "one of \(words.joined(separator: ", "))"
        case .text: "a word, or text in double quotes"
        case .octets: "text in double quotes, or octets such as 68:65:6c"
        case .connection: "a connection's id or name"
        case .mark: "nothing: it is there, or it is not"
        }
    }
}

/// Why a filter cannot be read, and where.
package struct FilterError: Error, Hashable, Sendable {
    /// How many characters of the text stand before the mistake.
    package let position: Int
    /// What is wrong there.
    package let detail: String
    /// The word that is not known, and the words that are known in its place.
    package let unknown: Unknown?

    /// A word that nobody knows.
    package struct Unknown: Hashable, Sendable {
        package let word: String
        package let candidates: [String]
    }

    init(at position: Int, _ detail: String, unknown: Unknown? = nil) {
        self.position = position
        self.detail = detail
        self.unknown = unknown
    }
}
