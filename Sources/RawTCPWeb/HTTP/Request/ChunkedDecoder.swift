/// The chunked transfer coding, decoded octet by octet (RFC 9112 §7.1). Extensions and trailers are judged and dropped.
///
///     chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
///     chunked-body = *chunk last-chunk trailer-section CRLF
struct ChunkedDecoder {
    /// Most octets of one chunk's extensions. Nobody uses them; RFC 9112 §7.1.1 asks to bound them.
    static let extensionLimit = 1024
    /// Most octets of the trailer section.
    static let trailerLimit = 8 * 1024
    /// Most digits of a chunk's size: leading zeros must not go on for ever.
    static let sizeDigitLimit = 16

    /// What the next octet belongs to.
    private enum Position {
        case size(value: Int, digits: Int)
        case whitespaceAfterSize(value: Int)
        case chunkExtension(value: Int)
        case sizeLineFeed(value: Int)
        case data(remaining: Int)
        case dataCarriageReturn
        case dataLineFeed
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case finalLineFeed
        case complete
    }

    private var position = Position.size(value: 0, digits: 0)
    private var overhead = 0

    /// Whether the last chunk and the trailers were read.
    var isComplete: Bool {
        if case .complete = position { true } else { false }
    }

    /// Takes up to `limit` octets of content from the input. What was decoded before a mistake is handed out first; the
    /// mistake is found again by the next call.
    mutating func decode(
        _ input: inout InputBuffer, upTo limit: Int
    ) throws(BodyDecoder.Malformed) -> BodyDecoder.Step {
        var content: [UInt8] = []
        let (consumed, mistake) = input.withOctets { octets in
            var index = 0
            do throws(BodyDecoder.Malformed) {
                while index < octets.count, content.count < limit, !isComplete {
                    if case .data(let remaining) = position {
                        let count = min(remaining, limit - content.count, octets.count - index)
                        content += octets[index..<(index + count)]
                        index += count
                        position = count == remaining ? .dataCarriageReturn : .data(remaining: remaining - count)
                    } else {
                        position = try next(octets[index])
                        index += 1
                    }
                }
                return (index, nil as BodyDecoder.Malformed?)
            } catch {
                return (index, error)
            }
        }
        input.consume(consumed)
        if !content.isEmpty { return .octets(content) }
        if let mistake { throw mistake }
        return isComplete ? .end : .needsInput
    }

    /// Where an octet outside of chunk data leads to.
    private mutating func next(_ octet: UInt8) throws(BodyDecoder.Malformed) -> Position {
        switch position {
        case .size(let value, let digits): try afterSize(octet, value, digits)
        case .whitespaceAfterSize(let value): try afterWhitespace(octet, value)
        case .chunkExtension(let value): try afterExtension(octet, value)
        case .sizeLineFeed(let value): try afterSizeLine(octet, value)
        case .dataCarriageReturn: try expect(.carriageReturn, octet, then: .dataLineFeed)
        case .dataLineFeed: try expect(.lineFeed, octet, then: .size(value: 0, digits: 0))
        case .trailerStart: try afterTrailerStart(octet)
        case .trailerName: try afterTrailerName(octet)
        case .trailerValue: try afterTrailerValue(octet)
        case .trailerLineFeed: try expect(.lineFeed, octet, then: .trailerStart)
        case .finalLineFeed: try expect(.lineFeed, octet, then: .complete)
        case .data, .complete: position
        }
    }

    private func afterSize(_ octet: UInt8, _ value: Int, _ digits: Int) throws(BodyDecoder.Malformed) -> Position {
        if let digit = octet.hexValue {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 16)
            guard digits < Self.sizeDigitLimit, !overflow else { throw .init(detail: "a chunk's size is too large") }
            return .size(value: shifted | Int(digit), digits: digits + 1)
        }
        guard digits > 0 else { throw .init(detail: "a chunk's size is missing") }
        switch octet {
        case .carriageReturn: return .sizeLineFeed(value: value)
        case UInt8(ascii: ";"): return .chunkExtension(value: value)
        case .space, .tab: return .whitespaceAfterSize(value: value)
        default: throw .init(detail: "a chunk's size is not hexadecimal")
        }
    }

    /// RFC 9112 §7.1.1 allows bad whitespace before the semicolon of an extension, and nowhere else.
    private mutating func afterWhitespace(_ octet: UInt8, _ value: Int) throws(BodyDecoder.Malformed) -> Position {
        if octet == UInt8(ascii: ";") { return .chunkExtension(value: value) }
        guard octet == .space || octet == .tab else { throw .init(detail: "whitespace follows a chunk's size") }
        try count(limit: Self.extensionLimit, "a chunk's extensions are too long")
        return position
    }

    private mutating func afterExtension(_ octet: UInt8, _ value: Int) throws(BodyDecoder.Malformed) -> Position {
        if octet == .carriageReturn { return .sizeLineFeed(value: value) }
        guard octet.isFieldContent else { throw .init(detail: "a chunk's extension holds a control character") }
        try count(limit: Self.extensionLimit, "a chunk's extensions are too long")
        return position
    }

    private mutating func afterSizeLine(_ octet: UInt8, _ value: Int) throws(BodyDecoder.Malformed) -> Position {
        let next = try expect(.lineFeed, octet, then: value == 0 ? .trailerStart : .data(remaining: value))
        overhead = 0
        return next
    }

    private mutating func afterTrailerStart(_ octet: UInt8) throws(BodyDecoder.Malformed) -> Position {
        if octet == .carriageReturn { return .finalLineFeed }
        guard octet.isToken else { throw .init(detail: "a trailer field is malformed") }
        try count(limit: Self.trailerLimit, "the trailers are too long")
        return .trailerName
    }

    private mutating func afterTrailerName(_ octet: UInt8) throws(BodyDecoder.Malformed) -> Position {
        guard octet.isToken || octet == UInt8(ascii: ":") else { throw .init(detail: "a trailer field is malformed") }
        try count(limit: Self.trailerLimit, "the trailers are too long")
        return octet.isToken ? .trailerName : .trailerValue
    }

    private mutating func afterTrailerValue(_ octet: UInt8) throws(BodyDecoder.Malformed) -> Position {
        if octet == .carriageReturn { return .trailerLineFeed }
        guard octet.isFieldContent else { throw .init(detail: "a trailer field holds a control character") }
        try count(limit: Self.trailerLimit, "the trailers are too long")
        return .trailerValue
    }

    private func expect(
        _ expected: UInt8, _ octet: UInt8, then next: Position
    ) throws(BodyDecoder.Malformed) -> Position {
        guard octet == expected else { throw .init(detail: "CRLF is missing in the chunked framing") }
        return next
    }

    private mutating func count(limit: Int, _ mistake: String) throws(BodyDecoder.Malformed) {
        overhead += 1
        guard overhead <= limit else { throw .init(detail: mistake) }
    }
}
