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
        switch count {
        case 0: storage.0 = block
        case 1: storage.1 = block
        case 2: storage.2 = block
        case 3: storage.3 = block
        default: return
        }
        count += 1
    }

    /// The block in this place, or nil.
    package subscript(index: Int) -> SACKBlock? {
        switch index {
        case 0: storage.0
        case 1: storage.1
        case 2: storage.2
        case 3: storage.3
        default: nil
        }
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
