package import Engine

/// A packet that somebody pasted, decoded without touching the wire.
package struct DecodedPacketModel {
    private let octets: [UInt8]
    private let headers: PacketHeaders
    /// Options that are shown by name.
    private let definitions: [OptionDefinition]

    /// Fails where the octets don't begin with an IP header.
    package init(_ octets: [UInt8], definitions: [OptionDefinition] = []) throws(WireError) {
        self.octets = octets
        self.definitions = definitions
        headers = try PacketHeaders(octets)
    }

    /// The headers as a record shows them, every field explained, and the checksum's addition step by step.
    package var json: JSON {
        let addition = ChecksumAddition(octets, headers)
        let present = min(headers.payloadLength, octets.count - headers.length)
        let payload = Array(octets[headers.length..<headers.length + present])
        let packet = LonePacket(
            headers: headers, checksumVerdict: verdict, expectedChecksum: addition?.expected, definitions: definitions)
        let rest: JSON = [
            "payload": [
                "length": .integer(headers.payloadLength), "captured": .integer(present),
                "text": PayloadEncoding.text.json(payload), "hex": PayloadEncoding.hex.json(payload),
            ],
            "checksumAddition": addition.map { .array($0.steps.map(\.json)) } ?? .null,
        ]
        return FieldSelection.headers(of: packet).merging(rest)
            .merging(PacketDescription(octets, definitions: definitions).json(octets))
    }

    private var verdict: ChecksumVerdict {
        let span = octets.span.bytes
        guard var view = try? PacketView(parsing: span) else { return .unverifiable }
        return view.verifyChecksum(span)
    }
}

/// A packet with no connection around it: no number is relative to another, and no scale is known.
private struct LonePacket: FieldSource, TCPHeaderContext {
    let headers: PacketHeaders?
    let checksumVerdict: ChecksumVerdict
    let expectedChecksum: UInt16?
    let definitions: [OptionDefinition]

    func relativeSequence(_ sequence: SequenceNumber) -> UInt32? { nil }
    func relativeAcknowledgment(_ acknowledgment: SequenceNumber) -> UInt32? { nil }
    func scaledWindow(_ window: UInt16, flags: TCPFlags) -> Int { Int(window) }
    func leavesOut(_ field: SegmentField) -> Bool { false }

    func write(_ field: SegmentField, to sink: inout some JSONSink) {
        guard let headers else { return sink.writeNull() }
        if let tcp = headers.tcp, field.path[0] == "tcp" { return field.write(tcp, in: self, to: &sink) }
        field.write(headers.ip, to: &sink)
    }
}

extension ChecksumAddition.Step {
    /// As answers show it.
    fileprivate var json: JSON {
        [
            "label": .string(label), "word": .string("0x" + word.hexDigits), "words": .integer(words),
            "sum": .string("0x" + String(sum, radix: 16)),
        ]
    }
}
