package import Engine

/// Builds a JSON value out of its pieces.
package struct JSONBuilder: JSONSink {
    /// A list that is not closed yet.
    private enum List {
        case array([JSON])
        /// Its members, and the name of the one whose value comes next.
        case object([JSON.Member], name: String)
    }

    /// What has been built: complete once every list is closed.
    package private(set) var value = JSON.null
    private var open: [List] = []

    package init() {}

    package mutating func writeNull() { add(.null) }
    package mutating func write(_ flag: Bool) { add(.bool(flag)) }
    package mutating func write(_ number: Int) { add(.integer(number)) }
    package mutating func write(_ number: Double) { add(.double(number)) }
    package mutating func write(_ text: String) { add(.string(text)) }
    package mutating func write(seconds interval: Interval) { add(interval.json) }
    package mutating func write(time nanoseconds: Int64) { add(.string(Timestamp.text(nanoseconds: nanoseconds))) }
    package mutating func beginObject() { open.append(.object([], name: "")) }
    package mutating func endObject() { close() }
    package mutating func beginArray() { open.append(.array([])) }
    package mutating func endArray() { close() }

    package mutating func name(_ name: String) {
        guard case .object(let members, _)? = open.popLast() else { preconditionFailure("\(name): not in an object") }
        open.append(.object(members, name: name))
    }

    private mutating func close() {
        switch open.popLast() {
        case .array(let elements)?: add(.array(elements))
        case .object(let members, _)?: add(.object(members))
        case nil: preconditionFailure("no list is open")
        }
    }

    private mutating func add(_ json: JSON) {
        switch open.popLast() {
        case .array(var elements)?:
            elements.append(json)
            open.append(.array(elements))
        case .object(var members, let name)?:
            members.append(.init(name, json))
            open.append(.object(members, name: name))
        case nil: value = json
        }
    }
}
