/// One TCP option as it stands in a header (RFC 9293 §3.1). Decoding a list and encoding it again gives the same octets,
/// whatever they were.
package enum TCPOption: Hashable, Sendable {
    /// Kind 0, and the octets after it that fill the header up.
    case endOfOptions(padding: [UInt8])
    /// Kind 1.
    case noOperation
    /// Kind 2, RFC 9293 §3.7.1.
    case maximumSegmentSize(UInt16)
    /// Kind 3, RFC 7323 §2: the shift, not clamped.
    case windowScale(UInt8)
    /// Kind 4, RFC 2018 §2.
    case sackPermitted
    /// Kind 5, RFC 2018 §3.
    case sack([SACKBlock])
    /// Kind 8, RFC 7323 §3.
    case timestamps(value: UInt32, echo: UInt32)
    /// Kind 28, RFC 5482 §3: granularity (minutes, else seconds) and 15 bits of time.
    case userTimeout(inMinutes: Bool, value: UInt16)
    /// Kind 34, RFC 7413 §4.1.1: 4 to 16 octets, or none to ask for a cookie.
    case fastOpen(cookie: [UInt8])
    /// Another kind, with the octets after its length.
    case unknown(kind: UInt8, data: [UInt8])
    /// A known kind with a length that it cannot have, or a length below 2 or beyond the header: all of its octets,
    /// in the second case to the header's end.
    case malformed(octets: [UInt8])

    /// A run of octets that the receiver holds: left edge, and the number after the last (RFC 2018 §3).
    package struct SACKBlock: Hashable, Sendable {
        package var start: SequenceNumber
        package var end: SequenceNumber
        package init(start: SequenceNumber, end: SequenceNumber) {
            self.start = start
            self.end = end
        }
    }

    /// The option's kind octet.
    package var kind: UInt8 {
        switch self {
        case .endOfOptions: OptionKind.endOfOptions.rawValue
        case .noOperation: OptionKind.noOperation.rawValue
        case .maximumSegmentSize: OptionKind.maximumSegmentSize.rawValue
        case .windowScale: OptionKind.windowScale.rawValue
        case .sackPermitted: OptionKind.sackPermitted.rawValue
        case .sack: OptionKind.sack.rawValue
        case .timestamps: OptionKind.timestamps.rawValue
        case .userTimeout: OptionKind.userTimeout.rawValue
        case .fastOpen: OptionKind.fastOpen.rawValue
        case .unknown(let kind, _): kind
        case .malformed(let octets): octets.first ?? 0
        }
    }
}

extension TCPOption {
    /// Decodes the option octets of a header. Never fails: what makes no sense becomes `.malformed`.
    package static func decode(_ octets: [UInt8]) -> [TCPOption] {
        var options: [TCPOption] = []
        var rest = octets[...]
        while let kind = rest.first {
            if kind == OptionKind.endOfOptions.rawValue {
                options.append(.endOfOptions(padding: Array(rest.dropFirst())))
                break
            }
            if kind == OptionKind.noOperation.rawValue {
                options.append(.noOperation)
                rest = rest.dropFirst()
                continue
            }
            guard rest.count >= 2, case let length = Int(rest[rest.startIndex + 1]), length >= 2, length <= rest.count
            else {
                // Where the next option starts nobody can say: the rest belongs to this one.
                options.append(.malformed(octets: Array(rest)))
                break
            }
            let data = Array(rest.dropFirst(2).prefix(length - 2))
            options.append(interpret(kind, data) ?? .malformed(octets: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return options
    }

    /// The option of this kind with these octets after its length; nil if the kind is known and the length is wrong.
    private static func interpret(_ kind: UInt8, _ data: [UInt8]) -> TCPOption? {
        let octets = data.span.bytes
        switch (OptionKind(rawValue: kind), data.count) {
        case (.maximumSegmentSize, 2): return .maximumSegmentSize(octets.readUInt16(at: 0))
        case (.windowScale, 1): return .windowScale(data[0])
        case (.sackPermitted, 0): return .sackPermitted
        case (.sack, let count) where count > 0 && count % 8 == 0:
            return .sack(
                stride(from: 0, to: count, by: 8).map { at in
                    let start = UInt32(bigEndianOctets: data[at..<at + 4])
                    let end = UInt32(bigEndianOctets: data[at + 4..<at + 8])
                    return SACKBlock(start: SequenceNumber(start), end: SequenceNumber(end))
                })
        case (.timestamps, 8): return .timestamps(value: octets.readUInt32(at: 0), echo: octets.readUInt32(at: 4))
        case (.userTimeout, 2):
            let bits = octets.readUInt16(at: 0)
            return .userTimeout(inMinutes: bits & 0x8000 != 0, value: bits & 0x7fff)
        case (.fastOpen, 0), (.fastOpen, 4...16): return .fastOpen(cookie: data)
        case (nil, _): return .unknown(kind: kind, data: data)
        case (_, _): return nil
        }
    }

    /// The octets of a list of options, without any padding of its own.
    package static func encode(_ options: [TCPOption]) -> [UInt8] {
        var octets: [UInt8] = []
        for option in options { option.append(to: &octets) }
        return octets
    }

    private func append(to octets: inout [UInt8]) {
        switch self {
        case .endOfOptions(let padding): octets += [kind] + padding
        case .noOperation: octets.append(kind)
        case .maximumSegmentSize(let size):
            octets += [kind, 4]
            octets.append(bigEndian: size)
        case .windowScale(let shift): octets += [kind, 3, shift]
        case .sackPermitted: octets += [kind, 2]
        case .sack(let blocks):
            octets += [kind, UInt8(truncatingIfNeeded: 2 + 8 * blocks.count)]
            for block in blocks {
                octets.append(bigEndian: block.start.rawValue)
                octets.append(bigEndian: block.end.rawValue)
            }
        case .timestamps(let value, let echo):
            octets += [kind, 10]
            octets.append(bigEndian: value)
            octets.append(bigEndian: echo)
        case .userTimeout(let inMinutes, let value):
            octets += [kind, 4]
            octets.append(bigEndian: (inMinutes ? 0x8000 : 0) | value & 0x7fff)
        case .fastOpen(let cookie): octets += [kind, UInt8(truncatingIfNeeded: 2 + cookie.count)] + cookie
        case .unknown(let kind, let data): octets += [kind, UInt8(truncatingIfNeeded: 2 + data.count)] + data
        case .malformed(let raw): octets += raw
        }
    }
}

extension UInt32 {
    /// The number whose octets, most significant first, are these.
    fileprivate init(bigEndianOctets octets: ArraySlice<UInt8>) {
        self = octets.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
