extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the canonical text of RFC 5952; a zone follows by its number (RFC 4007 §11.2).
    public var description: String {
        switch family {
        case .v4: ipv4Description
        case .v6: zone == 0 ? ipv6Description : "\(ipv6Description)%\(zone)"
        }
    }

    /// Written digit by digit: every record of the log shows two.
    private var ipv4Description: String {
        String(unsafeUninitializedCapacity: 15) { text in
            var count = 0
            func append(_ octet: UInt8) {
                text.initializeElement(at: count, to: octet)
                count += 1
            }
            for part in 0..<4 {
                let value = UInt8(truncatingIfNeeded: low >> (24 - 8 * part))
                if part > 0 { append(UInt8(ascii: ".")) }
                if value >= 100 { append(0x30 + value / 100) }
                if value >= 10 { append(0x30 + value / 10 % 10) }
                append(0x30 + value % 10)
            }
            return count
        }
    }

    private var ipv6Description: String {
        // RFC 5952 §5: the mixed notation for a well-known prefix that announces an embedded IPv4 address.
        if high == 0 && low >> 32 == 0xffff { return "::ffff:\(unmapped)" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * ($0 % 4))) }
        // RFC 5952 §4.2: the longest run of at least two zero groups, the first of equals, becomes "::".
        var longest = 0..<0
        var start = 0
        while start < 8 {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            if end - start >= 2 && end - start > longest.count { longest = start..<end }
            start = end + 1
        }
        func text(_ groups: ArraySlice<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if longest.isEmpty { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }

    /// Reads an address, strictly: IPv4 is four decimal parts without leading zeros and nothing else; IPv6 is as RFC 4291
    /// §2.2 has it, without a zone, whose name only the host can tell.
    public init?(_ text: some StringProtocol) {
        let octets = Array(text.utf8)
        guard octets.count <= 45 else { return nil }
        if octets.contains(UInt8(ascii: ":")) {
            guard let groups = Self.parseIPv6(octets[...]) else { return nil }
            let halves = groups.map(UInt64.init)
            self.init(
                v6: halves[0] << 48 | halves[1] << 32 | halves[2] << 16 | halves[3],
                halves[4] << 48 | halves[5] << 32 | halves[6] << 16 | halves[7])
        } else {
            guard let bits = Self.parseIPv4(octets[...]) else { return nil }
            self.init(v4: bits)
        }
    }

    private static func parseIPv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var value: UInt32 = 0
            for digit in part {
                guard (0x30...0x39).contains(digit) else { return nil }
                value = value * 10 + UInt32(digit - 0x30)
            }
            guard value <= 255 else { return nil }
            bits = bits << 8 | value
        }
        return bits
    }

    /// The eight groups of an IPv6 address.
    private static func parseIPv6(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        var before: [UInt16] = []
        var after: [UInt16]?
        var rest = text
        if rest.starts(with: [0x3a, 0x3a]) {
            after = []
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let part = rest.prefix { $0 != 0x3a }
            rest = rest.dropFirst(part.count)
            let isLast = rest.isEmpty
            guard let groups = parseGroups(part, isLast: isLast) else { return nil }
            if after == nil { before += groups } else { after? += groups }
            if isLast { break }
            rest = rest.dropFirst()
            if rest.first == 0x3a {
                guard after == nil else { return nil }
                after = []
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil  // a lone colon at the end
            }
        }
        guard let after else { return before.count == 8 ? before : nil }
        // RFC 4291 §2.2: "::" stands for one or more groups of zeros.
        guard before.count + after.count <= 7 else { return nil }
        return before + Array(repeating: 0, count: 8 - before.count - after.count) + after
    }

    /// One group of up to four hexadecimal digits, or at the end an IPv4 address as two groups.
    private static func parseGroups(_ part: ArraySlice<UInt8>, isLast: Bool) -> [UInt16]? {
        if isLast, part.contains(UInt8(ascii: ".")) {
            guard let bits = parseIPv4(part) else { return nil }
            return [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
        }
        guard (1...4).contains(part.count) else { return nil }
        var value: UInt16 = 0
        for digit in part {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt16(digit - 0x30)
            case 0x41...0x46: value = value << 4 | UInt16(digit - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt16(digit - 0x61 + 10)
            default: return nil
            }
        }
        return [value]
    }
}

extension Endpoint: CustomStringConvertible {
    /// `127.0.0.1:6666` or `[::1]:6666`.
    public var description: String { address.family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)" }

    /// Reads what `description` writes; the port is decimal, 0 … 65535, without sign or leading zeros.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.parsePort(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        let isBracketed = host.first == "[" && host.last == "]" && host.count > 2
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(host), (address.family == .v6) == isBracketed else { return nil }
        self.init(address, port)
    }

    private static func parsePort(_ text: some StringProtocol) -> UInt16? {
        guard let port = UInt16(text), String(port) == text else { return nil }
        return port
    }
}

extension FourTuple: CustomStringConvertible {
    public var description: String { "\(local) > \(remote)" }
}
