/// Reads a script by recursive descent. The grammar is packetdrill's, as its users write it for Linux and for FreeBSD.
struct ScriptParser {
    var tokens: [ScriptToken]
    var at = 0
    /// How deep values are nested, and how many are joined by `|`, in the call at hand.
    var nesting = 0
    /// The names that `%{ NAME = VALUE }%` has given.
    var variables: Set<String> = []
    /// `--ip_version=ipv6`: names of ICMP types are those of ICMPv6.
    var isV6 = false

    init(_ tokens: [ScriptToken]) { self.tokens = tokens }

    // MARK: Looking

    var current: ScriptToken { tokens[min(at, tokens.count - 1)] }

    func peek(_ distance: Int) -> ScriptToken { tokens[min(at + distance, tokens.count - 1)] }

    mutating func advance() { at += 1 }

    func fail(_ reason: String) -> ScriptError { fail(current, reason) }

    func fail(_ token: ScriptToken, _ reason: String) -> ScriptError {
        let isEnd = token.kind == .end
        return ScriptError(line: token.line, column: token.column, token: isEnd ? "end" : token.text, reason: reason)
    }

    func isSymbol(_ symbol: Character, at distance: Int = 0) -> Bool { peek(distance).kind == .symbol(symbol) }

    func isWord(_ word: String, at distance: Int = 0) -> Bool { peek(distance).kind == .word(word) }

    mutating func take(_ symbol: Character) -> Bool {
        guard isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func takeWord(_ word: String) -> Bool {
        guard isWord(word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: Character) throws(ScriptError) {
        guard take(symbol) else { throw fail("expected '\(symbol)'") }
    }

    /// The next word.
    mutating func word(_ what: String) throws(ScriptError) -> String {
        guard case .word(let word) = current.kind else { throw fail("expected \(what)") }
        advance()
        return word
    }

    /// The next number, within `range`.
    mutating func integer<Number: FixedWidthInteger>(_ what: String, as type: Number.Type) throws(ScriptError) -> Number
    {
        let value: Int64
        switch current.kind {
        case .integer(let number), .hexadecimal(let number): value = number
        default: throw fail("expected \(what), a number")
        }
        guard let number = Number(exactly: value) else {
            throw fail("\(what) must be \(Number.min) … \(Number.max)")
        }
        advance()
        return number
    }

    // MARK: Script

    mutating func script(lines: [String]) throws(ScriptError) -> Script {
        var flags: [Script.Flag] = []
        var events: [ScriptEvent] = []
        while current.kind != .end {
            if case .flag(let name, let value) = current.kind {
                if name == "ip_version" { isV6 = value == "ipv6" }
                flags.append(Script.Flag(name: name, value: value, line: current.line, column: current.column))
                advance()
            } else {
                events.append(try event())
            }
        }
        return Script(flags: flags, events: events, lines: lines)
    }

    private mutating func event() throws(ScriptError) -> ScriptEvent {
        let line = current.line
        let start = current
        if let command = try command() {
            return ScriptEvent(line: line, time: .immediately, action: .command(command))
        }
        let time = try time()
        let action = try action()
        if case .packet(let packet) = action, packet.direction == .outbound {
            return ScriptEvent(line: line, time: time, action: action)
        }
        switch time {
        case .whenever, .between, .afterBetween:
            throw fail(start, "a range of times, or '*', is for expected packets only")
        case .immediately, .at, .after: return ScriptEvent(line: line, time: time, action: action)
        }
    }

    private mutating func command() throws(ScriptError) -> ScriptCommand? {
        guard case .command(let text) = current.kind else { return nil }
        defer { advance() }
        return ScriptCommand(text)
    }

    private mutating func action() throws(ScriptError) -> ScriptEvent.Action {
        if let command = try command() { return .command(command) }
        if case .code(let text) = current.kind {
            let token = current
            advance()
            return .assertions(try ScriptAssertion.parse(text, in: token, variables: &variables))
        }
        if isSymbol("<") || isSymbol(">") { return try packet() }
        return .call(try call())
    }

    // MARK: Times

    private mutating func time() throws(ScriptError) -> ScriptTime {
        if take("*") { return .whenever }
        let isRelative = take("+")
        let first = try interval()
        guard take("~") else { return isRelative ? .after(first) : .at(first) }
        if isRelative { try expect("+") }
        let token = current
        let last = try interval()
        guard first <= last else { throw fail(token, "a range of times that runs backwards") }
        return isRelative ? .afterBetween(first, last) : .between(first, last)
    }

    /// A number of seconds.
    mutating func interval() throws(ScriptError) -> Interval {
        let interval: Interval
        switch current.kind {
        case .integer(let seconds) where seconds >= 0 && seconds < 1_000_000: interval = .seconds(seconds)
        case .decimal(let nanos) where nanos >= 0 && nanos < 1_000_000_000_000_000: interval = .nanoseconds(nanos)
        default: throw fail("expected a time in seconds, like 0.1, +.5 or *")
        }
        advance()
        return interval
    }
}

extension Script {
    /// Most octets of a script.
    public static let maximumLength = 1 << 20

    /// Reads a script.
    ///
    /// - Parameter definitions: names that `#ifdef` finds, and that stand for their values, beside those which the script
    ///   defines itself by `#define` and `--define`.
    public init(parsing text: String, definitions: [String: String] = [:]) throws(ScriptError) {
        // By octets: Swift takes CR and LF together for one character, which no split at LF would find.
        let plain = String(decoding: text.utf8.filter { $0 != 13 }, as: UTF8.self)
        var definitions = definitions
        let settled = try ScriptPreprocessor.settle(plain, definitions: &definitions)
        var tokens = try ScriptLexer.tokens(of: settled)
        for token in tokens {
            guard case .flag("define", let value) = token.kind, let equals = value.firstIndex(of: "=") else { continue }
            definitions[String(value[..<equals])] = String(value[value.index(after: equals)...])
        }
        tokens = tokens.map { $0.substituted(by: definitions) }
        var parser = ScriptParser(tokens)
        let lines = plain.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        self = try parser.script(lines: lines)
    }
}

extension ScriptToken {
    /// The token that a defined word stands for.
    fileprivate func substituted(by definitions: [String: String]) -> ScriptToken {
        guard case .word(let word) = kind, let value = definitions[word], value != "1" else { return self }
        guard let token = try? ScriptLexer.tokens(of: value).first else { return self }
        return ScriptToken(kind: token.kind, line: line, column: column, text: text, spelling: token.text)
    }
}
