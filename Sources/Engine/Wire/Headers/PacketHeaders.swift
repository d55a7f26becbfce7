/// The headers of a packet as far as its octets go, legal or not. What a log record or a pasted packet is decoded from;
/// the hot path has `PacketView`.
package struct PacketHeaders: Hashable, Sendable {
    /// The IP header of either version.
    package enum IP: Hashable, Sendable {
        case v4(IPv4Header)
        case v6(IPv6Header)
    }

    package let ip: IP
    /// nil: another protocol, a later fragment, or too few octets.
    package let tcp: TCPHeader?
    /// Octets of the IP header that are there.
    package let ipLength: Int
    /// Octets of the TCP header that are there.
    package let tcpLength: Int
    /// Octets of payload, by the IP length.
    package let payloadLength: Int

    /// Octets of both headers.
    package var length: Int { ipLength + tcpLength }

    /// Reads the headers. Fails only where there is no IP header.
    package init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount > 0 else { throw .truncated(needed: 20, have: 0) }
        let total: Int
        let mayHoldTCP: Bool
        switch octets.readUInt8(at: 0) >> 4 {
        case 4:
            let header = try IPv4Header(parsing: octets)
            ip = .v4(header)
            ipLength = IPv4Header.minimumLength + header.options.count
            total = Int(header.totalLength)
            mayHoldTCP = header.protocolNumber == 6 && header.fragmentOffset == 0
        case 6:
            let header = try IPv6Header(parsing: octets)
            ip = .v6(header)
            ipLength = IPv6Header.length
            total = ipLength + Int(header.payloadLength)
            mayHoldTCP = header.nextHeader == 6
        case let version: throw .badVersion(Int(version))
        }
        tcp = mayHoldTCP ? try? TCPHeader(parsing: octets.extracting(ipLength..<octets.byteCount)) : nil
        tcpLength = tcp.map { TCPHeader.minimumLength + $0.options.count } ?? 0
        payloadLength = max(0, total - ipLength - tcpLength)
    }

    /// Reads the headers of a packet held in an array.
    package init(_ octets: [UInt8]) throws(WireError) { try self.init(parsing: octets.span.bytes) }

    package var source: IPAddress {
        switch ip {
        case .v4(let header): header.source
        case .v6(let header): header.source
        }
    }

    package var destination: IPAddress {
        switch ip {
        case .v4(let header): header.destination
        case .v6(let header): header.destination
        }
    }

    /// The TCP checksum that would be right; nil unless `octets`, the packet, hold the whole segment.
    package func rightChecksum(_ octets: [UInt8]) -> UInt16? {
        let length = tcpLength + payloadLength
        guard tcp != nil, octets.count >= ipLength + length else { return nil }
        var sum = Checksum()
        sum.addPseudoHeader(source: source, destination: destination, length: length)
        sum.add(octets.span.bytes.extracting(ipLength..<ipLength + 16))
        sum.add(octets.span.bytes.extracting(ipLength + 18..<ipLength + length))
        return sum.finished()
    }
}
