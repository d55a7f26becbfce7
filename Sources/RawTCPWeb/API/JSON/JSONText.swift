package import Engine

/// JSON as text, written piece by piece.
package struct JSONText: JSONSink {
    /// What stands before the piece that comes next.
    private enum Place {
        /// Nothing: the value itself, or a member's value.
        case atValue
        /// The bracket that opens a list.
        case first
        /// An element or a member.
        case next
    }

    package private(set) var octets: [UInt8]
    private let isPretty: Bool
    private var depth = 0
    private var place = Place.atValue

    /// A text behind `octets`; `pretty` indents by two.
    package init(pretty isPretty: Bool = false, behind octets: consuming [UInt8] = []) {
        self.isPretty = isPretty
        self.octets = octets
    }

    /// The text with the newline that ends it.
    package consuming func finished() -> [UInt8] {
        octets.append(.lineFeed)
        return octets
    }

    package mutating func writeNull() {
        separate()
        octets.append("null")
    }

    package mutating func write(_ flag: Bool) {
        separate()
        octets.append(flag ? "true" : "false")
    }

    package mutating func write(_ number: Int) {
        separate()
        if number < 0 { octets.append(UInt8(ascii: "-")) }
        octets.append(decimal: number.magnitude)
    }

    package mutating func write(_ number: Double) {
        separate()
        octets.append(Self.decimal(number))
    }

    package mutating func write(_ text: String) {
        separate()
        append(quoted: text)
    }

    package mutating func write(seconds interval: Interval) {
        // Up to fifteen digits, the decimal number is the shortest that reads back as its double.
        guard case let nanoseconds = interval.nanoseconds, 0..<1_000_000_000_000_000 ~= nanoseconds else {
            return write(interval.seconds)
        }
        separate()
        octets.append(decimal: UInt(nanoseconds / 1_000_000_000))
        octets.append(UInt8(ascii: "."))
        octets.append(decimal: UInt(nanoseconds % 1_000_000_000), width: 9)
        while octets.last == UInt8(ascii: "0"), octets[octets.count - 2] != UInt8(ascii: ".") { octets.removeLast() }
    }

    package mutating func write(time nanoseconds: Int64) {
        separate()
        octets.append(UInt8(ascii: "\""))
        Timestamp.write(nanoseconds: nanoseconds, into: &octets)
        octets.append(UInt8(ascii: "\""))
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    package mutating func name(_ name: String) {
        separate()
        append(quoted: name)
        octets.append(isPretty ? ": " : ":")
        place = .atValue
    }

    // MARK: Lists

    private mutating func open(_ bracket: UInt8) {
        separate()
        octets.append(bracket)
        depth += 1
        place = .first
    }

    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        if place == .next { breakLine() }
        octets.append(bracket)
        place = .next
    }

    private mutating func separate() {
        switch place {
        case .atValue: break
        case .first: breakLine()
        case .next:
            octets.append(UInt8(ascii: ","))
            breakLine()
        }
        place = .next
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        octets.append(.lineFeed)
        octets.append(contentsOf: repeatElement(.space, count: 2 * depth))
    }

    // MARK: Strings

    private mutating func append(quoted text: String) {
        var text = text
        octets.append(UInt8(ascii: "\""))
        // Nearly all text is plain; scalar by scalar it would cost most of a record's rendering.
        let isPlain = text.withUTF8 { utf8 in
            guard Self.isPlain(utf8) else { return false }
            octets.append(contentsOf: utf8)
            return true
        }
        if !isPlain { append(escaped: text) }
        octets.append(UInt8(ascii: "\""))
    }

    /// Nothing to escape, and no octets beyond ASCII. All are looked at: a loop that leaves early goes octet by octet.
    private static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        var plain = 0
        for octet in utf8 where octet &- 0x20 < 0x5f && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\") {
            plain &+= 1
        }
        return plain == utf8.count
    }

    private mutating func append(escaped text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": octets.append("\\\"")
            case "\\": octets.append("\\\\")
            case "\n": octets.append("\\n")
            case "\r": octets.append("\\r")
            case "\t": octets.append("\\t")
            // C1 controls and DEL are escaped as well: a peer's text must not drive the terminal that curl prints to.
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}":
                octets.append("\\u" + String(scalar.value, radix: 16, width: 4))
            default: octets.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
            }
        }
    }

    // MARK: Numbers

    /// The shortest digits that read back as `number`, without an exponent where the number is merely small: 0.000031
    /// reads better than 3.1e-05.
    private static func decimal(_ number: Double) -> String {
        guard number.isFinite else { return "null" }
        let text = "\(number)"
        let parts = text.split(separator: "e", maxSplits: 1)
        guard parts.count == 2, let exponent = Int(parts[1]), (-9..<0).contains(exponent) else { return text }
        let sign = parts[0].hasPrefix("-") ? "-" : ""
        let digits = parts[0].filter(\.isNumber)
        let significant = digits.hasSuffix("0") && parts[0].hasSuffix(".0") ? String(digits.dropLast()) : String(digits)
        return sign + "0." + String(repeating: "0", count: -exponent - 1) + significant
    }
}
