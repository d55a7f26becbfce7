package import Engine

/// How a payload is shown.
package enum PayloadEncoding: String, CaseIterable, Sendable {
    case text
    case hex
    case base64

    /// The octets in this encoding; as text null unless they are UTF-8.
    package func json(_ octets: [UInt8]) -> JSON {
        switch self {
        case .text: .string(String(validating: octets, as: UTF8.self))
        case .hex: .string(String(hex: octets))
        case .base64: .string(Base64.encode(octets))
        }
    }
}

/// A record of the segment log as answers show it.
package struct SegmentModel {
    private let segment: DecodedSegment

    package init(_ segment: DecodedSegment) { self.segment = segment }

    /// A record that stands alone: its analysis is what shows in itself.
    package init(_ record: SegmentRecord) { segment = DecodedSegment(record, analysis: record.ownAnalysis) }

    /// The record, with its payload if an encoding is given.
    package func json(payload: PayloadEncoding? = nil) -> JSON {
        var builder = JSONBuilder()
        FieldSelection.record(payload: payload).write(segment, to: &builder)
        return builder.value
    }

    /// The record with every field explained, its octets and its bits.
    package func detailedJSON(payload: PayloadEncoding?) -> JSON {
        let record = segment.record
        let description = PacketDescription(record.octets, definitions: record.definitions)
        return json(payload: payload).merging(description.json(record.octets))
    }
}

extension TCPOption {
    /// As answers show it; nil for what only fills up space (the fields of a segment show that, too).
    func json(_ definitions: [OptionDefinition]) -> JSON? {
        if case .unknown(let kind, let data) = self,
            let named = definitions.definition(kind: kind, data: data)?.json(kind: kind, data: data)
        {
            return named
        }
        var members: [JSON.Member] = [.init("kind", .number(kind)), .init("name", .string(name))]
        switch self {
        case .endOfOptions, .noOperation: return nil
        case .sackPermitted: break
        case .maximumSegmentSize(let size): members.append(.init("value", .number(size)))
        case .windowScale(let shift): members.append(.init("value", .number(shift)))
        case .timestamps(let value, let echo):
            members += [.init("value", .number(value)), .init("echo", .number(echo))]
        case .userTimeout(let inMinutes, let value):
            members.append(.init("value", .integer(Int(value) * (inMinutes ? 60 : 1))))
        case .sack(let blocks):
            let pairs = blocks.map { block -> JSON in
                ["start": .number(block.start.rawValue), "end": .number(block.end.rawValue)]
            }
            members.append(.init("blocks", .array(pairs)))
        case .fastOpen(let octets), .unknown(_, let octets), .malformed(let octets):
            members.append(.init("hex", .string(String(hex: octets))))
        }
        if case .malformed = self { members.append(.init("malformed", true)) }
        return .object(members)
    }
}

extension PacketDescription {
    /// `fields`, `hex` and `bits` of a packet of which these octets are there.
    func json(_ octets: [UInt8]) -> JSON {
        [
            "fields": .array(fields.map(\.json)),
            "hex": .string(String(hex: octets)),
            "bits": .array(bits.map { .string($0) }),
        ]
    }
}

extension HeaderField {
    /// As answers show it.
    fileprivate var json: JSON {
        let value: JSON =
            switch value {
            case .number(let number): .number(number)
            case .address(let address): .string(address.description)
            case .octets(let octets): .string(String(hex: octets))
            }
        return [
            "name": .string(name), "bitOffset": .integer(bitOffset), "bitLength": .integer(bitLength), "value": value,
            "text": .string(text), "rfc": .string(rfc),
        ]
    }
}
