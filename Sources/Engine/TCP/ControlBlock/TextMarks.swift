import DequeModule

/// Places in the text to be sent that few connections have, in one box.
struct TextMarks: Sendable {
    /// Positions in the stream that no segment crosses, in order; nil before the first.
    var recordEnds: Deque<UInt64>?
    var pushes: PushMarks?
}

/// Where text was pushed, for those who push it again when they repeat it.
struct PushMarks: Sendable {
    /// Stream positions behind pushed text, in order.
    private var ends: Deque<UInt64> = []
    /// pushed_seq: the newest that there has been.
    private(set) var newest: UInt64 = 0
    /// Where the newest packet begins, which may have room.
    var begin: UInt64 = 0
    /// The newest, if it is the end of a write: others end a packet that is full.
    var writeEnd: UInt64?

    /// Text that ends there is pushed.
    func contains(_ end: UInt64) -> Bool {
        let place = place(of: end)
        return place < ends.count && ends[place] == end
    }

    /// Pushes the text in front of this position.
    mutating func insert(_ end: UInt64) {
        newest = max(newest, end)
        let place = place(of: end)
        if place == ends.count || ends[place] != end { ends.insert(end, at: place) }
    }

    /// More text follows in the same packet before it has left: nothing is pushed there.
    mutating func removeLast() { ends.removeLast() }

    /// What lies before this position is acknowledged.
    mutating func release(before start: UInt64) {
        while let first = ends.first, first <= start { ends.removeFirst() }
    }

    /// The place of the first one that is not before `end`.
    private func place(of end: UInt64) -> Int {
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < end { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
