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

    /// Reads the endpoints and the sequence number out of a quoted IPv4 datagram. RFC 792: "The internet header plus the
    /// first 64 bits of the original datagram's data", which is just enough. nil if it is shorter, or not TCP.
    static func parseQuote(_ quote: RawSpan) -> (connection: FourTuple, sequence: SequenceNumber)? {
        func byte(_ offset: Int) -> UInt32 { UInt32(quote.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) }
        func word(_ offset: Int) -> UInt32 {
            byte(offset) << 24 | byte(offset + 1) << 16 | byte(offset + 2) << 8 | byte(offset + 3)
        }
        guard quote.byteCount >= 20, byte(0) >> 4 == 4, byte(9) == 6 else { return nil }
        let text = Int(byte(0) & 15) * 4
        guard text >= 20, quote.byteCount >= text + 8 else { return nil }
        let connection = FourTuple(
            local: Endpoint(IPAddress(v4: word(12)), UInt16(word(text) >> 16)),
            remote: Endpoint(IPAddress(v4: word(16)), UInt16(truncatingIfNeeded: word(text))))
        return (connection, SequenceNumber(word(text + 4)))
    }
}
