extension SegmentRecord {
    /// The headers, read from the octets that every record holds; nil for what is no IP packet.
    package var headers: PacketHeaders? {
        withUnsafeBytes(of: slot.prefix) { octets in
            let present = facts.headerLength > 0 ? Int(facts.headerLength) : slot.inlinePayload
            return try? PacketHeaders(parsing: RawSpan(_unsafeBytes: octets).extracting(0..<present))
        }
    }

    /// The checksum that would be right; nil where that is not known: the payload was not kept whole, and nobody had to
    /// add it up when the segment came.
    package var expectedChecksum: UInt16? {
        if facts.knowsExpectedChecksum { return facts.expectedChecksum }
        guard captured == payloadLength, let headers else { return nil }
        return headers.rightChecksum(octets)
    }
}

extension SegmentRecord {
    /// The registered options of the segment, by name and with their fields.
    var registeredOptionTexts: [String] {
        guard !definitions.isEmpty, let tcp = headers?.tcp else { return [] }
        return TCPOption.decode(tcp.options).compactMap { option in
            guard case .unknown(let kind, let data) = option, definitions.definition(kind: kind, data: data) != nil
            else {
                return nil
            }
            return option.dumpText(definitions)
        }
    }
}
