package import Engine

/// The body of `PUT /v1/options/{name}`, read strictly.
package enum OptionRequest {
    /// Kinds that the service speaks itself, or that are single octets.
    private static let reservedKinds: Set<Int> = [0, 1, 2, 3, 4, 5, 8, 28, 34]
    /// The names by which records show what they know without a registration.
    package static let reservedNames: Set = [
        "endOfOptions", "noOperation", "mss", "windowScale", "sackPermitted", "sack", "timestamps", "userTimeout",
        "fastOpen", "unknown", "malformed",
    ]
    /// A header's forty octets of options.
    private static let room = 40

    /// Reads the definition of the option `name`.
    package static func read(_ body: StrictObject, name: String) throws(Problem) -> OptionDefinition {
        if reservedNames.contains(name) {
            throw Problem(
                .nameInUse, "Records show options that are not registered as \"\(name)\". Take another name.")
        }
        var object = body
        let kind = object.integer("kind", in: 2...255)
        if !object.has("kind") { object.addFault("kind", "is required: 253 and 254 are for experiments (RFC 6994)") }
        if let kind, reservedKinds.contains(kind) {
            object.addFault("kind", "\(kind) is an option that the service speaks itself")
        }
        let experiment = object.read("exid", "four or eight hexadecimal digits such as \"0xBEEF\" (RFC 6994)") {
            value in
            value.text.flatMap { text -> [UInt8]? in
                guard text.hasPrefix("0x"), [6, 10].contains(text.utf8.count) else { return nil }
                return Hex.decode(String(text.dropFirst(2)))
            }
        }
        let attachment = object.word("attach", OptionDefinition.Attachment.self) ?? .syn
        let fields = object.objects("fields") { field in readField(&field) } ?? []
        let definition = OptionDefinition(
            name: name, kind: UInt8(kind ?? 254), experiment: experiment ?? [], fields: fields, attachment: attachment)
        if object.faults.isEmpty { check(definition, &object) }
        try object.finish()
        return definition
    }

    private static func check(_ definition: OptionDefinition, _ object: inout StrictObject) {
        let fields = definition.fields
        if Set(fields.map(\.name)).count < fields.count { object.addFault("fields", "two of them have the same name") }
        for (index, field) in fields.dropLast().enumerated() where field.isOpen {
            object.addFault(
                "fields", "\(index) (\(field.name)) takes what is left, so it must be the last; or give its length")
        }
        if let last = fields.last, last.isOpen, definition.attachment != .never {
            if case .constant = last.rule {
            } else {
                object.addFault("fields", "\(last.name) needs a length or a count: only a constant has its own")
            }
        }
        if definition.length > room {
            object.addFault(
                "fields",
                "with kind and length the option takes \(definition.length) octets; a header has room for \(room)")
        }
    }

    // MARK: Fields

    private enum RuleWord: String, CaseIterable {
        case constant, counter, echo, timestamp
    }

    private static func readField(_ object: inout StrictObject) -> OptionField? {
        let name = object.read("name", "a name ([A-Za-z][A-Za-z0-9._-]{0,62})") { value in
            value.text.flatMap { $0.wholeMatch(of: /[A-Za-z][A-Za-z0-9._-]{0,62}/) == nil ? nil : $0 }
        }
        let shape = object.read("type", "u8, u16, u32, u64, bytes or text, or an array of it such as u16[3] or u8[]") {
            $0.text.flatMap(Self.shape)
        }
        for member in ["name", "type"] where !object.has(member) { object.addFault(member, "is required") }
        let size = object.integer("length", in: 0...38)
        let rule = object.word("rule", RuleWord.self) ?? .constant
        let tick = object.interval("tick", in: .nanoseconds(1)...(.milliseconds(86_400_000)))
        let value = object.value("value")
        guard let name, let shape, object.faults.isEmpty else { return nil }
        var field = OptionField(name: name, kind: shape.kind, count: shape.count, size: size, rule: .echo)
        if size != nil, field.isNumber {
            object.addFault("length", "is for bytes and text: \(shape.kind.rawValue) has its own")
        }
        if tick != nil, rule != .timestamp { object.addFault("tick", "is for the rule timestamp") }
        switch rule {
        case .constant:
            guard let constant = constant(value ?? .null, of: field) else {
                object.addFault("value", "must be \(field.expectation)")
                return nil
            }
            field.rule = .constant(constant)
        case .counter:
            let start = value == nil ? 0 : value?.wholeNumber
            guard field.isNumber, let start, start >= 0 else {
                object.addFault("rule", "counter is for numbers, and its value is where it starts")
                return nil
            }
            field.rule = .counter(start: UInt64(start))
        case .echo: field.rule = .echo
        case .timestamp:
            if !field.isNumber { object.addFault("rule", "timestamp is for numbers") }
            field.rule = .timestamp(tick: tick ?? .milliseconds(1))
        }
        if rule == .echo || rule == .timestamp, value != nil { object.addFault("value", "is for constant and counter") }
        return field
    }

    /// `u16`, `u16[3]`, `u16[]`.
    private static func shape(_ text: String) -> (kind: OptionField.Kind, count: OptionField.Count)? {
        let word = text.prefix { $0 != "[" }
        guard let kind = OptionField.Kind(rawValue: String(word)) else { return nil }
        let brackets = text[word.endIndex...]
        if brackets.isEmpty { return (kind, .one) }
        guard brackets.hasSuffix("]") else { return nil }
        let digits = brackets.dropFirst().dropLast()
        if digits.isEmpty { return (kind, .rest) }
        guard let count = Int(digits), String(count) == digits, (1...38).contains(count) else { return nil }
        return (kind, .array(count))
    }

    /// A constant as JSON writes it; null is zeros.
    private static func constant(_ json: JSON, of field: OptionField) -> OptionValue? {
        if json == .null { return field.zero }
        guard case .array(let elements) = json else {
            return field.count == .one ? element(json, field) : nil
        }
        let values = elements.compactMap { element($0, field) }
        switch field.count {
        case .one: return nil
        case .array(let count) where count != values.count: return nil
        case .array, .rest: return values.count == elements.count ? .list(values) : nil
        }
    }

    private static func element(_ json: JSON, _ field: OptionField) -> OptionValue? {
        switch field.kind {
        case .u8, .u16, .u32, .u64:
            guard let number = json.wholeNumber, number >= 0, field.holds(UInt64(number)) else { return nil }
            return .number(UInt64(number))
        case .bytes:
            guard let octets = json.text.flatMap(Hex.decode), octets.count <= field.size ?? 38 else { return nil }
            return .octets(octets)
        case .text:
            guard let text = json.text, text.utf8.count <= field.size ?? 38 else { return nil }
            return .text(text)
        }
    }
}

extension OptionField {
    fileprivate var isNumber: Bool {
        switch kind {
        case .u8, .u16, .u32, .u64: true
        case .bytes, .text: false
        }
    }

    /// It takes what the option's length leaves.
    fileprivate var isOpen: Bool { count == .rest || !isNumber && size == nil }

    fileprivate func holds(_ number: UInt64) -> Bool {
        switch kind {
        case .u8: number <= UInt8.max
        case .u16: number <= UInt16.max
        case .u32: number <= UInt32.max
        case .u64, .bytes, .text: true
        }
    }

    fileprivate var expectation: String {
        let one =
            switch kind {
            case .u8, .u16, .u32, .u64: "a whole number that fits \(kind.rawValue)"
            case .bytes: "pairs of hexadecimal digits"
            case .text: "a string"
            }
        return count == .one ? one : "an array, each element \(one)"
    }
}
