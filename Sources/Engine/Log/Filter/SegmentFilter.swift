/// A condition on segments, written with Wireshark's names of fields and operators, and with ours:
/// `tcp.flags.syn==1 && tcp.len>0`, `cause==rto`, `payload contains "hello"`.
package struct SegmentFilter: Hashable, Sendable {
    /// The filter as it was written.
    package let text: String
    private let expression: FilterExpression
    /// Names of connections in it, which have to be resolved before it is asked.
    package let connectionNames: Set<String>

    /// Reads a filter; the error says where it is wrong.
    package init(_ text: String) throws(FilterError) {
        var parser = try FilterParser(text)
        expression = try parser.parse()
        self.text = text
        connectionNames = parser.names
    }

    /// True of the segment; `names` says which connections the names in the filter stand for.
    package func matches(_ segment: DecodedSegment, names: [String: ConnectionID] = [:]) -> Bool {
        expression.matches(segment, names: names)
    }

    /// The names of all fields, for those who complete what is typed.
    package static var fieldNames: [String] { FilterField.all.map(\.name) }
}
