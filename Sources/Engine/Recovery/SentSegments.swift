import DequeModule

/// Sent segments in the order of sequence. The oldest has its place here and not in a list: nearly all connections have one in
/// flight at a time, a SYN to begin with, and need no other memory for it.
package struct SentSegments: Sendable {
    private var oldest: SentSegment?
    private var others = Deque<SentSegment>()

    package init() {}

    /// Adds one behind the others.
    mutating func append(_ segment: SentSegment) {
        if oldest == nil { oldest = segment } else { others.append(segment) }
    }

    /// Adds one in the middle: not in front of the oldest.
    mutating func insert(_ segment: SentSegment, at index: Int) { others.insert(segment, at: index - 1) }

    /// Takes the oldest off.
    mutating func removeFirst() {
        oldest = others.popFirst()
        // An idle connection keeps no room for what it once had in flight.
        if oldest == nil { others = Deque() }
    }
}

extension SentSegments: RandomAccessCollection, MutableCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { oldest == nil ? 0 : others.count + 1 }

    package subscript(index: Int) -> SentSegment {
        get {
            guard index == 0, let oldest else { return others[index - 1] }
            return oldest
        }
        _modify {
            if index == 0 { yield &oldest! } else { yield &others[index - 1] }
        }
    }
}
