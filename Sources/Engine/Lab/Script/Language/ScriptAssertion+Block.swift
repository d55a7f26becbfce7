extension ScriptAssertion {
    /// Reads the statements of one block, as Python has them. `print` is of no consequence; anything else than `assert`,
    /// `NAME = VALUE`, `NAME += VALUE` and what an `if` guards is an error.
    ///
    /// - Parameter variables: the names that the script has given to values so far.
    static func parse(
        _ code: String, in token: ScriptToken, variables: inout Set<String>
    ) throws(ScriptError) -> [ScriptAssertion] {
        var block = ScriptBlock(in: token, variables: variables)
        for (offset, line) in code.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            // As in Python, a backslash at its end lets a line go on in the next.
            let isContinued = line.trimmed.hasSuffix("\\")
            let whole = isContinued ? line.prefix(upTo: line.lastIndex(of: "\\") ?? line.endIndex) : line
            try block.read(whole.prefix { $0 != "#" }, offset: offset)
        }
        variables = block.variables
        return block.assertions
    }
}

/// One block between `%{` and `}%`, line by line.
private struct ScriptBlock {
    /// An `if` that the line at hand stands under.
    private struct Branch {
        let indentation: Int
        let condition: ScriptAssertion.Expression
        /// One of the branches so far was taken: what an `else` negates.
        let taken: ScriptAssertion.Expression
    }

    private let token: ScriptToken
    private(set) var variables: Set<String>
    private(set) var assertions: [ScriptAssertion] = []
    private var branches: [Branch] = []

    init(in token: ScriptToken, variables: Set<String>) {
        self.token = token
        self.variables = variables
    }

    mutating func read(_ line: Substring, offset: Int) throws(ScriptError) {
        let statements = line.split(separator: ";").map(\.trimmed).filter { !$0.isEmpty }
        guard !statements.isEmpty else { return }
        // What stands behind `%{` is not indented.
        let indentation = offset == 0 ? 0 : line.prefix { $0 == " " || $0 == "\t" }.count
        var last: Branch?
        while let branch = branches.last, branch.indentation >= indentation {
            last = branch.indentation == indentation ? branch : nil
            branches.removeLast()
        }
        for statement in statements where !Self.isPrint(statement) {
            let place = ScriptToken(
                kind: .code(statement), line: token.line + offset, column: offset == 0 ? token.column : indentation + 1,
                text: statement)
            var parser = ScriptAssertionParser(try ScriptLexer.tokens(of: statement), in: place)
            if let branch = try parser.branch(variables) {
                guard branches.count < 16 else { throw parser.fail("more than 16 branches inside each other") }
                branches.append(try self.branch(branch, behind: last, indentation, parser))
                guard !parser.isOver else { continue }
            }
            var assertion = try parser.statement(variables)
            assertion.guards = branches.map(\.condition)
            assertion.target.map { _ = variables.insert($0) }
            assertions.append(assertion)
        }
    }

    private func branch(
        _ header: ScriptAssertionParser.Branch, behind last: Branch?, _ indentation: Int,
        _ parser: ScriptAssertionParser
    ) throws(ScriptError) -> Branch {
        switch header {
        case .when(let condition): return Branch(indentation: indentation, condition: condition, taken: condition)
        case .otherwise(let condition):
            guard let last else { throw parser.fail("no 'if' stands before it") }
            let rest = ScriptAssertion.Expression.not(last.taken)
            guard let condition else { return Branch(indentation: indentation, condition: rest, taken: .number(1)) }
            return Branch(
                indentation: indentation, condition: .operation("and", rest, condition),
                taken: .operation("or", last.taken, condition))
        }
    }

    /// `print(tcpi_rtt)` and, as older Python has it, `print tcpi_rtt`: for people only.
    private static func isPrint(_ statement: String) -> Bool {
        let rest = statement.dropFirst(5)
        return statement.hasPrefix("print") && (rest.isEmpty || rest.first == "(" || rest.first == " ")
    }
}
