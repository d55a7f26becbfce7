import Engine
import Testing

@Suite struct WireNumberTableTests {
    @Test func whatIsPutInIsFoundUntilItIsTakenOut() {
        var table = NumberTable<String>()
        #expect(table[7] == nil)
        table[7] = "seven"
        table[0] = "zero"
        #expect(table[7] == "seven")
        #expect(table[0] == "zero")
        #expect(table.count == 2)
        table[7] = "VII"
        #expect(table[7] == "VII")
        #expect(table.count == 2)
        #expect(table.removeValue(for: 7) == "VII")
        #expect(table.removeValue(for: 7) == nil)
        table[0] = nil
        #expect(table.isEmpty)
    }

    @Test func aValueIsChangedWhereItStands() {
        var table = NumberTable<[Int]>()
        table[7] = [1]
        #expect(
            table.change(7) {
                $0.append(2); return $0.count
            } == 2)
        #expect(table[7] == [1, 2])
        #expect(table.change(8) { $0.append(3) } == nil)
        #expect(table[8] == nil)
    }

    @Test func aWalkThroughItsPlacesMeetsEveryValueOnce() {
        var table = NumberTable<UInt32>()
        for number in 0..<100 as Range<UInt32> { table[number] = number * 2 }
        let met = (0..<table.placeCount).compactMap { table.entry(at: $0) }
        #expect(met.map(\.number).sorted() == Array(0..<100))
        #expect(met.allSatisfy { $0.value == $0.number * 2 })
    }

    @Test func behavesAsADictionaryUnderRandomUse() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        var table = NumberTable<UInt64>()
        var model: [UInt32: UInt64] = [:]
        for step in 0..<100_000 {
            // Few numbers, so that they meet; in rows as ids come, and anywhere.
            let number =
                random.next() % 2 == 0
                ? UInt32(truncatingIfNeeded: random.next() % 512) : UInt32(truncatingIfNeeded: random.next() << 20)
            if random.next() % 5 < 2 {
                let taken = (table.removeValue(for: number), model.removeValue(forKey: number))
                #expect(taken.0 == taken.1, "seed \(seed), step \(step)")
            } else {
                table[number] = UInt64(step)
                model[number] = UInt64(step)
            }
            #expect(table.count == model.count, "seed \(seed), step \(step)")
        }
        for (number, value) in model { #expect(table[number] == value, "seed \(seed), number \(number)") }
        #expect(Set(table.values) == Set(model.values), "seed \(seed)")
    }

    @Test func aLongRowOfNumbersIsForgottenInAnyOrder() {
        var table = NumberTable<UInt32>()
        for number in UInt32(1)...10_000 { table[number] = number }
        for number in stride(from: UInt32(9_999), through: 1, by: -2) {
            #expect(table.removeValue(for: number) == number)
        }
        #expect(table.count == 5_000)
        for number in UInt32(1)...10_000 { #expect(table[number] == (number % 2 == 0 ? number : nil)) }
    }
}
