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
            if let ip = segment.headers?.ip { write(ip, to: &sink) } else { sink.writeNull() }
        case .tcpSourcePort, .tcpDestinationPort, .tcpSequence, .tcpAcknowledgment, .tcpRelativeSequence,
            .tcpRelativeAcknowledgment, .tcpDataOffset, .tcpReserved, .tcpFlags, .tcpWindow, .tcpScaledWindow,
            .tcpChecksumValue, .tcpChecksumVerdict, .tcpChecksumExpected, .tcpUrgentPointer, .tcpOptions:
            if let tcp = segment.tcp { write(tcp, in: segment, to: &sink) } else { sink.writeNull() }
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
