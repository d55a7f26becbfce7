/// The log as a Mermaid sequence diagram: our endpoints and the peers' as participants, each segment as an arrow. Only
/// numbers, flags and our own words go into it, so that nothing a peer sends can steer whoever draws it.
package struct SequenceDiagram {
    private var participants: [Endpoint: Int] = [:]

    package init() {}

    /// What a diagram begins with.
    package static let header = "sequenceDiagram\n"

    /// A segment's arrow, after the participants that appear for the first time.
    package mutating func lines(for segment: DecodedSegment) -> String {
        guard let tcp = segment.tcp, let source = segment.source, let destination = segment.destination else {
            return ""
        }
        var lines = ""
        let from = name(of: source, &lines)
        let to = name(of: destination, &lines)
        let arrow = segment.record.cause.isOrdinary ? "->>" : "--x"
        lines += "    \(from)\(arrow)\(to): \(label(segment, tcp))\n"
        let record = segment.record
        if record.before != record.after {
            let own = record.direction == .outbound ? from : to
            lines += "    Note over \(own): \(record.before) to \(record.after)\n"
        }
        return lines
    }

    private mutating func name(of endpoint: Endpoint, _ lines: inout String) -> String {
        if let number = participants[endpoint] { return "e\(number)" }
        let number = participants.count + 1
        participants[endpoint] = number
        lines += "    participant e\(number) as \(endpoint)\n"
        return "e\(number)"
    }

    private func label(_ segment: DecodedSegment, _ tcp: TCPHeader) -> String {
        let flags = tcp.flags.setNames.joined(separator: ",")
        // Without # and ;, which begin an entity and end a statement.
        var text = "\(segment.record.number) \(flags.isEmpty ? "no flags" : flags)"
        if let sequence = segment.sequence { text += " seq \(sequence)" }
        if let acknowledgment = segment.acknowledgment { text += " ack \(acknowledgment)" }
        if segment.record.payloadLength > 0 { text += " len \(segment.record.payloadLength)" }
        return text + " (\(segment.record.cause.name))"
    }
}

extension Cause {
    /// It is neither a repetition nor something that was refused.
    fileprivate var isOrdinary: Bool {
        switch self {
        case .duplicate, .outOfWindow, .oldAck, .badChecksum, .malformed, .unknownConnection, .paws, .impaired: false
        case .syn, .synAck, .data, .ack, .delayedAck, .duplicateAck, .fin, .rst, .rto, .fastRetransmit,
            .sackRetransmit, .rackRetransmit, .tailLossProbe, .windowProbe, .windowUpdate, .keepAlive, .challengeAck,
            .crafted, .scenario, .mtuRetransmit, .accepted, .outOfOrder, .observed, .kernelTwin:
            true
        }
    }
}
