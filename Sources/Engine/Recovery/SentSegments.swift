import DequeModule

/// Sent segments in the order of sequence. The oldest has its place here and not in a list: nearly all connections have one in
/// flight at a time, a SYN to begin with, and need no other memory for it.
package struct SentSegments: Sendable {
    private var oldest: SentSegment?
    /// nil while nothing is behind the oldest.
    private var others: Deque<SentSegment>?

    package init() {}

    /// Adds one behind the others.
    mutating func append(_ segment: SentSegment) {
        guard oldest != nil else { return oldest = segment }
        if others?.append(segment) == nil { others = [segment] }
    }

    /// Adds one in the middle: not in front of the oldest.
    mutating func insert(_ segment: SentSegment, at index: Int) {
        if others?.insert(segment, at: index - 1) == nil { others = [segment] }
    }

    /// Takes the oldest off.
    mutating func removeFirst() {
        oldest = others?.popFirst()
        // An idle connection keeps no room for what it once had in flight.
        if oldest == nil { others = nil }
    }
}

extension SentSegments: RandomAccessCollection, MutableCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { oldest == nil ? 0 : (others?.count ?? 0) + 1 }

    package subscript(index: Int) -> SentSegment {
        get {
            (index == 0 ? oldest : others?[index - 1])!
        }
        _modify {
            if index == 0 { yield &oldest! } else { yield &others![index - 1] }
        }
    }
}
