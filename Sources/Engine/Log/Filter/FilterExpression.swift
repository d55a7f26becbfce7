/// A filter, read.
indirect enum FilterExpression: Hashable, Sendable {
    case or(FilterExpression, FilterExpression)
    case and(FilterExpression, FilterExpression)
    case not(FilterExpression)
    /// The field is there.
    case present(FilterField)
    /// The field has one of these bits.
    case masked(FilterField, UInt64)
    case compare(FilterField, mask: UInt64?, FilterComparison, FilterLiteral)
    case compareFields(FilterField, FilterComparison, FilterField)
    case contains(FilterField, [UInt8])
    case member(FilterField, mask: UInt64?, [FilterLiteral])

    /// True of the segment; `names` are the connections that names in the filter stand for.
    func matches(_ segment: DecodedSegment, names: [String: ConnectionID]) -> Bool {
        switch self {
        case .or(let a, let b): return a.matches(segment, names: names) || b.matches(segment, names: names)
        case .and(let a, let b): return a.matches(segment, names: names) && b.matches(segment, names: names)
        case .not(let inner): return !inner.matches(segment, names: names)
        case .present(let field): return !field.read(segment).isEmpty
        case .masked(let field, let bits): return field.read(segment).contains { $0.masked(bits) != .number(0) }
        case .compare(let field, let mask, let comparison, let literal):
            let values = field.read(segment).map { $0.masked(mask) }
            return comparison.holds(values, literal, names)
        case .compareFields(let field, let comparison, let other):
            let values = field.read(segment)
            return other.read(segment).contains { comparison.holds(values, .value($0), names) }
        case .contains(let field, let octets): return field.read(segment).contains { $0.contains(octets) }
        case .member(let field, let mask, let literals):
            return field.read(segment).contains { value in
                literals.contains { $0.covers(value.masked(mask), names: names) }
            }
        }
    }
}

extension FilterComparison {
    /// As Wireshark has it: nothing holds of a field that is not there, and `!=` says that no value is equal.
    fileprivate func holds(_ values: [FilterValue], _ literal: FilterLiteral, _ names: [String: ConnectionID]) -> Bool {
        guard !values.isEmpty else { return false }
        let isEqual = { (value: FilterValue) in literal.covers(value, names: names) }
        switch self {
        case .anyEqual: return values.contains(where: isEqual)
        case .allEqual: return values.allSatisfy(isEqual)
        case .anyUnequal: return values.contains { !isEqual($0) }
        case .allUnequal: return !values.contains(where: isEqual)
        case .greater: return values.contains { literal.isLess(than: $0) }
        case .less: return values.contains { literal.isGreater(than: $0) }
        case .greaterOrEqual: return values.contains { literal.isLess(than: $0) || isEqual($0) }
        case .lessOrEqual: return values.contains { literal.isGreater(than: $0) || isEqual($0) }
        }
    }
}

extension FilterLiteral {
    fileprivate func isLess(than value: FilterValue) -> Bool {
        guard case .value(let own) = self else { return false }
        return own.isLess(than: value)
    }

    fileprivate func isGreater(than value: FilterValue) -> Bool {
        guard case .value(let own) = self else { return false }
        return value.isLess(than: own)
    }
}

extension FilterValue {
    /// The bits of a number that the mask lets through.
    fileprivate func masked(_ mask: UInt64?) -> FilterValue {
        guard let mask, case .number(let number) = self else { return self }
        return .number(number & mask)
    }

    /// True if the octets stand somewhere in the value.
    fileprivate func contains(_ octets: [UInt8]) -> Bool {
        switch self {
        case .octets(let own): own.contains(run: octets)
        case .text(let text): Array(text.utf8).contains(run: octets)
        case .number, .seconds, .address: false
        }
    }
}

extension [UInt8] {
    /// True if the octets stand somewhere in the array, one behind the other.
    fileprivate func contains(run wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        guard count >= wanted.count else { return false }
        return (0...count - wanted.count).contains { start in
            self[start] == first && self[start..<start + wanted.count].elementsEqual(wanted)
        }
    }
}
