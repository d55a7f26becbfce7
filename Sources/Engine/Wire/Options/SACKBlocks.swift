/// One run of octets that a receiver holds: `left ..< right` (RFC 2018 §3).
package struct SACKBlock: Hashable, Sendable {
    /// The first sequence number of the run.
    package var left: SequenceNumber
    /// The sequence number behind the run.
    package var right: SequenceNumber

    package init(_ left: SequenceNumber, _ right: SequenceNumber) {
        self.left = left
        self.right = right
    }
}

/// The blocks of one SACK option: up to four, since no more fit into the forty octets of options (RFC 2018 §3).
package struct SACKBlocks: Hashable, Sendable {
    /// Most blocks in one option.
    package static let capacity = 4

    private var storage = InlineArray<4, SACKBlock>(repeating: SACKBlock(SequenceNumber(0), SequenceNumber(0)))
    private var length: UInt8 = 0

    package init() {}

    /// How many there are.
    package var count: Int { Int(length) }
    package var isEmpty: Bool { length == 0 }

    /// Adds a block behind the others; one too many is left out.
    package mutating func append(_ block: SACKBlock) {
        guard count < Self.capacity else { return }
        storage[count] = block
        length += 1
    }

    /// Takes the last one away; nothing happens if there is none.
    package mutating func removeLast() {
        guard length > 0 else { return }
        length -= 1
    }

    /// The block in this place, or nil.
    package subscript(index: Int) -> SACKBlock? { index < count ? storage[index] : nil }

    /// The same blocks in the order of the sequence numbers that they begin with; as they come, the newest is the first.
    package var rising: SACKBlocks {
        var rising = self
        for place in 1..<max(count, 1) {
            var at = place
            while at > 0, rising.storage[at].left < rising.storage[at - 1].left {
                rising.storage.swapAt(at, at - 1)
                at -= 1
            }
        }
        return rising
    }

    /// Octets of the option, kind and length included; 0 without blocks.
    package var optionLength: Int { count == 0 ? 0 : 2 + 8 * count }

    package static func == (a: Self, b: Self) -> Bool {
        a.length == b.length && (0..<a.count).allSatisfy { a.storage[$0] == b.storage[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(storage[index]) }
    }
}
