/// A word of a script, with its place.
struct ScriptToken: Sendable {
    enum Kind: Hashable, Sendable {
        /// Decimal, with its sign.
        case integer(Int64)
        case hexadecimal(Int64)
        /// A number with a decimal point, in nanounits: packetdrill's times have six decimals, and a binary fraction
        /// would not hold them exactly.
        case decimal(nanos: Int64)
        case word(String)
        case string([UInt8])
        /// Between backticks: a shell line.
        case command(String)
        /// Between `%{` and `}%`.
        case code(String)
        /// `--name=value` at the script's head.
        case flag(name: String, value: String)
        case ellipsis
        case symbol(Character)
        case end
    }

    let kind: Kind
    let line: Int
    let column: Int
    /// As it is written.
    let text: String
    /// As it counts: what a defined word stands for.
    let spelling: String

    init(kind: Kind, line: Int, column: Int, text: String, spelling: String? = nil) {
        self.kind = kind
        self.line = line
        self.column = column
        self.text = text
        self.spelling = spelling ?? text
    }
}
