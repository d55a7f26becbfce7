// What a Swift file says: the names in its code.

/// A word, a number or a mark in Swift code.
struct Token: Hashable {
    let text: String
    let line: Int
    /// It follows a dot: a member of something, not a bare name.
    let isMember: Bool

    /// It begins as types do.
    var isTypeName: Bool { text.first?.isUppercase == true }
}

/// A type that a file declares.
struct Declaration: Hashable {
    let name: String
    /// Other files can say its bare name: it stands at the top of its file and is not private to it.
    let isExported: Bool
}

extension SwiftText {
    /// Splits code into words and single marks.
    static func tokens(of code: String) -> [Token] {
        var found: [Token] = []
        var line = 1
        var word: [UInt8] = []
        var previous: UInt8 = 0
        var isMember = false

        func finishWord() {
            guard !word.isEmpty else { return }
            found.append(Token(text: String(decoding: word, as: UTF8.self), line: line, isMember: isMember))
            word = []
        }
        for octet in code.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
                if word.isEmpty { isMember = previous == UInt8(ascii: ".") }
                word.append(octet)
            case UInt8(ascii: "\n"):
                finishWord()
                line += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                finishWord()
            default:
                finishWord()
                found.append(Token(text: String(UnicodeScalar(octet)), line: line, isMember: false))
            }
            previous = octet
        }
        finishWord()
        return found
    }

    private static let typeKeywords: Set = ["struct", "class", "enum", "protocol", "actor", "typealias"]
    private static let modifiers: Set = [
        "public", "package", "internal", "private", "fileprivate", "final", "indirect", "nonisolated", "unsafe", "(",
        ")",
    ]

    /// The types that the file declares, at any depth.
    var declarations: [Declaration] {
        var found: [Declaration] = []
        var depth = 0
        for (index, token) in tokens.enumerated() {
            if token.text == "{" { depth += 1 }
            if token.text == "}" { depth -= 1 }
            guard Self.typeKeywords.contains(token.text), index + 1 < tokens.count, tokens[index + 1].isTypeName else {
                continue
            }
            let modifiers = tokens[..<index].reversed().prefix { Self.modifiers.contains($0.text) }
            let isPrivate = modifiers.contains { $0.text == "private" || $0.text == "fileprivate" }
            found.append(Declaration(name: tokens[index + 1].text, isExported: depth == 0 && !isPrivate))
        }
        return found
    }

    /// Names that stand for any type: those between the angle brackets of a declaration, and associated types.
    var genericParameters: Set<String> {
        var found: Set<String> = []
        let openers = Self.typeKeywords.union(["func"])
        for (index, token) in tokens.enumerated() where index + 2 < tokens.count {
            if token.text == "associatedtype" { found.insert(tokens[index + 1].text) }
            let opening = token.text == "init" || token.text == "subscript" ? index + 1 : index + 2
            guard opening == index + 1 || openers.contains(token.text), tokens[opening].text == "<" else { continue }
            var startsParameter = true
            for parameter in tokens[(opening + 1)...].prefix(while: { $0.text != ">" && $0.text != "{" }) {
                if startsParameter { found.insert(parameter.text) }
                startsParameter = parameter.text == ","
            }
        }
        return found
    }

    /// The modules that the file imports, each with its line.
    var imports: [(module: String, line: Int)] {
        let kinds = Self.typeKeywords.union(["func", "var", "let"])
        return tokens.indices.dropLast().compactMap { index in
            guard tokens[index].text == "import", !tokens[index].isMember else { return nil }
            let next = kinds.contains(tokens[index + 1].text) ? index + 2 : index + 1
            guard next < tokens.count, tokens[next].line == tokens[index].line else { return nil }
            return (tokens[next].text, tokens[next].line)
        }
    }
}
