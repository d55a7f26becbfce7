extension OptionField {
    /// The octets of a value; what does not fit its width is cut off, or filled up with zeros behind.
    func encode(_ value: OptionValue) -> [UInt8] {
        switch value {
        case .number(let number):
            let width = width ?? 0
            return (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (width - 1 - $0))) }
        case .octets(let octets): return fitted(octets)
        case .text(let text): return fitted(Array(text.utf8))
        case .list(let values): return values.flatMap { encode($0) }
        }
    }

    private func fitted(_ octets: [UInt8]) -> [UInt8] {
        guard let size else { return octets }
        return Array(octets.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - octets.count))
    }

    /// The value of octets that are of its width.
    private func decode(_ octets: ArraySlice<UInt8>) -> OptionValue {
        switch kind {
        case .u8, .u16, .u32, .u64: .number(octets.reduce(0) { $0 << 8 | UInt64($1) })
        case .bytes: .octets(Array(octets))
        case .text: .text(String(printable: Array(octets.prefix { $0 != 0 })))
        }
    }

    /// Takes the field's octets from the front; nil if they do not fit.
    fileprivate func take(from rest: inout ArraySlice<UInt8>) -> OptionValue? {
        let available = rest.count
        guard let width else {
            defer { rest = [] }
            return decode(rest)
        }
        guard let count = number(within: available, width), count * width <= available else { return nil }
        let values = (0..<count).map { index in
            decode(rest[(rest.startIndex + index * width)..<(rest.startIndex + (index + 1) * width)])
        }
        rest = rest.dropFirst(count * width)
        return self.count == .one ? values.first : .list(values)
    }

    /// How many values there are in so many octets; nil: a broken number of them.
    private func number(within available: Int, _ width: Int) -> Int? {
        switch count {
        case .one: 1
        case .array(let count): count
        case .rest: available % max(width, 1) == 0 ? available / max(width, 1) : nil
        }
    }

    /// The value that stands for nothing.
    package var zero: OptionValue {
        let one: OptionValue =
            switch kind {
            case .u8, .u16, .u32, .u64: .number(0)
            case .bytes: .octets([])
            case .text: .text("")
            }
        return repeated(one)
    }

    /// The value in every place of the field.
    func repeated(_ value: OptionValue) -> OptionValue {
        switch count {
        case .one: value
        case .array(let count): .list([OptionValue](repeating: value, count: count))
        case .rest: .list([])
        }
    }
}

extension OptionDefinition {
    /// True if an option of this kind, with these octets after its length, is this one.
    package func matches(kind: UInt8, data: [UInt8]) -> Bool { kind == self.kind && data.starts(with: experiment) }

    /// The values of the fields, in order; nil if the octets do not fit them. `data` follows the length, with the experiment
    /// identifier.
    package func decode(_ data: [UInt8]) -> [OptionValue]? {
        guard data.starts(with: experiment) else { return nil }
        var rest = data.dropFirst(experiment.count)
        var values: [OptionValue] = []
        for field in fields {
            guard let value = field.take(from: &rest) else { return nil }
            values.append(value)
        }
        return rest.isEmpty ? values : nil
    }

    /// The octets after the length for these values.
    package func encode(_ values: [OptionValue]) -> [UInt8] {
        experiment + zip(fields, values).flatMap { $0.encode($1) }
    }
}

extension [OptionDefinition] {
    /// The definition that an option is of: one with an experiment identifier goes before one without.
    package func definition(kind: UInt8, data: [UInt8]) -> OptionDefinition? {
        filter { $0.matches(kind: kind, data: data) }.max { $0.experiment.count < $1.experiment.count }
    }
}

extension OptionValue: CustomStringConvertible {
    /// For the text log.
    public var description: String {
        switch self {
        case .number(let number): String(number)
        case .octets(let octets): String(hex: octets)
        case .text(let text): "\"\(text)\""
        case .list(let values): "[" + values.map(\.description).joined(separator: " ") + "]"
        }
    }
}

extension TCPOption {
    /// As tcpdump writes it; a registered option by its name, with its fields.
    package func dumpText(_ definitions: [OptionDefinition]) -> String {
        guard case .unknown(let kind, let data) = self,
            let definition = definitions.definition(kind: kind, data: data), let values = definition.decode(data)
        else { return dumpText }
        return definition.name + zip(definition.fields, values).map { " \($0.name) \($1)" }.joined()
    }
}
