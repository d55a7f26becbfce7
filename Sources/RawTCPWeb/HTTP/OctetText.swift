/// Text that is written octet by octet, with no strings in between.
extension [UInt8] {
    /// Appends the octets of a text as one copy; appending its UTF-8 view takes several times as long.
    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    /// Appends a number in decimal, with zeros in front of it up to `width` digits.
    package mutating func append(decimal number: UInt, width: Int = 1) {
        if number >= 10 || width > 1 { append(decimal: number / 10, width: width - 1) }
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
