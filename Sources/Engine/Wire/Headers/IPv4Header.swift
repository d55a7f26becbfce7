/// An IPv4 header (RFC 791 §3.1) with every field as it stands there, legal or not.
package struct IPv4Header: Hashable, Sendable {
    /// Octets of the header without options.
    package static let minimumLength = 20

    /// 4, in a sane packet.
    package var version: UInt8 = 4
    /// In 32-bit words; below 5 is illegal.
    package var headerLength: UInt8 = 5
    /// Differentiated services code point, 6 bits (RFC 2474).
    package var dscp: UInt8 = 0
    /// Explicit congestion notification, 2 bits (RFC 3168).
    package var ecn: UInt8 = 0
    /// Octets of the datagram, header included.
    package var totalLength: UInt16 = 0
    package var identification: UInt16 = 0
    /// The bit that must be zero.
    package var reservedFlag = false
    package var dontFragment = false
    package var moreFragments = false
    /// In units of 8 octets, 13 bits.
    package var fragmentOffset: UInt16 = 0
    package var ttl: UInt8 = 64
    package var protocolNumber: UInt8 = 6
    package var checksum: UInt16 = 0
    package var source = IPAddress.anyV4
    package var destination = IPAddress.anyV4
    /// The option octets that are there, verbatim.
    package var options: [UInt8] = []

    package init() {}

    /// Reads what the octets say. Only fewer than 20 octets are an error: a header length beyond them gives the options
    /// that are there.
    package init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= Self.minimumLength else {
            throw .truncated(needed: Self.minimumLength, have: octets.byteCount)
        }
        let first = octets.readUInt8(at: 0)
        version = first >> 4
        headerLength = first & 0xf
        dscp = octets.readUInt8(at: 1) >> 2
        ecn = octets.readUInt8(at: 1) & 0x3
        totalLength = octets.readUInt16(at: 2)
        identification = octets.readUInt16(at: 4)
        let fragment = octets.readUInt16(at: 6)
        reservedFlag = fragment & 0x8000 != 0
        dontFragment = fragment & 0x4000 != 0
        moreFragments = fragment & 0x2000 != 0
        fragmentOffset = fragment & 0x1fff
        ttl = octets.readUInt8(at: 8)
        protocolNumber = octets.readUInt8(at: 9)
        checksum = octets.readUInt16(at: 10)
        source = IPAddress(v4: octets.readUInt32(at: 12))
        destination = IPAddress(v4: octets.readUInt32(at: 16))
        let end = min(Int(headerLength) * 4, octets.byteCount)
        if end > Self.minimumLength { options = octets.readOctets(Self.minimumLength..<end) }
    }

    /// The header as octets: exactly the fields, nothing computed.
    package func encoded() -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(Self.minimumLength + options.count)
        octets.append(version << 4 | headerLength & 0xf)
        octets.append(dscp << 2 | ecn & 0x3)
        octets.append(bigEndian: totalLength)
        octets.append(bigEndian: identification)
        octets.append(
            bigEndian: (reservedFlag ? 0x8000 : 0) | (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0)
                | fragmentOffset & 0x1fff)
        octets.append(ttl)
        octets.append(protocolNumber)
        octets.append(bigEndian: checksum)
        octets.append(bigEndian: source.v4Bits ?? 0)
        octets.append(bigEndian: destination.v4Bits ?? 0)
        octets += options
        return octets
    }
}
