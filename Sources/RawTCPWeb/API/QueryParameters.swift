package import Engine

/// Reads the query of a request, and collects what is wrong with it.
package struct QueryParameters: Sendable {
    private let values: [String: String]
    package private(set) var faults: [Fault] = []

    /// The parameters of a request to a route that knows those named `known`.
    package init(_ parameters: [(name: String, value: String)], known: [String]) {
        var values: [String: String] = [:]
        for (name, value) in parameters {
            if !known.contains(name) {
                let hint = NearestName.of(name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
                faults.append(.parameter(name, "no such parameter" + hint))
            } else if values.updateValue(value, forKey: name) != nil {
                faults.append(.parameter(name, "is given twice"))
            }
        }
        self.values = values
    }

    /// True if the parameter is given.
    package func has(_ name: String) -> Bool { values[name] != nil }

    /// The parameter as it is written.
    package func string(_ name: String) -> String? { values[name] }

    /// Adds a fault of the parameter `name`.
    package mutating func addFault(_ name: String, _ detail: String) { faults.append(.parameter(name, detail)) }

    /// Reads the parameter with `read`, which returns nil for what it cannot read.
    package mutating func read<T>(_ name: String, _ expectation: String, _ read: (String) -> T?) -> T? {
        guard let text = values[name] else { return nil }
        if let result = read(text) { return result }
        addFault(name, "must be \(expectation)")
        return nil
    }

    /// A decimal number within `range`.
    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        read(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            guard !text.hasPrefix("+"), let number = Int(text), range.contains(number) else { return nil }
            return number
        }
    }

    /// `1` or `true`, `0` or `false`.
    package mutating func flag(_ name: String) -> Bool? {
        read(name, "0 or 1") { text in
            switch text {
            case "1", "true": true
            case "0", "false": false
            default: nil
            }
        }
    }

    /// A duration from zero to `longest`.
    package mutating func interval(_ name: String, upTo longest: Interval) -> Interval? {
        read(name, "a duration such as \"250ms\", at most \(longest.text)") { text in
            guard let interval = Interval(text: text), interval <= longest else { return nil }
            return interval
        }
    }

    /// One of the words of an enumeration.
    package mutating func word<T: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: T.Type) -> T? {
        read(name, "one of " + type.allCases.map(\.rawValue).joined(separator: ", ")) { T(rawValue: $0) }
    }

    /// Throws everything that is wrong.
    package func finish() throws(Problem) {
        if !faults.isEmpty { throw Problem(faults: faults) }
    }
}
