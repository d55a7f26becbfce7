/// An ICMP or ICMPv6 error about a TCP segment that this host sent. Anyone on the path may forge one: `connection` and
/// `sequence` are to be matched against what is in flight before it is believed (RFC 5927 §4.1).
package struct NetworkError: Hashable, Sendable {
    /// What TCP makes of an error (RFC 9293 §3.9.2.2).
    package enum Kind: Hashable, Sendable {
        /// The packet was longer than the next hop takes; nil: an old router, which does not say how long it may be.
        case tooBig(mtu: Int?)
        /// "These are hard error conditions, so TCP implementations SHOULD abort the connection" (SHLD-26); RFC 5927 §5.2:
        /// only before the connection is synchronized.
        case hard
        /// "soft error conditions, a TCP implementation MUST NOT abort the connection" (MUST-56)
        case soft
        /// "TCP implementations MUST silently discard any received ICMP Source Quench messages." (MUST-55)
        case discarded
    }

    /// ICMP type and code (RFC 792), or those of ICMPv6 (RFC 4443).
    package var type: UInt8
    package var code: UInt8
    /// The next hop's MTU, where the error has one (RFC 1191 §4, RFC 4443 §3.2).
    package var mtu: Int?
    /// Who sent the error; nil: our own kernel.
    package var offender: IPAddress?
    /// The quoted segment's endpoints, seen from this host.
    package var connection: FourTuple
    /// SEG.SEQ of the quoted segment.
    package var sequence: SequenceNumber

    package init(
        type: UInt8, code: UInt8, mtu: Int?, offender: IPAddress?, connection: FourTuple, sequence: SequenceNumber
    ) {
        self.type = type
        self.code = code
        self.mtu = mtu
        self.offender = offender
        self.connection = connection
        self.sequence = sequence
    }

    package var kind: Kind {
        switch connection.local.address.family {
        case .v4: Self.kindV4(type, code, mtu)
        case .v6: Self.kindV6(type, code, mtu)
        }
    }

    private static func kindV4(_ type: UInt8, _ code: UInt8, _ mtu: Int?) -> Kind {
        switch (type, code) {
        case (3, 4): .tooBig(mtu: mtu)
        // Protocol and port unreachable; RFC 1122 §3.2.2.1's prohibited networks and hosts, and RFC 1812 §5.2.7.1's filter,
        // which no patience changes: Linux takes them as hard too.
        case (3, 2), (3, 3), (3, 9), (3, 10), (3, 13): .hard
        case (4, _): .discarded
        default: .soft
        }
    }

    private static func kindV6(_ type: UInt8, _ code: UInt8, _ mtu: Int?) -> Kind {
        switch (type, code) {
        case (2, _): .tooBig(mtu: mtu)
        // Prohibited, port unreachable, policy failed, route rejected (RFC 4443 §3.1); and §3.4's "unrecognized Next Header
        // type encountered", which is IPv4's protocol unreachable.
        case (1, 1), (1, 4), (1, 5), (1, 6), (4, 1): .hard
        default: .soft
        }
    }

    /// RFC 792: "time to live exceeded in transit"; RFC 4443 §3.3: "Hop limit exceeded in transit".
    var isHopLimitExceeded: Bool {
        code == 0 && type == (connection.local.address.family == .v4 ? 11 : 3)
    }

    /// What it says, with the message's own numbers and its sender: "port unreachable (ICMP 3/3 from 10.0.0.1)".
    package var summary: String {
        let isV6 = connection.local.address.family == .v6
        let words = (isV6 ? Self.wordsV6 : Self.wordsV4)[UInt16(type) << 8 | UInt16(code)] ?? "an error of the network"
        let sender = offender.map { " from \($0)" } ?? ""
        return "\(words) (ICMP\(isV6 ? "v6" : "") \(type)/\(code)\(sender))"
    }

    private static let wordsV4: [UInt16: String] = [
        0x300: "network unreachable", 0x301: "host unreachable", 0x302: "protocol unreachable",
        0x303: "port unreachable", 0x304: "packet too big", 0x305: "source route failed", 0x306: "network unknown",
        0x307: "host unknown", 0x309: "network prohibited", 0x30a: "host prohibited", 0x30d: "filtered",
        0x400: "source quench", 0xb00: "time to live exceeded", 0xb01: "reassembly timed out",
        0xc00: "header rejected",
    ]
    private static let wordsV6: [UInt16: String] = [
        0x100: "no route", 0x101: "prohibited", 0x102: "beyond the scope of the source", 0x103: "address unreachable",
        0x104: "port unreachable", 0x105: "source address refused", 0x106: "route rejected", 0x200: "packet too big",
        0x300: "hop limit exceeded", 0x301: "reassembly timed out", 0x400: "header rejected",
    ]
}

extension NetworkError {
    /// Reads the endpoints and the sequence number out of a quoted datagram. RFC 792: "The internet header plus the first
    /// 64 bits of the original datagram's data", which is just enough. nil if it is shorter, or not TCP.
    package static func parseQuote(_ quote: RawSpan) -> (connection: FourTuple, sequence: SequenceNumber)? {
        guard quote.byteCount > 0 else { return nil }
        switch quote.readUInt8(at: 0) >> 4 {
        case 4:
            guard quote.byteCount >= IPv4Header.minimumLength, quote.readUInt8(at: 9) == 6 else { return nil }
            let source = IPAddress(v4: quote.readUInt32(at: 12))
            let destination = IPAddress(v4: quote.readUInt32(at: 16))
            let text = Int(quote.readUInt8(at: 0) & 15) * 4
            return text < IPv4Header.minimumLength ? nil : parseSegment(quote, at: text, source, destination)
        case 6:
            // Nothing of ours has extension headers.
            guard quote.byteCount >= IPv6Header.length, quote.readUInt8(at: 6) == 6 else { return nil }
            let source = IPAddress(v6: quote.readUInt64(at: 8), quote.readUInt64(at: 16))
            let destination = IPAddress(v6: quote.readUInt64(at: 24), quote.readUInt64(at: 32))
            return parseSegment(quote, at: IPv6Header.length, source, destination)
        default: return nil
        }
    }

    private static func parseSegment(
        _ quote: RawSpan, at text: Int, _ source: IPAddress, _ destination: IPAddress
    ) -> (connection: FourTuple, sequence: SequenceNumber)? {
        guard quote.byteCount >= text + 8 else { return nil }
        let connection = FourTuple(
            local: Endpoint(source, quote.readUInt16(at: text)),
            remote: Endpoint(destination, quote.readUInt16(at: text + 2)))
        return (connection, SequenceNumber(quote.readUInt32(at: text + 4)))
    }
}
