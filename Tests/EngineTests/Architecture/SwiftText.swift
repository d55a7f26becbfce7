// The text of a Swift file as the architecture test reads it.

/// Swift source without what only people read. Comments and the text of string literals become blanks; code inside an
/// interpolation stays. Lines keep their numbers.
struct SwiftText {
    let code: String
    /// The words and marks of the code.
    let tokens: [Token]

    init(_ source: String) {
        var stripper = Stripper(source)
        stripper.skipCode(until: nil)
        code = String(decoding: stripper.output, as: UTF8.self)
        tokens = Self.tokens(of: code)
    }
}

/// Copies code and blanks the rest, one octet at a time; what it blanks keeps its line breaks.
private struct Stripper {
    private let input: [UInt8]
    private var position = 0
    private(set) var output: [UInt8] = []

    init(_ source: String) {
        input = Array(source.utf8)
        output.reserveCapacity(input.count)
    }

    private func starts(with text: StaticString, at offset: Int = 0) -> Bool {
        let start = position + offset
        guard start + text.utf8CodeUnitCount <= input.count else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(input[start..<start + $0.count]) }
    }

    private mutating func copy() {
        output.append(input[position])
        position += 1
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<min(count, input.count - position) {
            output.append(input[position] == UInt8(ascii: "\n") ? input[position] : UInt8(ascii: " "))
            position += 1
        }
    }

    /// Copies code up to the parenthesis that ends an interpolation, or to the end of the file.
    mutating func skipCode(until closing: UInt8?) {
        var depth = 0
        while position < input.count {
            let octet = input[position]
            if starts(with: "//") {
                while position < input.count, input[position] != UInt8(ascii: "\n") { blank() }
            } else if starts(with: "/*") {
                skipBlockComment()
            } else if let hashes = hashesBeforeQuote() {
                skipString(hashes: hashes)
            } else if octet == closing, depth == 0 {
                return
            } else {
                if octet == UInt8(ascii: "(") { depth += 1 }
                if octet == UInt8(ascii: ")") { depth -= 1 }
                copy()
            }
        }
    }

    /// Block comments nest in Swift.
    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && position < input.count
    }

    /// The number of `#` in front of a string's opening quote here; nil if no string begins here.
    private func hashesBeforeQuote() -> Int? {
        var hashes = 0
        while position + hashes < input.count, input[position + hashes] == UInt8(ascii: "#") { hashes += 1 }
        guard position + hashes < input.count, input[position + hashes] == UInt8(ascii: "\"") else { return nil }
        return hashes
    }

    private func hasHashes(_ count: Int, at offset: Int) -> Bool {
        position + offset + count <= input.count
            && input[(position + offset)..<(position + offset + count)].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private mutating func skipString(hashes: Int) {
        blank(hashes)
        let quotes = starts(with: "\"\"\"") ? 3 : 1
        blank(quotes)
        while position < input.count {
            let closes = quotes == 3 ? starts(with: "\"\"\"") : starts(with: "\"")
            if closes, hasHashes(hashes, at: quotes) {
                return blank(quotes + hashes)
            }
            guard input[position] == UInt8(ascii: "\\"), hasHashes(hashes, at: 1) else {
                blank()
                continue
            }
            blank(1 + hashes)
            if starts(with: "(") {
                copy()
                skipCode(until: UInt8(ascii: ")"))
                if position < input.count { copy() }
            } else {
                blank()
            }
        }
    }
}
