import DequeModule

/// The octets that the user has written and the peer has not acknowledged, as a list of reference-counted blocks.
///
/// Positions are offsets in the stream: 0 is the first octet that was ever written. Blocks are filled once and never
/// change, so that a packet may point into one while the buffer moves on.
package struct SendBuffer: Sendable {
    private struct Part {
        let block: OctetBlock
        /// The stream position of the block's first octet.
        let start: UInt64
    }

    private var parts = Deque<Part>()
    /// The stream position of the oldest octet kept.
    package private(set) var start: UInt64 = 0
    /// The stream position behind the newest octet.
    package private(set) var end: UInt64 = 0
    /// Most octets that it holds.
    package private(set) var capacity: Int

    package init(capacity: Int) { self.capacity = capacity }

    /// Takes more from now on; never less, since what is held stays.
    package mutating func grow(to octets: Int) { capacity = max(capacity, octets) }

    /// Octets held.
    package var count: Int { Int(end - start) }
    /// Octets that still fit.
    package var available: Int { max(0, capacity - count) }

    /// Appends as many octets as fit, from `offset` on, and returns how many.
    package mutating func append(_ octets: RawSpan, from offset: Int = 0) -> Int {
        let limit = min(octets.byteCount - offset, available)
        var taken = 0
        while taken < limit {
            if parts.last.map({ $0.block.available == 0 }) ?? true {
                parts.append(Part(block: OctetBlock(), start: end))
            }
            guard let block = parts.last?.block else { break }
            let appended = block.append(octets.extracting(..<(offset + limit)), from: offset + taken)
            taken += appended
            end += UInt64(appended)
        }
        return taken
    }

    /// Lets go of everything before `position`.
    package mutating func release(before position: UInt64) {
        precondition(position >= start && position <= end, "released what was never written")
        start = position
        // Only the newest block may have room, and it ends at `end`: all others are full.
        while let first = parts.first, first.start + UInt64(OctetBlock.capacity) <= start { parts.removeFirst() }
        // An idle connection holds no buffer.
        if start == end { parts.removeAll() }
    }

    /// The `length` octets from `position` on, as one run or two. `length` may not exceed a block's capacity.
    package func slices(from position: UInt64, length: Int) -> (OctetSlice?, OctetSlice?) {
        precondition(position >= start && position + UInt64(length) <= end, "slice outside the buffer")
        guard length > 0 else { return (nil, nil) }
        // All blocks but the newest are full, so the index follows from the position; the first one tells where we are.
        let index = Int(position - parts[0].start) / OctetBlock.capacity
        let part = parts[index]
        let offset = Int(position - part.start)
        let head = min(length, part.block.count - offset)
        let slice = OctetSlice(block: part.block, offset: offset, count: head)
        guard head < length else { return (slice, nil) }
        return (slice, OctetSlice(block: parts[index + 1].block, offset: 0, count: length - head))
    }

    /// Drops everything: the connection is over.
    package mutating func removeAll() {
        guard start < end else { return }
        parts.removeAll(keepingCapacity: false)
        start = end
    }
}
