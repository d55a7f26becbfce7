package import Engine

/// A member of a record, by its path in the JSON of a record: what `fields=` and the columns name. In the order in which
/// records show them.
package enum SegmentField: String, CaseIterable, Hashable, Sendable {
    case number, time, elapsed, connection, direction, cause, rule, because, retransmits, answers, impairment
    case wireTime, kernelRewrote
    case ipVersion = "ip.version"
    case ipSource = "ip.source"
    case ipDestination = "ip.destination"
    case ipTTL = "ip.ttl"
    case ipDSCP = "ip.dscp"
    case ipECN = "ip.ecn"
    case ipID = "ip.id"
    case ipDontFragment = "ip.dontFragment"
    case ipLength = "ip.length"
    case ipReconstructed = "ip.reconstructed"
    case tcpSourcePort = "tcp.sourcePort"
    case tcpDestinationPort = "tcp.destinationPort"
    case tcpSequence = "tcp.sequence"
    case tcpAcknowledgment = "tcp.acknowledgment"
    case tcpRelativeSequence = "tcp.relativeSequence"
    case tcpRelativeAcknowledgment = "tcp.relativeAcknowledgment"
    case tcpDataOffset = "tcp.dataOffset"
    case tcpReserved = "tcp.reserved"
    case tcpFlags = "tcp.flags"
    case tcpWindow = "tcp.window"
    case tcpScaledWindow = "tcp.scaledWindow"
    case tcpChecksumValue = "tcp.checksum.value"
    case tcpChecksumVerdict = "tcp.checksum.verdict"
    case tcpChecksumExpected = "tcp.checksum.expected"
    case tcpUrgentPointer = "tcp.urgentPointer"
    case tcpOptions = "tcp.options"
    case payloadLength = "payload.length"
    case payloadCaptured = "payload.captured"
    case payloadText = "payload.text"
    case payloadHex = "payload.hex"
    case payloadBase64 = "payload.base64"
    case analysis
    case before = "before.state"
    case after = "after.state"

    /// The names from the record's root down.
    var path: [Substring] { rawValue.split(separator: ".") }

    /// The encoding that the field shows a payload in; nil for every other field.
    var payloadEncoding: PayloadEncoding? {
        switch self {
        case .payloadText: .text
        case .payloadHex: .hex
        case .payloadBase64: .base64
        default: nil
        }
    }

    /// It is left out of a record that has nothing to say of it.
    var isOptional: Bool { self == .ipReconstructed || self == .wireTime || self == .kernelRewrote }

    /// What a table shows that names no fields: everything but payloads, and but what takes an addition over a payload.
    static let table = allCases.filter { $0.payloadEncoding == nil && $0 != .tcpChecksumExpected && !$0.isOptional }
}

extension SegmentField {
    /// The field's value in a segment.
    package func value(in segment: DecodedSegment) -> JSON {
        let record = segment.record
        switch self {
        case .number: return .number(record.number)
        case .time: return .string(Timestamp.text(nanoseconds: record.wallTime))
        case .elapsed: return record.elapsed.json
        case .connection: return .string(record.connection?.description)
        case .direction: return .string(record.direction.name)
        case .cause: return .string(record.cause.name)
        case .rule: return .string(record.rule.name)
        case .because: return record.because.map { .number($0) } ?? .null
        case .retransmits: return record.retransmits.map { .number($0) } ?? .null
        case .answers: return .array(record.answers.map { .number($0) })
        case .impairment: return record.impairment?.json ?? .null
        case .wireTime: return .string(record.echo.map { Timestamp.text(nanoseconds: $0.wallTime) })
        case .kernelRewrote: return record.echo.map { .array($0.rewritten.map { .string($0) }) } ?? .null
        case .payloadLength: return .integer(record.payloadLength)
        case .payloadCaptured: return .integer(record.captured)
        case .payloadText: return PayloadEncoding.text.json(record.payload)
        case .payloadHex: return PayloadEncoding.hex.json(record.payload)
        case .payloadBase64: return PayloadEncoding.base64.json(record.payload)
        case .analysis: return .array(segment.analysis.words.map { .string($0.rawValue) })
        case .before: return .string(record.before.name)
        case .after: return .string(record.after.name)
        case .ipVersion, .ipSource, .ipDestination, .ipTTL, .ipDSCP, .ipECN, .ipID, .ipDontFragment, .ipLength:
            return segment.headers.map { value(in: $0.ip) } ?? .null
        case .ipReconstructed:
            // An IPv6 raw socket leaves the header out: what arrived was put together from what the kernel told beside it.
            guard case .v6? = segment.headers?.ip, record.direction == .inbound else { return .null }
            return true
        case .tcpSourcePort, .tcpDestinationPort, .tcpSequence, .tcpAcknowledgment, .tcpRelativeSequence,
            .tcpRelativeAcknowledgment, .tcpDataOffset, .tcpReserved, .tcpFlags, .tcpWindow, .tcpScaledWindow,
            .tcpChecksumValue, .tcpChecksumVerdict, .tcpChecksumExpected, .tcpUrgentPointer, .tcpOptions:
            return segment.tcp.map { value(in: $0, of: record) } ?? .null
        }
    }

    /// What only IPv4 has is null for IPv6.
    private func value(in ip: PacketHeaders.IP) -> JSON {
        switch (self, ip) {
        case (.ipVersion, .v4(let header)): .number(header.version)
        case (.ipVersion, .v6(let header)): .number(header.version)
        case (.ipSource, .v4(let header)): .string(header.source.description)
        case (.ipSource, .v6(let header)): .string(header.source.description)
        case (.ipDestination, .v4(let header)): .string(header.destination.description)
        case (.ipDestination, .v6(let header)): .string(header.destination.description)
        case (.ipTTL, .v4(let header)): .number(header.ttl)
        case (.ipTTL, .v6(let header)): .number(header.hopLimit)
        case (.ipDSCP, .v4(let header)): .number(header.dscp)
        case (.ipDSCP, .v6(let header)): .number(header.dscp)
        case (.ipECN, .v4(let header)): .number(header.ecn)
        case (.ipECN, .v6(let header)): .number(header.ecn)
        case (.ipID, .v4(let header)): .number(header.identification)
        case (.ipDontFragment, .v4(let header)): .bool(header.dontFragment)
        case (.ipLength, .v4(let header)): .number(header.totalLength)
        case (.ipLength, .v6(let header)): .integer(IPv6Header.length + Int(header.payloadLength))
        default: .null
        }
    }

    private func value(in tcp: TCPHeader, of record: SegmentRecord) -> JSON {
        switch self {
        case .tcpSourcePort: return .number(tcp.sourcePort)
        case .tcpDestinationPort: return .number(tcp.destinationPort)
        case .tcpSequence: return .number(tcp.sequence.rawValue)
        case .tcpAcknowledgment: return .number(tcp.acknowledgment.rawValue)
        case .tcpRelativeSequence: return record.relativeSequence(tcp.sequence).map { .number($0) } ?? .null
        case .tcpRelativeAcknowledgment:
            let relative = tcp.flags.contains(.ack) ? record.relativeAcknowledgment(tcp.acknowledgment) : nil
            return relative.map { .number($0) } ?? .null
        case .tcpDataOffset: return .number(tcp.dataOffset)
        case .tcpReserved: return .number(tcp.reserved)
        case .tcpFlags: return .array(tcp.flags.setNames.map { .string($0) })
        case .tcpWindow: return .number(tcp.window)
        case .tcpScaledWindow: return .integer(record.scaledWindow(tcp.window, flags: tcp.flags))
        case .tcpChecksumValue: return .string("0x" + tcp.checksum.hexDigits)
        case .tcpChecksumVerdict: return .string(record.checksumVerdict.name)
        case .tcpChecksumExpected: return .string(record.expectedChecksum.map { "0x" + $0.hexDigits })
        case .tcpUrgentPointer: return .number(tcp.urgentPointer)
        case .tcpOptions:
            return .array(TCPOption.decode(tcp.options).compactMap { $0.json(record.definitions) })
        default: return .null
        }
    }
}
