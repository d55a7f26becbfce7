extension OutboundPacket {
    /// A packet of octets that are all there already, checksums included.
    package init(_ octets: [UInt8], destination: Endpoint) {
        self.init(destination: destination, record: 0)
        let parsed = (try? PacketHeaders(octets))?.length ?? 0
        headerLength = min(parsed, Self.headerCapacity, octets.count)
        for at in 0..<headerLength { header[at] = octets[at] }
        guard octets.count > headerLength else { return }
        let block = OctetBlock()
        let length = block.append(octets.span.bytes, from: headerLength)
        payload = OctetSlice(block: block, offset: 0, count: length)
    }

    /// The whole datagram.
    package var octets: [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(length)
        for at in 0..<headerLength { octets.append(header[at]) }
        for slice in [payload, continuation] {
            guard let slice else { continue }
            octets += slice.octets
        }
        return octets
    }
}

extension PacketHeaders {
    /// What the TCP checksum of the packet is worth, of which `octets` hold as much as there is.
    package func checksumVerdict(_ octets: [UInt8]) -> ChecksumVerdict {
        guard let tcp, let right = rightChecksum(octets) else { return .unverifiable }
        if tcp.checksum == right { return .good }
        var sum = Checksum()
        sum.addPseudoHeader(source: source, destination: destination, length: tcpLength + payloadLength)
        if tcp.checksum == sum.folded { return .offloaded }
        return tcp.checksum == 0 ? .zero : .bad
    }
}
