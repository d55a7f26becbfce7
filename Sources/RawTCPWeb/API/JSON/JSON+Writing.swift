extension JSON {
    /// The value as UTF-8 with one trailing newline; `pretty` indents by two.
    package func serialized(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(isPretty: pretty)
        writer.write(self)
        writer.octets.append(UInt8(ascii: "\n"))
        return writer.octets
    }
}

/// Writes JSON text.
private struct JSONWriter {
    let isPretty: Bool
    var octets: [UInt8] = []
    private var depth = 0

    init(isPretty: Bool) { self.isPretty = isPretty }

    mutating func write(_ value: JSON) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .integer(let number): append(String(number))
        case .double(let number): append(Self.decimal(number))
        case .string(let text): write(text)
        case .array(let elements): writeList(elements, "[", "]") { $0.write($1) }
        case .object(let members):
            writeList(members, "{", "}") { writer, member in
                writer.write(member.name)
                writer.append(writer.isPretty ? ": " : ":")
                writer.write(member.value)
            }
        }
    }

    private mutating func writeList<Element>(
        _ elements: [Element], _ open: String, _ close: String, _ writeElement: (inout JSONWriter, Element) -> Void
    ) {
        append(open)
        depth += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { append(",") }
            breakLine()
            writeElement(&self, element)
        }
        depth -= 1
        if !elements.isEmpty { breakLine() }
        append(close)
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        octets.append(UInt8(ascii: "\n"))
        octets.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func append(_ text: String) { octets.append(contentsOf: text.utf8) }

    private mutating func write(_ text: String) {
        octets.append(UInt8(ascii: "\""))
        defer { octets.append(UInt8(ascii: "\"")) }
        // Nearly all text of a log record is plain; scalar by scalar it would cost most of the record's rendering.
        if text.utf8.allSatisfy({ (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        {
            append(text)
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            // C1 controls and DEL are escaped as well: a peer's text must not drive the terminal that curl prints to.
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}":
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: octets.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
            }
        }
    }

    /// The shortest digits that read back as `number`, without an exponent where the number is merely small: 0.000031
    /// reads better than 3.1e-05.
    static func decimal(_ number: Double) -> String {
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
