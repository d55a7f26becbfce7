import Engine

// One table of what answers say of a header: for the records of the log, and for packets that never were in it.

extension SegmentField {
    /// The members of `ip`.
    static let ipHeader = allCases.filter { $0.path[0] == "ip" && !$0.isOptional }
    /// The members of `tcp`.
    static let tcpHeader = allCases.filter { $0.path[0] == "tcp" }

    /// Writes a field of an IP header.
    func write(_ header: PacketHeaders.IP, to sink: inout some JSONSink) {
        switch header {
        case .v4(let header): write(header, to: &sink)
        case .v6(let header): write(header, to: &sink)
        }
    }

    private func write(_ header: IPv4Header, to sink: inout some JSONSink) {
        switch self {
        case .ipVersion: sink.write(number: header.version)
        case .ipSource: sink.write(header.source.description)
        case .ipDestination: sink.write(header.destination.description)
        case .ipTTL: sink.write(number: header.ttl)
        case .ipDSCP: sink.write(number: header.dscp)
        case .ipECN: sink.write(number: header.ecn)
        case .ipID: sink.write(number: header.identification)
        case .ipDontFragment: sink.write(header.dontFragment)
        case .ipLength: sink.write(number: header.totalLength)
        default: sink.writeNull()
        }
    }

    /// What only IPv4 has is null.
    private func write(_ header: IPv6Header, to sink: inout some JSONSink) {
        switch self {
        case .ipVersion: sink.write(number: header.version)
        case .ipSource: sink.write(header.source.description)
        case .ipDestination: sink.write(header.destination.description)
        case .ipTTL: sink.write(number: header.hopLimit)
        case .ipDSCP: sink.write(number: header.dscp)
        case .ipECN: sink.write(number: header.ecn)
        case .ipLength: sink.write(IPv6Header.length + Int(header.payloadLength))
        default: sink.writeNull()
        }
    }

    /// Writes a field of a TCP header.
    func write(_ tcp: TCPHeader, in context: some TCPHeaderContext, to sink: inout some JSONSink) {
        switch self {
        case .tcpSourcePort: sink.write(number: tcp.sourcePort)
        case .tcpDestinationPort: sink.write(number: tcp.destinationPort)
        case .tcpSequence: sink.write(number: tcp.sequence.rawValue)
        case .tcpAcknowledgment: sink.write(number: tcp.acknowledgment.rawValue)
        case .tcpRelativeSequence: sink.write(number: context.relativeSequence(tcp.sequence))
        case .tcpRelativeAcknowledgment:
            sink.write(number: tcp.flags.contains(.ack) ? context.relativeAcknowledgment(tcp.acknowledgment) : nil)
        case .tcpDataOffset: sink.write(number: tcp.dataOffset)
        case .tcpReserved: sink.write(number: tcp.reserved)
        case .tcpFlags:
            sink.write(array: TCPFlags.names.lazy.filter { tcp.flags.contains($0.flag) }) { $0.write($1.name) }
        case .tcpWindow: sink.write(number: tcp.window)
        case .tcpScaledWindow: sink.write(context.scaledWindow(tcp.window, flags: tcp.flags))
        case .tcpChecksumValue: sink.write("0x" + tcp.checksum.hexDigits)
        case .tcpChecksumVerdict: sink.write(context.checksumVerdict.name)
        case .tcpChecksumExpected: sink.write(text: context.expectedChecksum.map { "0x" + $0.hexDigits })
        case .tcpUrgentPointer: sink.write(number: tcp.urgentPointer)
        case .tcpOptions:
            sink.write(array: TCPOption.decode(tcp.options)) { sink, option in
                if let json = option.json(context.definitions) { sink.write(json) }
            }
        default: sink.writeNull()
        }
    }
}

/// What is known of a TCP header beyond its octets.
protocol TCPHeaderContext {
    /// Counted from the peers' initial sequence numbers; nil where these are unknown.
    func relativeSequence(_ sequence: SequenceNumber) -> UInt32?
    func relativeAcknowledgment(_ acknowledgment: SequenceNumber) -> UInt32?
    /// The window by the scale that was negotiated.
    func scaledWindow(_ window: UInt16, flags: TCPFlags) -> Int
    var checksumVerdict: ChecksumVerdict { get }
    /// The checksum that would be right; nil where it takes octets that are not there.
    var expectedChecksum: UInt16? { get }
    /// Options that are shown by name.
    var definitions: [OptionDefinition] { get }
}

/// Each asks the record in place: handing it over would copy its 256 octets and more.
extension DecodedSegment: TCPHeaderContext {
    func relativeSequence(_ sequence: SequenceNumber) -> UInt32? { record.relativeSequence(sequence) }
    func relativeAcknowledgment(_ acknowledgment: SequenceNumber) -> UInt32? {
        record.relativeAcknowledgment(acknowledgment)
    }
    func scaledWindow(_ window: UInt16, flags: TCPFlags) -> Int { record.scaledWindow(window, flags: flags) }
    var checksumVerdict: ChecksumVerdict { record.checksumVerdict }
    var expectedChecksum: UInt16? { record.expectedChecksum }
    var definitions: [OptionDefinition] { record.definitions }
}
