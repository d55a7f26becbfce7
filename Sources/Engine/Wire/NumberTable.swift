/// Values by number, where the numbers are our own: ids of connections and local ports. No peer can choose them so that
/// they collide, so a multiplication is hash enough, at a fraction of what `Dictionary`'s SipHash costs.
///
/// Open addressing with linear probing; a removal moves up what stands behind, so that nothing is left of it.
package struct NumberTable<Value> {
    /// nil: the place is empty.
    private var numbers: [UInt32?] = []
    /// Beside `numbers`.
    private var slots: [Value?] = []
    /// 32 less the binary logarithm of the number of places.
    private var shift: UInt32 = 32
    package private(set) var count = 0

    /// Places for the first value; a power of two, as always.
    private static var smallest: Int { 8 }

    package init() {}

    package var isEmpty: Bool { count == 0 }
    /// All values, in no order.
    package var values: some Sequence<Value> { slots.lazy.compactMap { $0 } }

    package subscript(number: UInt32) -> Value? {
        get { place(of: number).flatMap { slots[$0] } }
        set {
            if let newValue { insert(newValue, for: number) } else { removeValue(for: number) }
        }
    }

    /// Changes a value where it stands; nil if the number has none.
    package mutating func change<Result>(_ number: UInt32, _ body: (inout Value) -> Result) -> Result? {
        guard let place = place(of: number) else { return nil }
        // There is one at the place; `?.` would put it back through a copy.
        return body(&slots[place]!)
    }

    /// How many places there are, and what stands at one of them: for a walk through the values that others interrupt.
    package var placeCount: Int { slots.count }
    package func entry(at place: Int) -> (number: UInt32, value: Value)? {
        guard let number = numbers[place], let value = slots[place] else { return nil }
        return (number, value)
    }

    /// Where the number stands; nil if it has no value.
    private func place(of number: UInt32) -> Int? {
        guard count > 0 else { return nil }
        var place = home(of: number)
        while let found = numbers[place] {
            if found == number { return place }
            place = (place + 1) & (numbers.count - 1)
        }
        return nil
    }

    /// Fibonacci hashing (Knuth, The Art of Computer Programming, §6.4): numbers in a row land far apart.
    private func home(of number: UInt32) -> Int { Int((number &* 2_654_435_769) >> shift) }

    private mutating func insert(_ value: Value, for number: UInt32) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        if fill(number, value) { count += 1 }
    }

    /// True if the number had no value.
    @discardableResult
    private mutating func fill(_ number: UInt32, _ value: Value) -> Bool {
        var place = home(of: number)
        while let found = numbers[place], found != number { place = (place + 1) & (numbers.count - 1) }
        let isNew = numbers[place] == nil
        numbers[place] = number
        slots[place] = value
        return isNew
    }

    private mutating func grow() {
        let old = (numbers: numbers, slots: slots)
        let size = max(Self.smallest, old.slots.count * 2)
        numbers = Array(repeating: nil, count: size)
        slots = Array(repeating: nil, count: size)
        shift = UInt32(size.leadingZeroBitCount) - 31
        for (number, slot) in zip(old.numbers, old.slots) {
            if let number, let slot { fill(number, slot) }
        }
    }

    /// Takes a value out, and returns it.
    @discardableResult
    package mutating func removeValue(for number: UInt32) -> Value? {
        guard var gap = place(of: number) else { return nil }
        let value = slots[gap].take()
        count -= 1
        let mask = slots.count - 1
        var next = (gap + 1) & mask
        while let number = numbers[next] {
            // It may move up unless its home lies behind the gap.
            if (next - home(of: number)) & mask >= (next - gap) & mask {
                numbers[gap] = number
                slots[gap] = slots[next].take()
                gap = next
            }
            next = (next + 1) & mask
        }
        numbers[gap] = nil
        return value
    }
}
