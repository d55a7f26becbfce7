/// Cuts a script into words. Comments are `//` and `#` to the end of the line, and `/* */`; `#ifdef` and its kin are settled
/// before, by `ScriptPreprocessor`.
struct ScriptLexer {
    private let octets: [UInt8]
    private var at = 0
    private var line = 1
    private var lineStart = 0

    init(_ text: String) { octets = Array(text.utf8) }

    /// All words, with `.end` last.
    static func tokens(of text: String) throws(ScriptError) -> [ScriptToken] {
        var lexer = ScriptLexer(text)
        var tokens: [ScriptToken] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if case .end = token.kind { return tokens }
        }
    }

    private func peek(_ distance: Int = 0) -> UInt8 { at + distance < octets.count ? octets[at + distance] : 0 }

    private mutating func skip(_ count: Int) {
        for _ in 0..<count where at < octets.count {
            at += 1
            if octets[at - 1] == UInt8(ascii: "\n") {
                line += 1
                lineStart = at
            }
        }
    }

    private mutating func next() throws(ScriptError) -> ScriptToken {
        try skipBlanks()
        let start = Place(at: at, line: line, column: at - lineStart + 1)
        guard at < octets.count else { return token(.end, start) }
        switch peek() {
        case UInt8(ascii: "\""): return token(.string(try quoted(UInt8(ascii: "\""), start)), start)
        case UInt8(ascii: "`"):
            let text = String(decoding: try quoted(UInt8(ascii: "`"), start), as: UTF8.self)
            return token(.command(text), start)
        case UInt8(ascii: "%") where peek(1) == UInt8(ascii: "{"): return token(.code(try code(start)), start)
        case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"): return flag(start)
        case UInt8(ascii: ".") where peek(1) == UInt8(ascii: ".") && peek(2) == UInt8(ascii: "."):
            skip(3)
            return token(.ellipsis, start)
        case let octet where isNumber(octet): return try number(start)
        case let octet where octet.isWordOctet: return word(start)
        default:
            skip(1)
            return token(.symbol(Character(Unicode.Scalar(octets[start.at]))), start)
        }
    }

    private struct Place {
        let at: Int
        let line: Int
        let column: Int
    }

    private func token(_ kind: ScriptToken.Kind, _ start: Place) -> ScriptToken {
        ScriptToken(kind: kind, line: start.line, column: start.column, text: text(from: start.at))
    }

    private func text(from start: Int) -> String { String(decoding: octets[start..<at], as: UTF8.self) }

    private mutating func skipBlanks() throws(ScriptError) {
        while at < octets.count {
            let octet = peek()
            if octet == UInt8(ascii: "#") || (octet == UInt8(ascii: "/") && peek(1) == UInt8(ascii: "/")) {
                while at < octets.count, peek() != UInt8(ascii: "\n") { skip(1) }
            } else if octet == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                let start = Place(at: at, line: line, column: at - lineStart + 1)
                skip(2)
                while at < octets.count, !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { skip(1) }
                guard at < octets.count else { throw error(start, "/*", "a comment that nothing ends") }
                skip(2)
            } else if octet == UInt8(ascii: " ") || (octet >= 9 && octet <= 13) {
                skip(1)
            } else {
                return
            }
        }
    }

    private func error(_ start: Place, _ token: String, _ reason: String) -> ScriptError {
        ScriptError(line: start.line, column: start.column, token: token, reason: reason)
    }

    /// What stands between two quotes, with its escapes resolved.
    private mutating func quoted(_ quote: UInt8, _ start: Place) throws(ScriptError) -> [UInt8] {
        skip(1)
        var content: [UInt8] = []
        while at < octets.count, peek() != quote {
            if peek() == UInt8(ascii: "\\"), at + 1 < octets.count {
                skip(1)
                // In a shell line the backslash belongs to the shell.
                if quote == UInt8(ascii: "`") { content.append(UInt8(ascii: "\\")) }
                if quote != UInt8(ascii: "`"), peek() == UInt8(ascii: "x"),
                    let octet = UInt8(String(decoding: [peek(1), peek(2)], as: UTF8.self), radix: 16)
                {
                    content.append(octet)
                    skip(2)
                } else {
                    content.append(quote == UInt8(ascii: "`") ? peek() : Self.escaped(peek()))
                }
            } else {
                content.append(peek())
            }
            skip(1)
        }
        guard at < octets.count else {
            throw error(start, String(decoding: [quote], as: UTF8.self), "a quote that nothing closes")
        }
        skip(1)
        return content
    }

    private static func escaped(_ octet: UInt8) -> UInt8 {
        switch octet {
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "0"): 0
        default: octet
        }
    }

    private mutating func code(_ start: Place) throws(ScriptError) -> String {
        skip(2)
        let first = at
        while at < octets.count, !(peek() == UInt8(ascii: "}") && peek(1) == UInt8(ascii: "%")) { skip(1) }
        guard at < octets.count else { throw error(start, "%{", "an assertion that no }% ends") }
        let content = String(decoding: octets[first..<at], as: UTF8.self)
        skip(2)
        return content
    }

    /// `--name`, `--name=value` or `--name="value"`, up to the next blank.
    private mutating func flag(_ start: Place) -> ScriptToken {
        skip(2)
        let nameStart = at
        while peek().isWordOctet || peek() == UInt8(ascii: "-") { skip(1) }
        let name = text(from: nameStart)
        guard peek() == UInt8(ascii: "=") else { return token(.flag(name: name, value: ""), start) }
        skip(1)
        let valueStart = at
        var quote: UInt8?
        while at < octets.count, quote != nil || peek() > 32 {
            if let open = quote {
                if peek() == open { quote = nil }
            } else if peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "`") {
                quote = peek()
            }
            skip(1)
        }
        return token(.flag(name: name, value: text(from: valueStart)), start)
    }

    private func isNumber(_ octet: UInt8) -> Bool {
        if octet.isDigit { return isAllDigits }
        if octet == UInt8(ascii: ".") { return peek(1).isDigit }
        return octet == UInt8(ascii: "-") && (peek(1).isDigit || (peek(1) == UInt8(ascii: ".") && peek(2).isDigit))
    }

    /// `0a0b` is a word, `12` is none; `0x1f` is a number too.
    private var isAllDigits: Bool {
        if peek() == UInt8(ascii: "0"), peek(1) == UInt8(ascii: "x"), peek(2).isHexDigit { return true }
        var end = at
        while end < octets.count, octets[end].isDigit { end += 1 }
        return end == octets.count || !octets[end].isWordOctet
    }

    private mutating func number(_ start: Place) throws(ScriptError) -> ScriptToken {
        if peek() == UInt8(ascii: "0"), peek(1) == UInt8(ascii: "x") {
            skip(2)
            let first = at
            while peek().isHexDigit { skip(1) }
            guard let value = Int64(text(from: first), radix: 16) else {
                throw error(start, text(from: start.at), "a number beyond 63 bits")
            }
            return token(.hexadecimal(value), start)
        }
        if peek() == UInt8(ascii: "-") { skip(1) }
        while peek().isDigit { skip(1) }
        guard peek() == UInt8(ascii: "."), peek(1).isDigit else {
            guard let value = Int64(text(from: start.at)) else {
                throw error(start, text(from: start.at), "a number beyond 63 bits")
            }
            return token(.integer(value), start)
        }
        let whole = text(from: start.at)
        skip(1)
        let first = at
        while peek().isDigit { skip(1) }
        guard let nanos = Self.nanos(whole: whole, fraction: text(from: first)) else {
            throw error(start, text(from: start.at), "a number beyond 63 bits")
        }
        return token(.decimal(nanos: nanos), start)
    }

    private static func nanos(whole: String, fraction: String) -> Int64? {
        let digits = String(fraction.prefix(9))
        let padded = digits + String(repeating: "0", count: 9 - digits.utf8.count)
        let isNegative = whole.hasPrefix("-")
        let magnitude = whole.drop { $0 == "-" }
        guard let seconds = Int64(magnitude.isEmpty ? "0" : String(magnitude)), let rest = Int64(padded),
            seconds < 9_000_000_000
        else { return nil }
        let value = seconds * 1_000_000_000 + rest
        return isNegative ? -value : value
    }

    private mutating func word(_ start: Place) -> ScriptToken {
        while peek().isWordOctet { skip(1) }
        return token(.word(text(from: start.at)), start)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    fileprivate var isHexDigit: Bool {
        isDigit || (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "f")
    }
    fileprivate var isWordOctet: Bool {
        isDigit || (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") || self == UInt8(ascii: "_")
    }
}
