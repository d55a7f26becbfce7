/// Reads a filter by recursive descent: `or` binds weakest, then `and`, then `not`, then comparisons.
struct FilterParser {
    private let tokens: [FilterToken]
    private var index = 0
    private var depth = 0
    /// Names of connections that only the engine can resolve.
    private(set) var names: Set<String> = []

    /// Parentheses and negations inside each other; more would only exhaust the stack.
    private static let deepest = 64

    /// The parser of this text; fails where it cannot even be cut into words.
    init(_ text: String) throws(FilterError) { tokens = try FilterLexer(text).tokens }

    private var next: FilterToken { tokens[index] }

    private mutating func advance() { index = min(index + 1, tokens.count - 1) }

    private mutating func take(_ kind: FilterToken.Kind) -> Bool {
        guard next.kind == kind else { return false }
        advance()
        return true
    }

    /// The whole filter.
    mutating func parse() throws(FilterError) -> FilterExpression {
        guard next.kind != .end else { throw FilterError(at: 0, "the filter is empty") }
        let expression = try parseOr()
        guard next.kind == .end else {
            throw FilterError(at: next.position, "expected && or || here, or the end")
        }
        return expression
    }

    private mutating func parseOr() throws(FilterError) -> FilterExpression {
        var left = try parseAnd()
        while take(.or) { left = .or(left, try parseAnd()) }
        return left
    }

    private mutating func parseAnd() throws(FilterError) -> FilterExpression {
        var left = try parseNot()
        while take(.and) { left = .and(left, try parseNot()) }
        return left
    }

    private mutating func parseNot() throws(FilterError) -> FilterExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw FilterError(at: next.position, "nested deeper than \(Self.deepest) levels")
        }
        if take(.not) { return .not(try parseNot()) }
        let open = next
        guard take(.openParenthesis) else { return try parseComparison() }
        let inner = try parseOr()
        guard take(.closeParenthesis) else {
            throw FilterError(at: next.position, "the parenthesis opened at \(open.position + 1) is not closed here")
        }
        return inner
    }

    // MARK: Comparisons

    private mutating func parseComparison() throws(FilterError) -> FilterExpression {
        let field = try parseField()
        let mask = try parseMask(of: field)
        let sign = next
        switch sign.kind {
        case .comparison(let comparison):
            advance()
            try check(comparison, of: field, at: sign.position)
            if mask == nil, let other = parseOtherField(than: field) { return .compareFields(field, comparison, other) }
            return .compare(field, mask: mask, comparison, try parseLiteral(for: field))
        case .contains:
            advance()
            guard mask == nil, [.octets, .text].contains(field.kind) else {
                throw FilterError(at: sign.position, "\(field.name) holds no octets to look in; try payload or frame")
            }
            return .contains(field, try parseOctets())
        case .in:
            advance()
            return .member(field, mask: mask, try parseSet(for: field))
        case .word(let word) where word.lowercased() == "matches":
            throw FilterError(at: sign.position, "regular expressions are not understood; use contains")
        case .word, .quoted, .and, .or, .not, .bitAnd, .openParenthesis, .closeParenthesis, .openBrace, .closeBrace,
            .comma, .range, .end:
            return mask.map { .masked(field, $0) } ?? .present(field)
        }
    }

    private mutating func parseField() throws(FilterError) -> FilterField {
        guard case .word(let name) = next.kind else {
            throw FilterError(at: next.position, "expected a field such as tcp.port or cause")
        }
        guard let field = FilterField.named[name] ?? FilterField.named[name.lowercased()] else {
            let unknown = FilterError.Unknown(word: name, candidates: FilterField.all.map(\.name))
            throw FilterError(at: next.position, "\"\(name)\" is no field", unknown: unknown)
        }
        advance()
        return field
    }

    /// `tcp.flags & 0x12`
    private mutating func parseMask(of field: FilterField) throws(FilterError) -> UInt64? {
        let sign = next
        guard take(.bitAnd) else { return nil }
        guard field.kind == .number else { throw FilterError(at: sign.position, "\(field.name) is no number to mask") }
        guard case .word(let word) = next.kind, case .number(let bits)? = FilterField.number(word) else {
            throw FilterError(at: next.position, "expected a number as the mask")
        }
        advance()
        return bits
    }

    /// Only fields whose values have an order can be compared by it.
    private func check(_ comparison: FilterComparison, of field: FilterField, at position: Int) throws(FilterError) {
        if field.kind == .mark {
            throw FilterError(at: position, "\(field.name) has no value: write it alone, or with ! before it")
        }
        switch comparison {
        case .anyEqual, .allEqual, .anyUnequal, .allUnequal: return
        case .greater, .less, .greaterOrEqual, .lessOrEqual:
            if case .word = field.kind { throw FilterError(at: position, "\(field.name) has no order") }
            if field.kind == .connection { throw FilterError(at: position, "connections have no order") }
        }
    }

    /// A field on the right side, of the same kind as the one on the left.
    private mutating func parseOtherField(than field: FilterField) -> FilterField? {
        guard case .word(let name) = next.kind, let other = FilterField.named[name], other.kind == field.kind else {
            return nil
        }
        advance()
        return other
    }

    // MARK: Literals

    private mutating func parseSet(for field: FilterField) throws(FilterError) -> [FilterLiteral] {
        guard take(.openBrace) else { throw FilterError(at: next.position, "expected a set such as {80, 443}") }
        var literals: [FilterLiteral] = []
        while !take(.closeBrace) {
            let first = next.position
            let literal = try parseLiteral(for: field)
            if take(.range) {
                guard case .value(let lower) = literal, case .value(let upper) = try parseLiteral(for: field) else {
                    throw FilterError(at: first, "a range goes from one value to another")
                }
                literals.append(.range(lower, upper))
            } else {
                literals.append(literal)
            }
            _ = take(.comma)
            guard next.kind != .end else { throw FilterError(at: next.position, "the set is not closed") }
        }
        guard !literals.isEmpty else { throw FilterError(at: next.position, "the set is empty") }
        return literals
    }

    private mutating func parseLiteral(for field: FilterField) throws(FilterError) -> FilterLiteral {
        let token = next
        let literal: FilterLiteral?
        switch token.kind {
        case .word(let word): literal = FilterField.literal(word, isQuoted: false, for: field.kind)
        // A direction, where an operator would make no sense.
        case .in: literal = FilterField.literal("in", isQuoted: false, for: field.kind)
        case .quoted(let octets):
            literal =
                field.kind == .octets
                ? .value(.octets(octets))
                : String(validating: octets, as: UTF8.self)
                    .flatMap { FilterField.literal($0, isQuoted: true, for: field.kind) }
        case .comparison, .contains, .and, .or, .not, .bitAnd, .openParenthesis, .closeParenthesis, .openBrace,
            .closeBrace, .comma, .range, .end:
            literal = nil
        }
        guard let literal else { throw mismatch(token, field) }
        if case .connectionName(let name) = literal { names.insert(name) }
        advance()
        return literal
    }

    private func mismatch(_ token: FilterToken, _ field: FilterField) -> FilterError {
        var unknown: FilterError.Unknown?
        if case .word(let words) = field.kind, case .word(let word) = token.kind {
            unknown = FilterError.Unknown(word: word, candidates: words)
        }
        return FilterError(
            at: token.position, "\(field.name) is compared with \(field.kind.expectation)", unknown: unknown)
    }

    /// What `contains` looks for.
    private mutating func parseOctets() throws(FilterError) -> [UInt8] {
        let token = next
        switch token.kind {
        case .quoted(let octets):
            advance()
            return octets
        case .word(let word):
            advance()
            return FilterField.hexOctets(word) ?? Array(word.utf8)
        case .comparison, .contains, .in, .and, .or, .not, .bitAnd, .openParenthesis, .closeParenthesis, .openBrace,
            .closeBrace, .comma, .range, .end:
            throw FilterError(at: token.position, "expected \(FilterKind.octets.expectation)")
        }
    }
}
