/// What a `Range` field asks of a representation (RFC 9110 §14.2).
package enum ByteRange: Hashable, Sendable {
    /// All of it: no field, one that is not understood, or several ranges.
    case whole
    case part(Range<Int>)
    /// Nothing of it is there.
    case unsatisfiable

    /// Reads the field's value for a representation of `size` octets.
    package init(_ field: String?, size: Int) {
        guard let field, field.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        // RFC 9110 §14.2: "A server MAY ignore the Range header field"; more than one range at once is not worth its while.
        let ends = field.dropFirst(6).trimmingWhitespace().split(separator: "-", omittingEmptySubsequences: false)
        let first = ends.first.flatMap { Self.number($0) }
        let last = ends.last.flatMap { Self.number($0) }
        switch (ends.count, ends.first?.isEmpty, ends.last?.isEmpty, first, last) {
        case (2, true, false, _, .some(let suffix)):
            self = suffix == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - suffix)..<size)
        case (2, false, true, .some(let first), _):
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (2, false, false, .some(let first), .some(let last)) where first <= last:
            self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        default: self = .whole
        }
    }

    /// Decimal digits and nothing else; a number too large to hold is the largest.
    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text) ?? .max - 1
    }
}
