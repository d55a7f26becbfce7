package import Engine

/// An endpoint as a request writes it: `127.0.0.1:6666`, `[::1]:6666`, `[fe80::1%eth0]:6666`, `host:6666`.
package struct HostPort: Hashable, Sendable {
    /// A numeric address, or a name that is still to be resolved.
    package enum Host: Hashable, Sendable {
        case address(IPAddress)
        /// An IPv6 address with the zone that follows it behind `%` (RFC 4007 §11), which is still to be looked up.
        case zoned(IPAddress, zone: String)
        case name(String)
    }

    package var host: Host
    /// Nil if none is given.
    package var port: UInt16?

    package init(host: Host, port: UInt16?) {
        self.host = host
        self.port = port
    }

    /// Reads `host[:port]`. An address that only resolvers understand (`127.1`, `0x7f000001`, `010.0.0.1`) is refused.
    package init?(_ text: String) {
        let name: Substring
        var rest: Substring
        // By octets, not by characters: every request's Host comes through here.
        let isBracketed = text.utf8.first == UInt8(ascii: "[")
        if isBracketed {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            name = text[..<end].dropFirst()
            rest = text[end...].dropFirst()
        } else {
            name = text[..<(text.utf8.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex)]
            rest = text[name.endIndex...]
        }
        if !rest.isEmpty {
            guard rest.utf8.first == UInt8(ascii: ":"), let port = Self.parsePort(rest.dropFirst()) else { return nil }
            self.port = port
            rest = ""
        }
        if let address = IPAddress(name), (address.family == .v6) == isBracketed {
            host = .address(address)
        } else if isBracketed, let zoned = Self.zoned(name) {
            host = zoned
        } else if !isBracketed, Self.isHostName(name) {
            host = .name(String(name))
        } else {
            return nil
        }
    }

    /// What `init(withPort:)` reads, in the words of an error.
    static let withPort = "an endpoint with a port, such as \"127.0.0.1:6666\""

    /// Reads an endpoint whose port is given, and is not 0.
    init?(withPort text: String) {
        self.init(text)
        guard let port, port > 0 else { return nil }
    }

    /// Reads the authority of a request target, where RFC 6874 §2 writes the `%` in front of a zone as `%25`.
    package init?(authority: String) {
        let isBracketed = authority.utf8.first == UInt8(ascii: "[")
        self.init(isBracketed ? authority.replacing("%25", with: "%", maxReplacements: 1) : authority)
    }

    /// `fe80::1%eth0`. A zone is visible characters, as many as Linux lets an interface's name have (IFNAMSIZ).
    private static func zoned(_ text: Substring) -> Host? {
        guard let percent = text.firstIndex(of: "%"), let address = IPAddress(text[..<percent]) else { return nil }
        let zone = text[percent...].dropFirst()
        guard address.family == .v6, (1...15).contains(zone.utf8.count), zone.utf8.allSatisfy({ (0x21...0x7e) ~= $0 })
        else { return nil }
        return .zoned(address, zone: String(zone))
    }

    /// A decimal port without sign or leading zeros.
    package static func parsePort(_ text: some StringProtocol) -> UInt16? {
        guard let port = UInt16(text), String(port) == text else { return nil }
        return port
    }

    /// A decimal stream position without sign or leading zeros.
    package static func parseDecimal(_ text: some StringProtocol) -> UInt64? {
        guard let number = UInt64(text), String(number) == text, number <= Int64.max else { return nil }
        return number
    }

    /// RFC 1123 §2.1, with the underscore that some names have; the last label is no number in any notation, so that no
    /// resolver takes the name for an address.
    package static func isHostName(_ text: some StringProtocol) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, let last = labels.last, let first = last.first, !first.isNumber else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { octet in
                    switch octet {
                    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
                    default: false
                    }
                }
        }
    }
}
