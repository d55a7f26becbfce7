/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Hashable, Sendable {
    package var line: Int
    package var column: Int
    package var detail: String
}

extension JSON {
    /// Reads one JSON text in UTF-8 (RFC 8259). Stricter than the RFC in one point: a member may appear only once, since
    /// two readers of a repeated one may see two different requests.
    package init(parsing octets: [UInt8]) throws(JSONSyntaxError) {
        var reader = JSONReader(octets)
        self = try reader.readDocument()
    }
}

/// A recursive-descent reader of RFC 8259's grammar.
private struct JSONReader {
    /// Deep enough for any request of ours, shallow enough for any stack.
    private static let maximumDepth = 64

    private let octets: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    /// U+FEFF in UTF-8.
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    mutating func readDocument() throws(JSONSyntaxError) -> JSON {
        if octets.starts(with: Self.byteOrderMark) { throw error("a byte order mark stands in front of the text") }
        let value = try readValue()
        skipWhitespace()
        if position < octets.count { throw error("expected the end, found \(found)") }
        return value
    }

    private var current: UInt8? { position < octets.count ? octets[position] : nil }

    /// The next character, for people.
    private var found: String {
        guard let octet = current else { return "the end" }
        return (0x21...0x7e).contains(octet)
            ? "'\(Character(UnicodeScalar(octet)))'" : "octet 0x\(String(octet, radix: 16))"
    }

    private func error(_ detail: String, at place: Int? = nil) -> JSONSyntaxError {
        let before = octets.prefix(place ?? position)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return JSONSyntaxError(line: line, column: before.count - lineStart + 1, detail: detail)
    }

    private mutating func skipWhitespace() {
        while let octet = current, octet == 0x20 || octet == 0x09 || octet == 0x0a || octet == 0x0d { position += 1 }
    }

    private mutating func take(_ character: UInt8) -> Bool {
        guard current == character else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: UInt8) throws(JSONSyntaxError) {
        guard take(character) else {
            throw error("expected '\(Character(UnicodeScalar(character)))', found \(found)")
        }
    }

    private mutating func readValue() throws(JSONSyntaxError) -> JSON {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "{"): return try nested { reader throws(JSONSyntaxError) in try reader.readObject() }
        case UInt8(ascii: "["): return try nested { reader throws(JSONSyntaxError) in try reader.readArray() }
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        case let octet? where octet == UInt8(ascii: "-") || isDigit(octet): return try readNumber()
        default: throw error("expected a value, found \(found)")
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(JSONSyntaxError) -> JSON
    ) throws(JSONSyntaxError) -> JSON {
        guard depth < Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth) levels") }
        depth += 1
        defer { depth -= 1 }
        return try read(&self)
    }

    private mutating func readObject() throws(JSONSyntaxError) -> JSON {
        try expect(UInt8(ascii: "{"))
        var members: [JSON.Member] = []
        var names: Set<String> = []
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipWhitespace()
            let start = position
            guard current == UInt8(ascii: "\"") else { throw error("expected a member's name, found \(found)") }
            let name = try readString()
            guard names.insert(name).inserted else { throw error("the member \"\(name)\" appears twice", at: start) }
            skipWhitespace()
            try expect(UInt8(ascii: ":"))
            members.append(JSON.Member(name, try readValue()))
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("expected ',' or '}', found \(found)") }
        return .object(members)
    }

    private mutating func readArray() throws(JSONSyntaxError) -> JSON {
        try expect(UInt8(ascii: "["))
        var elements: [JSON] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            elements.append(try readValue())
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("expected ',' or ']', found \(found)") }
        return .array(elements)
    }

    private mutating func readWord(_ word: String, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        guard octets[position...].starts(with: word.utf8) else { throw error("expected a value, found \(found)") }
        position += word.utf8.count
        return value
    }

    private mutating func skipDigits() throws(JSONSyntaxError) {
        guard let digit = current, isDigit(digit) else { throw error("expected a digit, found \(found)") }
        while let digit = current, isDigit(digit) { position += 1 }
    }

    private func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }

    private mutating func readNumber() throws(JSONSyntaxError) -> JSON {
        let start = position
        var isInteger = true
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try skipDigits() }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try skipDigits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try skipDigits()
        }
        let text = String(decoding: octets[start..<position], as: UTF8.self)
        // Integers stay exact: a double would round those above 2⁵³.
        if isInteger, let number = Int(text) { return .integer(number) }
        guard let number = Double(text), number.isFinite else { throw error("the number is too large", at: start) }
        return .double(number)
    }

    private mutating func readString() throws(JSONSyntaxError) -> String {
        let start = position
        try expect(UInt8(ascii: "\""))
        var text: [UInt8] = []
        while true {
            guard let octet = current else { throw error("the string has no end", at: start) }
            position += 1
            switch octet {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error("the string is not UTF-8", at: start)
                }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: try readEscape())
            case ..<0x20: throw error("a control character must be escaped", at: position - 1)
            default: text.append(octet)
            }
        }
    }

    private mutating func readEscape() throws(JSONSyntaxError) -> [UInt8] {
        guard let octet = current else { throw error("the string has no end") }
        position += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [octet]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            let scalar = try readUnicodeEscape()
            return UTF8.encode(scalar).map { Array($0) } ?? []
        default: throw error("unknown escape", at: position - 2)
        }
    }

    /// Reads the digits of `\uXXXX`, and those of the low surrogate that must follow a high one.
    private mutating func readUnicodeEscape() throws(JSONSyntaxError) -> UnicodeScalar {
        let start = position - 2
        let first = try readFourHexDigits()
        if let scalar = UnicodeScalar(first) { return scalar }
        guard (0xd800...0xdbff).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw error("half of a surrogate pair", at: start)
        }
        let second = try readFourHexDigits()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = UnicodeScalar(0x1_0000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw error("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func readFourHexDigits() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let octet = current, let digit = Character(UnicodeScalar(octet)).hexDigitValue else {
                throw error("expected four hexadecimal digits, found \(found)")
            }
            position += 1
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
