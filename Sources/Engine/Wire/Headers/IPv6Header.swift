/// The fixed IPv6 header (RFC 8200 §3) with every field as it stands there, legal or not.
package struct IPv6Header: Hashable, Sendable {
    /// Octets of the fixed header.
    package static let length = 40

    /// 6, in a sane packet.
    package var version: UInt8 = 6
    /// Differentiated services code point: the upper 6 bits of the traffic class.
    package var dscp: UInt8 = 0
    /// Explicit congestion notification: the lower 2 bits of the traffic class.
    package var ecn: UInt8 = 0
    /// 20 bits (RFC 6437).
    package var flowLabel: UInt32 = 0
    /// Octets after this header.
    package var payloadLength: UInt16 = 0
    package var nextHeader: UInt8 = 6
    package var hopLimit: UInt8 = 64
    package var source = IPAddress.anyV6
    package var destination = IPAddress.anyV6

    package init() {}

    /// Reads what the octets say. Only fewer than 40 octets are an error.
    package init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= Self.length else { throw .truncated(needed: Self.length, have: octets.byteCount) }
        let first = octets.readUInt32(at: 0)
        version = UInt8(truncatingIfNeeded: first >> 28)
        dscp = UInt8(truncatingIfNeeded: first >> 22) & 0x3f
        ecn = UInt8(truncatingIfNeeded: first >> 20) & 0x3
        flowLabel = first & 0xf_ffff
        payloadLength = octets.readUInt16(at: 4)
        nextHeader = octets.readUInt8(at: 6)
        hopLimit = octets.readUInt8(at: 7)
        source = IPAddress(v6: octets.readUInt64(at: 8), octets.readUInt64(at: 16))
        destination = IPAddress(v6: octets.readUInt64(at: 24), octets.readUInt64(at: 32))
    }

    /// The header as octets: exactly the fields, nothing computed.
    package func encoded() -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(Self.length)
        let trafficClass = UInt32(dscp & 0x3f) << 22 | UInt32(ecn & 0x3) << 20
        octets.append(bigEndian: UInt32(version & 0xf) << 28 | trafficClass | flowLabel & 0xf_ffff)
        octets.append(bigEndian: payloadLength)
        octets.append(nextHeader)
        octets.append(hopLimit)
        octets += source.octets
        octets += destination.octets
        return octets
    }
}
