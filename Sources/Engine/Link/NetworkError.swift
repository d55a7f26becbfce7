/// An ICMP error about a TCP segment that this host sent, as the error queue tells it. Anyone on the path may forge one:
/// match `connection` and `sequence` against what is in flight before believing it (RFC 5927).
package struct NetworkError: Hashable, Sendable {
    /// ICMP type and code (RFC 792).
    package var type: UInt8
    package var code: UInt8
    /// The kernel's reading of both: EMSGSIZE, EHOSTUNREACH, ECONNREFUSED …
    package var errno: Int32
    /// The next hop's MTU, where the error has one (RFC 1191).
    package var mtu: Int?
    /// Who sent the error.
    package var offender: IPAddress?
    /// The quoted segment's endpoints, seen from this host.
    package var connection: FourTuple
    /// SEG.SEQ of the quoted segment.
    package var sequence: SequenceNumber

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
