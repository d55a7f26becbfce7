import Engine

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
