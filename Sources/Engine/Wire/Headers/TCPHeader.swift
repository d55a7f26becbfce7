/// A TCP header (RFC 9293 §3.1) with every field as it stands there. It never judges: people craft illegal segments.
package struct TCPHeader: Hashable, Sendable {
    /// Octets of the header without options.
    package static let minimumLength = 20

    package var sourcePort: UInt16 = 0
    package var destinationPort: UInt16 = 0
    package var sequence = SequenceNumber(0)
    package var acknowledgment = SequenceNumber(0)
    /// In 32-bit words; below 5 is illegal.
    package var dataOffset: UInt8 = 5
    /// The four bits after the data offset; the lowest is the flag AE.
    package var reserved: UInt8 = 0
    /// CWR … FIN, eight bits; `flags` adds AE.
    package var controlBits: UInt8 = 0
    package var window: UInt16 = 0
    package var checksum: UInt16 = 0
    package var urgentPointer: UInt16 = 0
    /// The option octets that are there, verbatim.
    package var options: [UInt8] = []

    package init() {}

    /// The nine flags; setting them keeps the upper three reserved bits.
    package var flags: TCPFlags {
        get { TCPFlags(rawValue: UInt16(reserved & 1) << 8 | UInt16(controlBits)) }
        set {
            reserved = reserved & 0xe | (newValue.contains(.ae) ? 1 : 0)
            controlBits = UInt8(truncatingIfNeeded: newValue.rawValue)
        }
    }

    /// Reads what the octets say. Only fewer than 20 octets are an error: a data offset beyond them gives the options
    /// that are there.
    package init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= Self.minimumLength else {
            throw .truncated(needed: Self.minimumLength, have: octets.byteCount)
        }
        sourcePort = octets.readUInt16(at: 0)
        destinationPort = octets.readUInt16(at: 2)
        sequence = SequenceNumber(octets.readUInt32(at: 4))
        acknowledgment = SequenceNumber(octets.readUInt32(at: 8))
        dataOffset = octets.readUInt8(at: 12) >> 4
        reserved = octets.readUInt8(at: 12) & 0xf
        controlBits = octets.readUInt8(at: 13)
        window = octets.readUInt16(at: 14)
        checksum = octets.readUInt16(at: 16)
        urgentPointer = octets.readUInt16(at: 18)
        let end = min(Int(dataOffset) * 4, octets.byteCount)
        if end > Self.minimumLength { options = octets.readOctets(Self.minimumLength..<end) }
    }

    /// The header as octets: exactly the fields, nothing computed.
    package func encoded() -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(Self.minimumLength + options.count)
        octets.append(bigEndian: sourcePort)
        octets.append(bigEndian: destinationPort)
        octets.append(bigEndian: sequence.rawValue)
        octets.append(bigEndian: acknowledgment.rawValue)
        octets.append(dataOffset << 4 | reserved & 0xf)
        octets.append(controlBits)
        octets.append(bigEndian: window)
        octets.append(bigEndian: checksum)
        octets.append(bigEndian: urgentPointer)
        octets += options
        return octets
    }
}
