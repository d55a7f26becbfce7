/// What `PacketView` wants to know of an IP header of either version, judged: the datagram is a whole one and holds TCP.
struct DatagramFields {
    let source: IPAddress
    let destination: IPAddress
    /// Octets of the IP header.
    let headerLength: Int
    /// Octets of the datagram, header included.
    let totalLength: Int
    let dscp: UInt8
    let ecn: UInt8
    /// Time to live, or hop limit.
    let ttl: UInt8

    /// Reads the header at the beginning of the octets, of which there may be more or fewer than the datagram has.
    @inline(__always)
    init(parsing packet: RawSpan) throws(WireError) {
        guard packet.byteCount >= 1 else { throw .truncated(needed: 1, have: 0) }
        switch packet.readUInt8(at: 0) >> 4 {
        case 4: try self.init(v4: packet)
        case 6: try self.init(v6: packet)
        case let version: throw .badVersion(Int(version))
        }
    }

    /// RFC 791 §3.1.
    @inline(__always)
    private init(v4 packet: RawSpan) throws(WireError) {
        let minimum = IPv4Header.minimumLength
        guard packet.byteCount >= minimum else { throw .truncated(needed: minimum, have: packet.byteCount) }
        headerLength = Int(packet.readUInt8(at: 0) & 0xf) * 4
        guard headerLength >= minimum else { throw .badHeaderLength(headerLength) }
        // More fragments, or an offset.
        guard packet.readUInt16(at: 6) & 0x3fff == 0 else { throw .fragment }
        guard packet.readUInt8(at: 9) == 6 else { throw .notTCP(Int(packet.readUInt8(at: 9))) }
        totalLength = Int(packet.readUInt16(at: 2))
        dscp = packet.readUInt8(at: 1) >> 2
        ecn = packet.readUInt8(at: 1) & 0x3
        ttl = packet.readUInt8(at: 8)
        source = IPAddress(v4: packet.readUInt32(at: 12))
        destination = IPAddress(v4: packet.readUInt32(at: 16))
    }

    /// RFC 8200 §3. Extension headers count as another protocol.
    private init(v6 packet: RawSpan) throws(WireError) {
        headerLength = IPv6Header.length
        guard packet.byteCount >= headerLength else {
            throw .truncated(needed: headerLength, have: packet.byteCount)
        }
        guard packet.readUInt8(at: 6) == 6 else { throw .notTCP(Int(packet.readUInt8(at: 6))) }
        totalLength = headerLength + Int(packet.readUInt16(at: 4))
        let trafficClass = UInt8(truncatingIfNeeded: packet.readUInt16(at: 0) >> 4)
        dscp = trafficClass >> 2
        ecn = trafficClass & 0x3
        ttl = packet.readUInt8(at: 7)
        source = IPAddress(v6: packet.readUInt64(at: 8), packet.readUInt64(at: 16))
        destination = IPAddress(v6: packet.readUInt64(at: 24), packet.readUInt64(at: 32))
    }
}
