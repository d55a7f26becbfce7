/// One network that packets may be sent to: `10.0.0.0/8`, `10.1.2.3:80-90`, `[fd00::]/8:443`.
public struct TargetRule: Hashable, Sendable {
    public var network: IPAddress
    /// 0 … 32 or 0 … 128.
    public var prefix: Int
    /// All ports unless given.
    public var ports: ClosedRange<UInt16>

    public init(network: IPAddress, prefix: Int, ports: ClosedRange<UInt16> = 0...65_535) {
        self.network = network
        self.prefix = prefix
        self.ports = ports
    }

    /// The endpoint lies in the network, and its port in the range.
    public func covers(_ endpoint: Endpoint) -> Bool {
        ports.contains(endpoint.port) && endpoint.address.isWithin(network, prefix: prefix)
    }
}

extension TargetRule: CustomStringConvertible {
    /// `10.0.0.0/8`, `10.1.2.3/32:80-90`, `[fd00::]/8:443`.
    public var description: String {
        let address = network.family == .v4 ? "\(network)" : "[\(network)]"
        let range =
            ports == 0...65_535
            ? "" : ports.count == 1 ? ":\(ports.lowerBound)" : ":\(ports.lowerBound)-\(ports.upperBound)"
        return "\(address)/\(prefix)\(range)"
    }

    /// Reads `CIDR[:ports]`, strictly. Without a prefix the rule is for one address; an IPv6 address with ports stands in
    /// brackets; a rule for `::ffff:0:0/96` or less of it is the IPv4 rule that it means.
    public init?(_ text: String) {
        guard let parts = Self.split(text), let address = IPAddress(parts.address) else { return nil }
        let width = address.family == .v4 ? 32 : 128
        guard let length = parts.prefix.map({ Self.number($0, 0...width) }) ?? width,
            let ports = parts.ports.map(Self.portRange) ?? 0...65_535
        else { return nil }
        let isMapped = address.unmapped.family != address.family && length >= 96
        let network = isMapped ? address.unmapped : address
        let prefix = isMapped ? length - 96 : length
        // 10.1.2.3/8 may be meant as 10.0.0.0/8 or as 10.1.2.3/32: nobody should have to guess what is allowed.
        guard network == network.masked(to: prefix) else { return nil }
        self.init(network: network, prefix: prefix, ports: ports)
    }

    private typealias Parts = (address: Substring, prefix: Substring?, ports: Substring?)

    /// Cuts `address[/prefix][:ports]` apart.
    private static func split(_ text: String) -> Parts? {
        let address: Substring
        var rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            address = text[..<end].dropFirst()
            guard address.contains(":") else { return nil }
            rest = text[end...].dropFirst()
        } else {
            // An IPv6 address without brackets leaves no room for ports.
            let isIPv6 = text.count { $0 == ":" } > 1
            let end = text.firstIndex { $0 == "/" || (!isIPv6 && $0 == ":") } ?? text.endIndex
            address = text[..<end]
            rest = text[end...]
        }
        var prefix: Substring?
        if rest.first == "/" {
            let digits = rest.dropFirst().prefix { $0 != ":" }
            prefix = digits
            rest = rest[digits.endIndex...]
        }
        if rest.isEmpty { return (address, prefix, nil) }
        return rest.first == ":" ? (address, prefix, rest.dropFirst()) : nil
    }

    /// A decimal number without sign or leading zeros.
    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard let number = Int(text), String(number) == text, range.contains(number) else { return nil }
        return number
    }

    /// `443` or `80-90`.
    private static func portRange(_ text: Substring) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = ends.compactMap { number($0, 0...65_535) }.map(UInt16.init)
        guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last, first <= last else {
            return nil
        }
        return first...last
    }
}

extension IPAddress {
    /// The address with all bits after the first `prefix` cleared.
    package func masked(to prefix: Int) -> IPAddress {
        switch family {
        case .v4:
            let bits = UInt32(truncatingIfNeeded: low)
            return IPAddress(v4: prefix <= 0 ? 0 : bits & (.max << (32 - UInt32(min(prefix, 32)))))
        case .v6:
            let highMask: UInt64 = prefix <= 0 ? 0 : prefix >= 64 ? .max : .max << (64 - UInt64(prefix))
            let lowMask: UInt64 = prefix <= 64 ? 0 : prefix >= 128 ? .max : .max << (128 - UInt64(prefix))
            return IPAddress(v6: high & highMask, low & lowMask)
        }
    }

    /// The last address of the network that the address and `prefix` name (RFC 922 §7).
    package func directedBroadcast(prefix: Int) -> IPAddress? {
        guard let bits = v4Bits, prefix < 31 else { return nil }  // RFC 3021: a /31 has no broadcast address
        return IPAddress(v4: bits | (prefix <= 0 ? .max : UInt32.max >> UInt32(prefix)))
    }
}
