/// Calls: `0...0.1 read(4, ..., 1000) = 1000`.
extension ScriptParser {
    mutating func call() throws(ScriptError) -> ScriptCall {
        var end: Interval?
        if current.kind == .ellipsis {
            advance()
            end = try interval()
        }
        let token = current
        let name = try word("a packet ('<' or '>'), a call, a shell line in backticks, or %{ assertions }%")
        guard ScriptCall.names.contains(name), isSymbol("(") else {
            throw fail(token, "no call that is understood; there are \(ScriptCall.names.joined(separator: ", "))")
        }
        advance()
        nesting = 0
        var arguments: [ScriptExpression] = []
        if !isSymbol(")") {
            repeat { arguments.append(try expression()) } while take(",")
        }
        try expect(")")
        try expect("=")
        let result = try expression()
        var errno: String?
        if case .word(let word) = current.kind {
            guard word.hasPrefix("E") else { throw fail("expected an errno like EAGAIN") }
            errno = word
            advance()
        }
        skipNote()
        let call = ScriptCall(
            name: name, arguments: ScriptSocketOption.named(name, arguments), result: result, errno: errno, end: end,
            column: token.column)
        try ScriptVocabulary.check(call, token)
        return call
    }

    /// `(Operation now in progress)`, `(flags O_RDWR)`: for people.
    private mutating func skipNote() {
        guard take("(") else { return }
        while !isSymbol(")"), current.kind != .end { advance() }
        advance()
    }

    mutating func expression() throws(ScriptError) -> ScriptExpression {
        // A hostile script must not exhaust the stack.
        nesting += 1
        guard nesting <= 256 else { throw fail("a call of more than 256 values") }
        var expression = try primary()
        while take("|") {
            nesting += 1
            guard nesting <= 256 else { throw fail("a call of more than 256 values") }
            expression = .either(expression, try primary())
        }
        return expression
    }

    private mutating func primary() throws(ScriptError) -> ScriptExpression {
        let token = current
        advance()
        switch token.kind {
        case .ellipsis: return .ellipsis
        case .integer(let number), .hexadecimal(let number): return .integer(number)
        case .string(var octets):
            while case .string(let more) = current.kind {
                octets += more
                advance()
            }
            // `"text"...`: only the beginning matters.
            if current.kind == .ellipsis { advance() }
            return .string(octets)
        case .word(let word):
            guard take("(") else { return .word(word) }
            return .function(word, try list(")"))
        case .symbol("["): return .list(try list("]"))
        case .symbol("{"): return try braces()
        default: throw fail(token, "expected a value")
        }
    }

    private mutating func list(_ close: Character) throws(ScriptError) -> [ScriptExpression] {
        var items: [ScriptExpression] = []
        if !isSymbol(close) {
            repeat { items.append(try expression()) } while take(",")
        }
        try expect(close)
        return items
    }

    /// `{name=value, …}`, `{name(…)=value}`, or plain values.
    private mutating func braces() throws(ScriptError) -> ScriptExpression {
        var members: [ScriptMember] = []
        var items: [ScriptExpression] = []
        if !isSymbol("}") {
            repeat {
                let value = try expression()
                guard take("=") else {
                    items.append(value)
                    continue
                }
                guard let name = value.name else { throw fail("expected a member's name in front of '='") }
                members.append(ScriptMember(name: name, value: try expression()))
            } while take(",")
        }
        try expect("}")
        return members.isEmpty ? .list(items) : .structure(members)
    }
}

extension ScriptExpression {
    /// The word that it begins with.
    var name: String? {
        switch self {
        case .word(let word), .function(let word, _): word
        case .ellipsis, .integer, .string, .list, .structure, .either: nil
        }
    }
}
