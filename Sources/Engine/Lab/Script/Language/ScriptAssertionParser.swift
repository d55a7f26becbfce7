/// Precedence climbing over Python's operators, from `or` down to unary minus.
struct ScriptAssertionParser {
    private var base: ScriptParser
    private let place: ScriptToken
    /// Operators and parentheses so far: a hostile script must not exhaust the stack.
    private var size = 0

    init(_ tokens: [ScriptToken], in place: ScriptToken) {
        base = ScriptParser(tokens)
        self.place = place
    }

    /// An error at the token at hand.
    func fail(_ reason: String) -> ScriptError {
        let token = base.current
        return ScriptError(
            line: place.line, column: place.column + token.column - 1,
            token: token.kind == .end ? place.text : token.text, reason: reason)
    }

    /// The head of a branch.
    enum Branch {
        /// `if CONDITION:`
        case when(ScriptAssertion.Expression)
        /// `elif CONDITION:`, or `else:`
        case otherwise(ScriptAssertion.Expression?)
    }

    /// Takes the head of a branch; nil where the statement has none.
    mutating func branch(_ variables: Set<String>) throws(ScriptError) -> Branch? {
        guard let word = ["if", "elif", "else"].first(where: { base.isWord($0) }) else { return nil }
        base.advance()
        let condition = word == "else" ? nil : try disjunction()
        guard base.take(":") else { throw fail("expected ':'") }
        if let condition { try check(ScriptAssertion.names(condition), variables) }
        return condition.map { word == "if" ? .when($0) : .otherwise($0) } ?? .otherwise(nil)
    }

    /// Nothing more that is of consequence.
    var isOver: Bool { base.current.kind == .end || base.isWord("print") }

    private func check(_ names: [String], _ variables: Set<String>) throws(ScriptError) {
        for name in names where !TCPInfo.names.contains(name) && !variables.contains(name) {
            throw ScriptError(
                line: place.line, column: place.column, token: name,
                reason: "no such name; there are \(TCPInfo.names.sorted().joined(separator: ", "))")
        }
    }

    /// An assertion, or a value that gets a name.
    mutating func statement(_ variables: Set<String>) throws(ScriptError) -> ScriptAssertion {
        let (target, change) = try takeTarget()
        guard target != nil || base.takeWord("assert") else {
            throw fail("only 'assert COMPARISON, VALUE', 'NAME = VALUE' and 'if COMPARISON:' are understood")
        }
        var condition = try disjunction()
        if let target, let change { condition = .operation(String(change), .name(target), condition) }
        // The message behind the comma is for people: we say what the names were.
        if target == nil, base.take(",") { while base.current.kind != .end { base.advance() } }
        guard base.current.kind == .end else { throw fail("expected the end of the statement") }
        let assertion = ScriptAssertion(text: place.text, line: place.line, condition: condition, target: target)
        try check(assertion.names, variables)
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
