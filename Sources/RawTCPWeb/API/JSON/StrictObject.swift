package import Engine

/// Reads the members of a JSON object, and collects what is wrong with them instead of stopping at the first fault.
///
/// Ask for every member that may be there, then call `finish()`: what nobody asked for is a fault too.
package struct StrictObject {
    private let pointer: JSONPointer
    private let members: [JSON.Member]
    private var known: [String] = []
    package private(set) var faults: [Fault] = []

    /// The object `json`, which stands at `pointer` in the body.
    package init(_ json: JSON, at pointer: JSONPointer = .root) {
        self.pointer = pointer
        if case .object(let members) = json {
            self.members = members
        } else {
            members = []
            faults = [.member(pointer.text, "must be an object, is \(json.kind)")]
        }
    }

    /// The member's value; nil if it is absent.
    package mutating func value(_ name: String) -> JSON? {
        known.append(name)
        return members.first { $0.name == name }?.value
    }

    /// True if the member is there, null or not.
    package mutating func has(_ name: String) -> Bool { value(name) != nil }

    /// The members that are there and not null.
    package var written: Set<String> { Set(members.lazy.filter { $0.value != .null }.map(\.name)) }

    /// True if the member is there and null.
    package mutating func isNull(_ name: String) -> Bool { value(name) == .null }

    /// Adds a fault of each of these members that is null: where a resource changes, leaving a member out keeps it as it is,
    /// and null would be taken for a value.
    package mutating func refuseNull(_ names: String...) {
        for name in names where isNull(name) { addFault(name, "cannot be null: leave it out to keep it as it is") }
    }

    /// Adds a fault of the member `name`.
    package mutating func addFault(_ name: String, _ detail: String) {
        faults.append(.member(pointer.appending(name).text, detail))
    }

    /// Adds a fault of an element of the array `name`.
    package mutating func addFault(_ name: String, at index: Int, _ detail: String) {
        faults.append(.member(pointer.appending(name).appending(index).text, detail))
    }

    /// Adds a fault of the object as a whole.
    package mutating func addFault(_ detail: String) { faults.append(.member(pointer.text, detail)) }

    /// Reads the member with `read`, which returns nil for a value of the wrong kind. Absent and null are nil.
    package mutating func read<T>(_ name: String, _ expectation: String, _ read: (JSON) -> T?) -> T? {
        guard let value = value(name), value != .null else { return nil }
        if let result = read(value) { return result }
        addFault(name, "must be \(expectation), is \(value.described)")
        return nil
    }

    /// Throws everything that is wrong, unknown members included.
    package mutating func finish() throws(Problem) {
        noteUnknownMembers()
        if !faults.isEmpty { throw Problem(faults: faults) }
    }

    /// Reads the object that the member holds, and takes over its faults.
    package mutating func object<T>(_ name: String, _ read: (inout StrictObject) -> T?) -> T? {
        guard let value = value(name), value != .null else { return nil }
        var child = StrictObject(value, at: pointer.appending(name))
        let isObject = child.faults.isEmpty
        let result = isObject ? read(&child) : nil
        if isObject { child.noteUnknownMembers() }
        faults += child.faults
        return child.faults.isEmpty ? result : nil
    }

    /// Reads the objects of the array that the member holds, and takes over their faults.
    package mutating func objects<T>(_ name: String, _ read: (inout StrictObject) -> T?) -> [T]? {
        let elements = self.read(name, "an array") { value -> [JSON]? in
            guard case .array(let elements) = value else { return nil }
            return elements
        }
        return elements?.enumerated().compactMap { index, element in
            var child = StrictObject(element, at: pointer.appending(name).appending(index))
            let isObject = child.faults.isEmpty
            let result = isObject ? read(&child) : nil
            if isObject { child.noteUnknownMembers() }
            faults += child.faults
            return result
        }
    }

    private mutating func noteUnknownMembers() {
        for member in members where !known.contains(member.name) {
            let hint = NearestName.of(member.name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
            var fault = Fault.member(pointer.appending(member.name).text, "no such member" + hint)
            fault.isUnknownMember = true
            faults.append(fault)
        }
    }
}

extension StrictObject {
    /// A string.
    package mutating func string(_ name: String) -> String? {
        read(name, "a string") { value in
            guard case .string(let text) = value else { return nil }
            return text
        }
    }

    /// A boolean; a number is none.
    package mutating func bool(_ name: String) -> Bool? {
        read(name, "true or false") { value in
            guard case .bool(let flag) = value else { return nil }
            return flag
        }
    }

    /// A whole number within `range`; a boolean is none.
    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        read(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") { value in
            guard let number = value.wholeNumber, range.contains(number) else { return nil }
            return number
        }
    }

    /// A length of time: `"250ms"`, `"2s"`, `"1m"` or a number of seconds.
    package mutating func interval(_ name: String, in range: ClosedRange<Interval>) -> Interval? {
        read(name, "a duration such as \"250ms\", from \(range.lowerBound.text) to \(range.upperBound.text)") { value in
            guard let interval = Interval(json: value), range.contains(interval) else { return nil }
            return interval
        }
    }

    /// One of the words of an enumeration.
    package mutating func word<T: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: T.Type) -> T? {
        let words = type.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return read(name, "one of \(words)") { value in
            guard case .string(let text) = value else { return nil }
            return T(rawValue: text)
        }
    }
}

extension JSON {
    /// The whole number that the value is, however it is written: `2`, `2.0`, `2e0`.
    package var wholeNumber: Int? {
        switch self {
        case .integer(let number): number
        case .double(let number): Int(exactly: number)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The value for people, short: its text if it is a scalar, else its kind.
    fileprivate var described: String {
        switch self {
        case .integer(let number): String(number)
        case .double(let number): "\(number)"
        case .bool(let flag): String(flag)
        case .string(let text) where text.unicodeScalars.count <= 64: "\"\(text)\""
        case .null, .string, .array, .object: kind
        }
    }
}
