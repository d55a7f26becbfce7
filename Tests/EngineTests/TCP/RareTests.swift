import Engine
import Testing

@Suite struct RareTests {
    private struct Holder {
        @Rare var text: [Int]?
    }

    @Test func aValueIsChangedWhereItStands() {
        var holder = Holder()
        holder.text = [1]
        let count = holder.$text.change { text in
            text.append(2)
            return text.count
        }
        #expect(count == 2)
        #expect(holder.text == [1, 2])
        #expect(holder.$text.isSet)
    }

    @Test func whereThereIsNoneNothingIsChanged() {
        var holder = Holder()
        #expect(holder.$text.change { $0.append(1) } == nil)
        #expect(holder.text == nil)
        #expect(!holder.$text.isSet)
    }
}
