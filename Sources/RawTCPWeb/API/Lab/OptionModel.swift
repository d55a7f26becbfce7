import Engine

extension OptionDefinition {
    /// As answers show it, in the words of the request.
    var json: JSON {
        [
            "name": .string(name),
            "kind": .number(kind),
            "exid": experiment.isEmpty ? .null : .string(experimentText),
            "fields": .array(fields.map(\.json)),
            "attach": .string(attachment.rawValue),
            "length": .integer(length),
        ]
    }

    /// `0xbeef`.
    private var experimentText: String { "0x" + String(hex: experiment) }

    /// An option of a segment, by name; nil if its octets do not fit the definition.
    func json(kind: UInt8, data: [UInt8]) -> JSON? {
        guard let values = decode(data) else { return nil }
        var members: [JSON.Member] = [.init("kind", .number(kind)), .init("name", .string(name))]
        if !experiment.isEmpty { members.append(.init("exid", .string(experimentText))) }
        members.append(
            .init("fields", .object(zip(fields, values).map { JSON.Member($0.name, $1.json) })))
        members.append(.init("hex", .string(String(hex: data))))
        return .object(members)
    }
}

extension OptionField {
    fileprivate var json: JSON {
        let suffix =
            switch count {
            case .one: ""
            case .array(let count): "[\(count)]"
            case .rest: "[]"
            }
        var members: [JSON.Member] = [.init("name", .string(name)), .init("type", .string(kind.rawValue + suffix))]
        if let size { members.append(.init("length", .integer(size))) }
        switch rule {
        case .constant(let value): members += [.init("rule", "constant"), .init("value", value.json)]
        case .counter(let start): members += [.init("rule", "counter"), .init("value", .number(start))]
        case .echo: members.append(.init("rule", "echo"))
        case .timestamp(let tick): members += [.init("rule", "timestamp"), .init("tick", tick.json)]
        }
        return .object(members)
    }
}

extension OptionValue {
    /// As answers show it; octets in hexadecimal digits.
    var json: JSON {
        switch self {
        case .number(let number): .number(number)
        case .octets(let octets): .string(String(hex: octets))
        case .text(let text): .string(text)
        case .list(let values): .array(values.map(\.json))
        }
    }
}
