/// One statement between `%{` and `}%`: a Python expression over `tcpi_*`, as far as comparisons and whole numbers go, that
/// must hold, or whose value gets a name.
package struct ScriptAssertion: Sendable {
    /// As it is written.
    package let text: String
    package let line: Int
    let condition: Expression
    /// What the value is called from now on; nil in an `assert`.
    var target: String?

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
        let value = { (name: String) in known[name] ?? lookUp(name) }
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

    private static func names(_ expression: Expression) -> [String] {
        switch expression {
        case .number: []
        case .name(let name): [name]
        case .not(let operand), .negative(let operand): names(operand)
        case .operation(_, let a, let b): names(a) + names(b)
        case .comparison(let first, let steps): names(first) + steps.flatMap { names($0.operand) }
        }
    }

    /// `print(tcpi_rtt)` and, as older Python has it, `print tcpi_rtt`: for people only.
    private static func isPrint(_ statement: String) -> Bool {
        let rest = statement.dropFirst(5)
        return statement.hasPrefix("print") && (rest.isEmpty || rest.first == "(" || rest.first == " ")
    }

    /// Reads the statements of one block. `print` is of no consequence; anything else than `assert`, `NAME = VALUE` and
    /// `NAME += VALUE` is an error.
    ///
    /// - Parameter variables: the names that the script has given to values so far.
    static func parse(
        _ code: String, in token: ScriptToken, variables: inout Set<String>
    ) throws(ScriptError) -> [ScriptAssertion] {
        var assertions: [ScriptAssertion] = []
        // As in Python, a backslash at its end lets a line go on in the next.
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.trimmed.hasSuffix("\\") ? line.prefix(upTo: line.lastIndex(of: "\\") ?? line.endIndex) : line
        }
        for (offset, line) in lines.enumerated() {
            let statements = line.prefix { $0 != "#" }.split(separator: ";").map(\.trimmed)
            for statement in statements where !statement.isEmpty && !isPrint(statement) {
                let place = ScriptToken(
                    kind: .code(statement), line: token.line + offset,
                    column: offset == 0 ? token.column : line.prefix { $0 == " " || $0 == "\t" }.count + 1,
                    text: statement)
                var parser = ScriptAssertionParser(try ScriptLexer.tokens(of: statement), in: place)
                let assertion = try parser.statement(variables)
                assertion.target.map { _ = variables.insert($0) }
                assertions.append(assertion)
            }
        }
        return assertions
    }
}

/// Precedence climbing over Python's operators, from `or` down to unary minus.
private struct ScriptAssertionParser {
    private var base: ScriptParser
    private let place: ScriptToken
    /// Operators and parentheses so far: a hostile script must not exhaust the stack.
    private var size = 0

    init(_ tokens: [ScriptToken], in place: ScriptToken) {
        base = ScriptParser(tokens)
        self.place = place
    }

    private func fail(_ reason: String) -> ScriptError {
        let token = base.current
        return ScriptError(
            line: place.line, column: place.column + token.column - 1,
            token: token.kind == .end ? place.text : token.text, reason: reason)
    }

    mutating func statement(_ variables: Set<String>) throws(ScriptError) -> ScriptAssertion {
        let (target, change) = try takeTarget()
        guard target != nil || base.takeWord("assert") else {
            throw fail("only 'assert COMPARISON, VALUE' and 'NAME = VALUE' are understood")
        }
        var condition = try disjunction()
        if let target, let change { condition = .operation(String(change), .name(target), condition) }
        // The message behind the comma is for people: we say what the names were.
        if target == nil, base.take(",") { while base.current.kind != .end { base.advance() } }
        guard base.current.kind == .end else { throw fail("expected the end of the statement") }
        let assertion = ScriptAssertion(text: place.text, line: place.line, condition: condition, target: target)
        for name in assertion.names where !TCPInfo.names.contains(name) && !variables.contains(name) {
            throw ScriptError(
                line: place.line, column: place.column, token: name,
                reason: "no such name; there are \(TCPInfo.names.sorted().joined(separator: ", "))")
        }
        return assertion
    }

    /// `NAME =` in front of a value, or `NAME +=` and the like with the operator.
    private mutating func takeTarget() throws(ScriptError) -> (name: String?, change: Character?) {
        guard case .word(let name) = base.current.kind else { return (nil, nil) }
        let change = ["+", "-", "*"].first { base.isSymbol($0, at: 1) }
        let equals = change == nil ? 1 : 2
        guard base.isSymbol("=", at: equals), !base.isSymbol("=", at: equals + 1) else { return (nil, nil) }
        guard !TCPInfo.isMember(name) else { throw fail("this name is taken") }
        for _ in 0...equals { base.advance() }
        return (name, change)
    }

    private mutating func grow() throws(ScriptError) {
        size += 1
        guard size <= 64 else { throw fail("an assertion of more than 64 operators") }
    }

    private mutating func disjunction() throws(ScriptError) -> ScriptAssertion.Expression {
        var left = try conjunction()
        while base.takeWord("or") {
            try grow()
            left = .operation("or", left, try conjunction())
        }
        return left
    }

    private mutating func conjunction() throws(ScriptError) -> ScriptAssertion.Expression {
        var left = try negation()
        while base.takeWord("and") {
            try grow()
            left = .operation("and", left, try negation())
        }
        return left
    }

    private mutating func negation() throws(ScriptError) -> ScriptAssertion.Expression {
        guard base.takeWord("not") else { return try comparison() }
        try grow()
        return .not(try negation())
    }

    private mutating func comparison() throws(ScriptError) -> ScriptAssertion.Expression {
        let first = try operation(level: 0)
        var steps: [ScriptAssertion.Step] = []
        while let relation = takeRelation() {
            steps.append(ScriptAssertion.Step(relation: relation, operand: try operation(level: 0)))
        }
        return steps.isEmpty ? first : .comparison(first, steps)
    }

    private mutating func takeRelation() -> String? {
        for (first, second) in [("=", "="), ("!", "="), ("<", "="), (">", "=")] as [(Character, Character)] {
            guard base.isSymbol(first), base.isSymbol(second, at: 1) else { continue }
            base.advance()
            base.advance()
            return "\(first)\(second)"
        }
        if base.take("<") { return "<" }
        return base.take(">") ? ">" : nil
    }

    /// Loosest first, as Python has them.
    private static let levels: [[Character]] = [["|"], ["&"], ["+", "-"], ["*", "/", "%"]]

    private mutating func operation(level: Int) throws(ScriptError) -> ScriptAssertion.Expression {
        guard level < Self.levels.count else { return try primary() }
        var left = try operation(level: level + 1)
        while let symbol = Self.levels[level].first(where: { base.isSymbol($0) }) {
            base.advance()
            try grow()
            _ = symbol == "/" && base.take("/")
            left = .operation(String(symbol), left, try operation(level: level + 1))
        }
        return left
    }

    private mutating func primary() throws(ScriptError) -> ScriptAssertion.Expression {
        if base.take("(") {
            try grow()
            let inner = try disjunction()
            guard base.take(")") else { throw fail("expected ')'") }
            return inner
        }
        if base.take("-") {
            try grow()
            return .negative(try primary())
        }
        switch base.current.kind {
        case .integer(let number), .hexadecimal(let number):
            base.advance()
            return .number(number)
        case .word(let name):
            base.advance()
            return .name(name)
        default: throw fail("expected a number or a name")
        }
    }
}
