package import Engine

extension SegmentField {
    /// The record has nothing to say of the field, and leaves it out.
    func isLeftOut(of segment: DecodedSegment) -> Bool {
        guard isOptional else { return false }
        return self == .ipReconstructed ? !segment.hasReconstructedHeader : segment.record.echo == nil
    }

    /// Writes the field's value in a segment; null where it has none. The record is named anew in each case, because a local
    /// copy of it, 256 octets and more, takes as long as writing a number.
    package func write(_ segment: DecodedSegment, to sink: inout some JSONSink) {
        switch self {
        case .number: sink.write(number: segment.record.number)
        case .time: sink.write(time: segment.record.wallTime)
        case .elapsed: sink.write(seconds: segment.record.elapsed)
        case .connection: sink.write(text: segment.record.connection?.description)
        case .direction: sink.write(segment.record.direction.name)
        case .cause: sink.write(segment.record.cause.name)
        case .rule: sink.write(text: segment.record.rule.name)
        case .because: sink.write(number: segment.record.because)
        case .retransmits: sink.write(number: segment.record.retransmits)
        case .answers: sink.write(array: segment.record.answers) { $0.write(number: $1) }
        case .impairment: sink.write(segment.record.impairment?.json ?? .null)
        case .wireTime: if let echo = segment.record.echo { sink.write(time: echo.wallTime) } else { sink.writeNull() }
        case .kernelRewrote:
            if let echo = segment.record.echo {
                sink.write(array: echo.rewritten) { $0.write($1) }
            } else {
                sink.writeNull()
            }
        case .payloadLength: sink.write(segment.record.payloadLength)
        case .payloadCaptured: sink.write(segment.record.captured)
        case .payloadText: sink.write(PayloadEncoding.text.json(segment.record.payload))
        case .payloadHex: sink.write(PayloadEncoding.hex.json(segment.record.payload))
        case .payloadBase64: sink.write(PayloadEncoding.base64.json(segment.record.payload))
        case .analysis: sink.write(array: segment.analysis.words) { $0.write($1.rawValue) }
        case .before: sink.write(segment.record.before.name)
        case .after: sink.write(segment.record.after.name)
        case .ipReconstructed: if segment.hasReconstructedHeader { sink.write(true) } else { sink.writeNull() }
        case .ipVersion, .ipSource, .ipDestination, .ipTTL, .ipDSCP, .ipECN, .ipID, .ipDontFragment, .ipLength:
            switch segment.headers?.ip {
            case .v4(let header)?: write(header, to: &sink)
            case .v6(let header)?: write(header, to: &sink)
            case nil: sink.writeNull()
            }
        case .tcpSourcePort, .tcpDestinationPort, .tcpSequence, .tcpAcknowledgment, .tcpRelativeSequence,
            .tcpRelativeAcknowledgment, .tcpDataOffset, .tcpReserved, .tcpFlags, .tcpWindow, .tcpScaledWindow,
            .tcpChecksumValue, .tcpChecksumVerdict, .tcpChecksumExpected, .tcpUrgentPointer, .tcpOptions:
            if let tcp = segment.tcp { write(tcp, in: segment, to: &sink) } else { sink.writeNull() }
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

    private func write(_ tcp: TCPHeader, in segment: DecodedSegment, to sink: inout some JSONSink) {
        switch self {
        case .tcpSourcePort: sink.write(number: tcp.sourcePort)
        case .tcpDestinationPort: sink.write(number: tcp.destinationPort)
        case .tcpSequence: sink.write(number: tcp.sequence.rawValue)
        case .tcpAcknowledgment: sink.write(number: tcp.acknowledgment.rawValue)
        case .tcpRelativeSequence: sink.write(number: segment.record.relativeSequence(tcp.sequence))
        case .tcpRelativeAcknowledgment:
            sink.write(
                number: tcp.flags.contains(.ack) ? segment.record.relativeAcknowledgment(tcp.acknowledgment) : nil)
        case .tcpDataOffset: sink.write(number: tcp.dataOffset)
        case .tcpReserved: sink.write(number: tcp.reserved)
        case .tcpFlags:
            sink.write(array: TCPFlags.names.lazy.filter { tcp.flags.contains($0.flag) }) { $0.write($1.name) }
        case .tcpWindow: sink.write(number: tcp.window)
        case .tcpScaledWindow: sink.write(segment.record.scaledWindow(tcp.window, flags: tcp.flags))
        case .tcpChecksumValue: sink.write("0x" + tcp.checksum.hexDigits)
        case .tcpChecksumVerdict: sink.write(segment.record.checksumVerdict.name)
        case .tcpChecksumExpected: sink.write(text: segment.record.expectedChecksum.map { "0x" + $0.hexDigits })
        case .tcpUrgentPointer: sink.write(number: tcp.urgentPointer)
        case .tcpOptions:
            sink.write(array: TCPOption.decode(tcp.options)) { sink, option in
                if let json = option.json(segment.record.definitions) { sink.write(json) }
            }
        default: sink.writeNull()
        }
    }
}

extension DecodedSegment {
    /// An IPv6 raw socket leaves the header out: what arrived was put together from what the kernel told beside it.
    fileprivate var hasReconstructedHeader: Bool {
        guard case .v6? = headers?.ip else { return false }
        return record.direction == .inbound
    }
}
