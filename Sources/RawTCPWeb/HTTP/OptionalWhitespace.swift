extension StringProtocol {
    /// The text without the optional whitespace (RFC 9110 §5.6.3) around it.
    package func trimmingWhitespace() -> String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let start = drop(while: isBlank)
        let trailing = start.reversed().prefix(while: isBlank).count
        return String(start.dropLast(trailing))
    }
}
