/// One field of a header, with its place in the packet and its meaning.
package struct HeaderField: Hashable, Sendable {
    /// What a field holds.
    package enum Value: Hashable, Sendable {
        case number(UInt64)
        case address(IPAddress)
        /// Octets that are no number: padding, cookies, unknown options.
        case octets([UInt8])
    }

    /// `ip.ttl`, `tcp.flags.syn`, `tcp.options.mss`.
    package let name: String
    /// From the packet's first bit, the most significant one of its first octet.
    package let bitOffset: Int
    package let bitLength: Int
    package let value: Value
    /// The value for people.
    package let text: String
    /// Where the field is defined.
    package let rfc: String
}

/// Lists fields one behind the other, so that they cannot overlap or leave a gap.
struct HeaderFieldList {
    private(set) var fields: [HeaderField] = []
    private var bitOffset = 0
    /// Stands before each name.
    var prefix = ""
    /// The document that defines what comes next.
    var rfc = ""

    /// Adds a number of `bits` bits.
    mutating func add(
        _ name: String, _ bits: Int, _ value: some BinaryInteger, _ text: String? = nil, rfc: String? = nil
    ) {
        append(name, bits, .number(UInt64(value)), text ?? String(value), rfc)
    }

    /// Adds a flag, one bit; `meaning` is what it says when it is set.
    mutating func add(flag name: String, _ isSet: Bool, _ meaning: String, rfc: String? = nil) {
        append(name, 1, .number(isSet ? 1 : 0), isSet ? meaning : "not set", rfc)
    }

    /// Adds an address.
    mutating func add(_ name: String, _ address: IPAddress) {
        append(name, address.family == .v4 ? 32 : 128, .address(address), address.description, nil)
    }

    /// Adds octets.
    mutating func add(_ name: String, octets: [UInt8], _ text: String, rfc: String? = nil) {
        append(name, 8 * octets.count, .octets(octets), text, rfc)
    }

    /// Adds a value that is described elsewhere.
    mutating func append(_ name: String, _ bits: Int, _ value: HeaderField.Value, _ text: String, _ rfc: String?) {
        fields.append(
            HeaderField(
                name: prefix + name, bitOffset: bitOffset, bitLength: bits, value: value, text: text,
                rfc: rfc ?? self.rfc))
        bitOffset += bits
    }
}
