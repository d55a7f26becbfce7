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
        let object: JSON = [
            "ip": headers.ip.json,
            "tcp": headers.tcp.map { tcp in segment(tcp, addition).json } ?? .null,
            "payload": [
                "length": .integer(headers.payloadLength), "captured": .integer(present),
                "text": PayloadEncoding.text.json(payload), "hex": PayloadEncoding.hex.json(payload),
            ],
            "checksumAddition": addition.map { .array($0.steps.map(\.json)) } ?? .null,
        ]
        return object.merging(PacketDescription(octets, definitions: definitions).json(octets))
    }

    private func segment(_ tcp: TCPHeader, _ addition: ChecksumAddition?) -> TCPHeaderModel {
        TCPHeaderModel(
            header: tcp, scaledWindow: Int(tcp.window), verdict: verdict, expectedChecksum: addition?.expected,
            definitions: definitions)
    }

    private var verdict: ChecksumVerdict {
        let span = octets.span.bytes
        guard var view = try? PacketView(parsing: span) else { return .unverifiable }
        return view.verifyChecksum(span)
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
