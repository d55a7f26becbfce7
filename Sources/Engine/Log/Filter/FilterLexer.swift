/// A word or sign of a filter's text, with its place.
struct FilterToken: Hashable, Sendable {
    /// What it is.
    enum Kind: Hashable, Sendable {
        /// A field's name, a number, an address, a word.
        case word(String)
        /// Text in double quotes, its escapes resolved.
        case quoted([UInt8])
        case comparison(FilterComparison)
        case contains, `in`, and, or, not
        case bitAnd
        case openParenthesis, closeParenthesis, openBrace, closeBrace, comma
        /// Only inside a set.
        case range
        case end
    }

    let kind: Kind
    /// Characters in front of it.
    let position: Int
}

/// The comparisons, with Wireshark's meaning where a field occurs more than once.
enum FilterComparison: Hashable, Sendable {
    case anyEqual, allEqual, anyUnequal, allUnequal, greater, less, greaterOrEqual, lessOrEqual
}

/// Cuts a filter's text into tokens.
struct FilterLexer {
    private let text: [Character]
    private var position = 0
    private(set) var tokens: [FilterToken] = []

    /// Reads all of the text.
    init(_ text: String) throws(FilterError) {
        self.text = Array(text)
        while let character = peek() {
            if character.isWhitespace { position += 1 } else { try readToken(character) }
        }
        tokens.append(FilterToken(kind: .end, position: position))
    }

    private func peek(_ offset: Int = 0) -> Character? {
        position + offset < text.count ? text[position + offset] : nil
    }

    private mutating func append(_ kind: FilterToken.Kind, length: Int) {
        tokens.append(FilterToken(kind: kind, position: position))
        position += length
    }

    private mutating func readToken(_ character: Character) throws(FilterError) {
        if character == "\"" { return try readQuoted() }
        if Self.isWordCharacter(character) { return readWord() }
        // The longest sign first.
        for length in [3, 2, 1] where position + length <= text.count {
            if let kind = Self.signs[String(text[position..<position + length])] {
                return append(kind, length: length)
            }
        }
        throw FilterError(at: position, Self.hint(character))
    }

    private static let signs: [String: FilterToken.Kind] = [
        "===": .comparison(.allEqual), "!==": .comparison(.anyUnequal), "==": .comparison(.anyEqual),
        "!=": .comparison(.allUnequal), "~=": .comparison(.anyUnequal), ">=": .comparison(.greaterOrEqual),
        "<=": .comparison(.lessOrEqual), ">": .comparison(.greater), "<": .comparison(.less), "&&": .and, "||": .or,
        "!": .not, "&": .bitAnd, "(": .openParenthesis, ")": .closeParenthesis, "{": .openBrace, "}": .closeBrace,
        ",": .comma, "..": .range,
    ]

    private static let keywords: [String: FilterToken.Kind] = [
        "eq": .comparison(.anyEqual), "any_eq": .comparison(.anyEqual), "all_eq": .comparison(.allEqual),
        "ne": .comparison(.allUnequal), "all_ne": .comparison(.allUnequal), "any_ne": .comparison(.anyUnequal),
        "gt": .comparison(.greater), "lt": .comparison(.less), "ge": .comparison(.greaterOrEqual),
        "le": .comparison(.lessOrEqual), "contains": .contains, "in": .in, "and": .and, "or": .or, "not": .not,
        "bitwise_and": .bitAnd,
    ]

    private static func hint(_ character: Character) -> String {
        switch character {
        case "=": "a comparison is written =="
        case "|": "or is written ||"
        case "[": "slices are not understood; compare the whole field, or use contains"
        case "'": "text stands in double quotes"
        default: "this character means nothing here"
        }
    }

    private static func isWordCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.:-/+".contains(character)
    }

    private mutating func readWord() {
        var end = position
        while end < text.count, Self.isWordCharacter(text[end]) {
            // `1..5` in a set is three tokens.
            if text[end] == ".", end + 1 < text.count, text[end + 1] == "." { break }
            end += 1
        }
        guard end > position else { return append(.range, length: 2) }
        let word = String(text[position..<end])
        append(Self.keywords[word.lowercased()] ?? .word(word), length: end - position)
    }

    private mutating func readQuoted() throws(FilterError) {
        let start = position
        var octets: [UInt8] = []
        position += 1
        while let character = peek() {
            position += 1
            switch character {
            case "\"":
                tokens.append(FilterToken(kind: .quoted(octets), position: start))
                return
            case "\\": octets += try readEscape()
            default: octets += Array(String(character).utf8)
            }
        }
        throw FilterError(at: start, "the text has no closing quote")
    }

    /// `\"`, `\\`, `\n`, `\r`, `\t`, `\0` and `\xNN`.
    private mutating func readEscape() throws(FilterError) -> [UInt8] {
        guard let character = peek() else { throw FilterError(at: position - 1, "the text ends in a backslash") }
        position += 1
        switch character {
        case "\"", "\\", "'": return Array(String(character).utf8)
        case "n": return [0x0a]
        case "r": return [0x0d]
        case "t": return [0x09]
        case "0": return [0]
        case "x":
            guard let high = peek()?.hexDigitValue, let low = peek(1)?.hexDigitValue else {
                throw FilterError(at: position - 2, "\\x takes two hexadecimal digits")
            }
            position += 2
            return [UInt8(high << 4 | low)]
        default: throw FilterError(at: position - 2, "no such escape; there are \\\" \\\\ \\n \\r \\t \\0 and \\xNN")
        }
    }
}
