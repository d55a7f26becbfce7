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

    private var storage: (SACKBlock?, SACKBlock?, SACKBlock?, SACKBlock?) = (nil, nil, nil, nil)
    /// How many there are.
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// Adds a block behind the others; one too many is left out.
    package mutating func append(_ block: SACKBlock) {
        guard count < Self.capacity else { return }
        self[count] = block
        count += 1
    }

    /// The block in this place, or nil.
    package private(set) subscript(index: Int) -> SACKBlock? {
        get {
            switch index {
            case 0: storage.0
            case 1: storage.1
            case 2: storage.2
            case 3: storage.3
            default: nil
            }
        }
        set {
            switch index {
            case 0: storage.0 = newValue
            case 1: storage.1 = newValue
            case 2: storage.2 = newValue
            case 3: storage.3 = newValue
            default: break
            }
        }
    }

    /// The same blocks in the order of the sequence numbers that they begin with; as they come, the newest is the first.
    package var rising: SACKBlocks {
        var rising = self
        for place in 1..<max(count, 1) {
            var at = place
            while at > 0, let block = rising[at], let before = rising[at - 1], block.left < before.left {
                rising[at] = before
                rising[at - 1] = block
                at -= 1
            }
        }
        return rising
    }

    /// Octets of the option, kind and length included; 0 without blocks.
    package var optionLength: Int { count == 0 ? 0 : 2 + 8 * count }

    package static func == (a: Self, b: Self) -> Bool {
        a.count == b.count && (0..<capacity).allSatisfy { a[$0] == b[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(self[index]) }
    }
}
