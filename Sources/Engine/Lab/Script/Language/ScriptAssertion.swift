/// One statement between `%{` and `}%`: a Python expression over `tcpi_*`, as far as comparisons and whole numbers go, that
/// must hold, or whose value gets a name.
package struct ScriptAssertion: Sendable {
    /// As it is written.
    package let text: String
    package let line: Int
    let condition: Expression
    /// What the value is called from now on; nil in an `assert`.
    var target: String?
    /// What the `if`s around it ask: where one does not hold, it is not looked at.
    var guards: [Expression] = []

    indirect enum Expression: Sendable {
        case number(Int64)
        case name(String)
        case not(Expression)
        case negative(Expression)
        case operation(String, Expression, Expression)
        /// `a <= b < c`
        case comparison(Expression, [Step])
    }

    struct Step: Sendable {
        let relation: String
        let operand: Expression
    }

    /// The value under names given by `lookUp`; 0 and 1 stand for false and true, as in Python.
    static func evaluate(_ expression: Expression, _ lookUp: (String) -> Int64?) -> Int64? {
        switch expression {
        case .number(let number): return number
        case .name(let name): return lookUp(name)
        case .not(let operand): return evaluate(operand, lookUp).map { $0 == 0 ? 1 : 0 }
        case .negative(let operand): return evaluate(operand, lookUp).map { 0 &- $0 }
        case .operation(let name, let a, let b):
            guard let left = evaluate(a, lookUp), let right = evaluate(b, lookUp) else { return nil }
            return apply(name, left, right)
        case .comparison(let first, let steps):
            guard var left = evaluate(first, lookUp) else { return nil }
            for step in steps {
                guard let right = evaluate(step.operand, lookUp) else { return nil }
                guard holds(step.relation, left, right) else { return 0 }
                left = right
            }
            return 1
        }
    }

    private static func apply(_ name: String, _ a: Int64, _ b: Int64) -> Int64? {
        switch name {
        case "or": a != 0 ? a : b
        case "and": a != 0 ? b : a
        case "|": a | b
        case "&": a & b
        case "+": a &+ b
        case "-": a &- b
        case "*": a &* b
        case "/", "//": b == 0 ? nil : a.dividedReportingOverflow(by: b).partialValue
        case "%": b == 0 ? nil : a.remainderReportingOverflow(dividingBy: b).partialValue
        default: nil
        }
    }

    private static func holds(_ relation: String, _ a: Int64, _ b: Int64) -> Bool {
        switch relation {
        case "==": a == b
        case "!=": a != b
        case "<": a < b
        case "<=": a <= b
        case ">": a > b
        default: a >= b
        }
    }
}

extension ScriptAssertion {
    /// Gives the value its name; or says what the names were, if the assertion does not hold of this connection.
    package func settle(_ variables: inout [String: Int64], of connection: ConnectionSnapshot?) -> String? {
        settle(&variables) { TCPInfo.value(of: $0, connection) }
    }

    func settle(_ variables: inout [String: Int64], _ lookUp: (String) -> Int64?) -> String? {
        let known = variables
        func value(_ name: String) -> Int64? { known[name] ?? lookUp(name) }
        for guarding in guards where Self.evaluate(guarding, value) == 0 { return nil }
        guard let target else { return refutation(value) }
        guard let result = Self.evaluate(condition, value) else { return "there is no connection to ask" }
        variables[target] = result
        return nil
    }

    private func refutation(_ lookUp: (String) -> Int64?) -> String? {
        guard let value = Self.evaluate(condition, lookUp) else { return "there is no connection to ask" }
        guard value == 0 else { return nil }
        return names.map { "\($0) = \(lookUp($0).map { "\($0)" } ?? "?")" }.joined(separator: ", ")
    }

    /// The names that it asks for.
    var names: [String] { Self.names(condition) }

    static func names(_ expression: Expression) -> [String] {
        switch expression {
        case .number: []
        case .name(let name): [name]
        case .not(let operand), .negative(let operand): names(operand)
        case .operation(_, let a, let b): names(a) + names(b)
        case .comparison(let first, let steps): names(first) + steps.flatMap { names($0.operand) }
        }
    }
}
