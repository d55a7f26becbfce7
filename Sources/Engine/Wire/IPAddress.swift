/// An IPv4 or IPv6 address, as sixteen octets with its family.
public struct IPAddress: Hashable, Sendable {
    /// The two families.
    public enum Family: UInt8, Hashable, Sendable {
        case v4 = 4
        case v6 = 6
    }

    public let family: Family
    /// The interface at which an IPv6 link-local address means a host, by its number on this host; 0: none is named. RFC 4007
    /// §6 calls it a zone. It is never on the wire.
    public let zone: UInt32
    /// Octets 0–7 of an IPv6 address, big-endian; 0 for IPv4.
    let high: UInt64
    /// Octets 8–15 of an IPv6 address, big-endian; the 32 bits of an IPv4 address.
    let low: UInt64

    /// The IPv4 address whose 32 bits, most significant octet first, are `bits`.
    public init(v4 bits: UInt32) {
        family = .v4
        zone = 0
        high = 0
        low = UInt64(bits)
    }

    /// The IPv6 address whose octets, most significant first, are `high` then `low`.
    public init(v6 high: UInt64, _ low: UInt64) { self.init(v6: high, low, zone: 0) }

    private init(v6 high: UInt64, _ low: UInt64, zone: UInt32) {
        family = .v6
        self.zone = zone
        self.high = high
        self.low = low
    }

    public static let loopbackV4 = IPAddress(v4: 0x7f00_0001)
    public static let loopbackV6 = IPAddress(v6: 0, 1)
    public static let anyV4 = IPAddress(v4: 0)
    public static let anyV6 = IPAddress(v6: 0, 0)

    /// The 32 bits of an IPv4 address, or nil.
    public var v4Bits: UInt32? { family == .v4 ? UInt32(truncatingIfNeeded: low) : nil }
    /// The octets in network order: 4 or 16 of them.
    public var octets: [UInt8] {
        switch family {
        case .v4: (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * $0)) }
        case .v6: (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - 8 * ($0 % 8))) }
        }
    }

    /// 127.0.0.0/8 or ::1 (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
    public var isLoopback: Bool { family == .v4 ? low >> 24 == 127 : self == .loopbackV6 }
    /// 0.0.0.0 or `::`.
    public var isUnspecified: Bool { high == 0 && low == 0 }
    /// 224.0.0.0/4 or ff00::/8.
    public var isMulticast: Bool { family == .v4 ? low >> 28 == 0xe : high >> 56 == 0xff }
    /// 169.254.0.0/16 or fe80::/10: it means a host only together with an interface (RFC 3927 §2.6, RFC 4007 §6).
    public var isLinkLocal: Bool { family == .v4 ? low >> 16 == 0xa9fe : high >> 54 == 0xfe80 >> 6 }
    /// fe80::/10: without a zone nobody knows which host it means.
    public var needsZone: Bool { family == .v6 && isLinkLocal }
    /// The address in this zone, if it is one that needs a zone; else, and in zone 0, the address alone.
    public func within(zone: UInt32) -> IPAddress {
        needsZone && zone != self.zone ? IPAddress(v6: high, low, zone: zone) : self
    }
    /// 255.255.255.255.
    public var isLimitedBroadcast: Bool { family == .v4 && low == 0xffff_ffff }
    /// The IPv4 address inside `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2), else the address itself.
    public var unmapped: IPAddress {
        family == .v6 && high == 0 && low >> 32 == 0xffff ? IPAddress(v4: UInt32(truncatingIfNeeded: low)) : self
    }

    /// True if the first `length` bits equal those of `network`; never across families.
    public func isWithin(_ network: IPAddress, prefix length: Int) -> Bool {
        guard family == network.family else { return false }
        switch family {
        case .v4: return length == 0 || (low ^ network.low) >> (32 - UInt64(min(length, 32))) == 0
        case .v6:
            let highBits = min(length, 64)
            let lowBits = max(0, min(length, 128) - 64)
            return (highBits == 0 || (high ^ network.high) >> (64 - UInt64(highBits)) == 0)
                && (lowBits == 0 || (low ^ network.low) >> (64 - UInt64(lowBits)) == 0)
        }
    }
}

extension IPAddress {
    /// As few words as tell addresses apart: every segment is looked up. An address in another zone only shares the bucket.
    public func hash(into hasher: inout Hasher) {
        if family == .v6 { hasher.combine(high) }
        hasher.combine(low)
    }
}

/// An address and a port.
public struct Endpoint: Hashable, Sendable {
    public var address: IPAddress
    public var port: UInt16

    public init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }
}

/// The pair of endpoints that names a connection, seen from this host (RFC 9293 §3.3.1).
public struct FourTuple: Hashable, Sendable {
    public var local: Endpoint
    public var remote: Endpoint

    public init(local: Endpoint, remote: Endpoint) {
        self.local = local
        self.remote = remote
    }
}

extension Endpoint {
    /// The endpoint in this zone, as `IPAddress` has it.
    public func within(zone: UInt32) -> Endpoint { Endpoint(address.within(zone: zone), port) }

    /// One word for IPv4. No two endpoints are folded into the same words: peers choose them.
    public func hash(into hasher: inout Hasher) {
        switch address.family {
        case .v4: hasher.combine(address.low << 16 | UInt64(port))
        case .v6:
            hasher.combine(address)
            hasher.combine(port)
        }
    }
}

extension FourTuple {
    /// Both endpoints in this zone: the interface that a packet came in by is that of both its link-local addresses.
    package func within(zone: UInt32) -> FourTuple {
        FourTuple(local: local.within(zone: zone), remote: remote.within(zone: zone))
    }

    /// Two words for IPv4, as with endpoints.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(local)
        hasher.combine(remote)
    }
}

extension IPAddress.Family {
    /// Octets of the fixed IP header.
    var headerLength: Int { self == .v4 ? IPv4Header.minimumLength : IPv6Header.length }
    /// Octets of the fixed IP and TCP headers.
    package var headers: Int { headerLength + TCPHeader.minimumLength }
}
