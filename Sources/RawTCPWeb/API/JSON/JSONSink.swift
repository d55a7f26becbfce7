package import Engine

/// Takes a JSON value piece by piece, in the order in which it is read. What is told this way becomes a text at once
/// (`JSONText`), or a value (`JSONBuilder`): the log's records are told so, because building a value for each costs most of
/// their rendering.
package protocol JSONSink {
    /// null.
    mutating func writeNull()
    /// true or false.
    mutating func write(_ flag: Bool)
    /// A whole number.
    mutating func write(_ number: Int)
    /// A number; JSON has none that is not finite, so such a one is null.
    mutating func write(_ number: Double)
    /// A string.
    mutating func write(_ text: String)
    /// A length of time, as a number of seconds.
    mutating func write(seconds interval: Interval)
    /// A moment in nanoseconds since 1970, as RFC 3339 writes it.
    mutating func write(time nanoseconds: Int64)
    /// An object begins: members follow, up to `endObject`.
    mutating func beginObject()
    /// The name of a member, whose value comes next.
    mutating func name(_ name: String)
    /// The innermost object ends.
    mutating func endObject()
    /// An array begins: elements follow, up to `endArray`.
    mutating func beginArray()
    /// The innermost array ends.
    mutating func endArray()
}

extension JSONSink {
    /// A whole number of any width; one beyond 2⁶³ − 1 becomes a double, as in `JSON.number`.
    package mutating func write(number: some BinaryInteger) {
        if let number = Int(exactly: number) { write(number) } else { write(Double(number)) }
    }

    /// A whole number, or null.
    package mutating func write(number: (some BinaryInteger)?) {
        if let number { write(number: number) } else { writeNull() }
    }

    /// A string, or null.
    package mutating func write(text: String?) {
        if let text { write(text) } else { writeNull() }
    }

    /// An array of what `writeElement` makes of each element.
    package mutating func write<Element>(
        array elements: some Sequence<Element>, _ writeElement: (inout Self, Element) -> Void
    ) {
        beginArray()
        for element in elements { writeElement(&self, element) }
        endArray()
    }

    /// A value, whole.
    package mutating func write(_ json: JSON) {
        switch json {
        case .null: writeNull()
        case .bool(let flag): write(flag)
        case .integer(let number): write(number)
        case .double(let number): write(number)
        case .string(let text): write(text)
        case .array(let elements): write(array: elements) { $0.write($1) }
        case .object(let members):
            beginObject()
            for member in members {
                name(member.name)
                write(member.value)
            }
            endObject()
        }
    }
}

extension JSON {
    /// The value as UTF-8 with one trailing newline; `pretty` indents by two.
    package func serialized(pretty: Bool = false) -> [UInt8] {
        var text = JSONText(pretty: pretty)
        text.write(self)
        return text.finished()
    }
}
