import DequeModule

/// The octets of payloads that did not fit into their records: blocks of 64 KiB, the oldest dropped first. A position
/// counts every octet since the start.
struct PayloadRing: Sendable {
    private var blocks: Deque<OctetBlock> = []
    private let blockLimit: Int
    /// The position of the first octet kept.
    private(set) var oldest: UInt64 = 0
    /// The position of the next octet.
    private(set) var end: UInt64 = 0

    /// A ring that keeps at most `capacity` octets, in whole blocks.
    init(capacity: Int) { blockLimit = capacity / OctetBlock.capacity }

    /// Most octets that one payload may put here: it must not push out its own beginning.
    var longestRun: Int { max(0, blockLimit - 1) * OctetBlock.capacity }

    /// Appends octets, at most `longestRun` at a time, and returns the position of the first.
    mutating func append(_ octets: RawSpan) -> UInt64 {
        let start = end
        var taken = 0
        while taken < octets.byteCount {
            if end % UInt64(OctetBlock.capacity) == 0 { startBlock() }
            let length = blocks[blocks.count - 1].append(octets, from: taken)
            taken += length
            end += UInt64(length)
        }
        return start
    }

    private mutating func startBlock() {
        guard blocks.count == blockLimit else { return blocks.append(OctetBlock()) }
        var first = blocks.removeFirst()
        oldest += UInt64(OctetBlock.capacity)
        // Used again unless a reader has it: fresh memory costs sixteen page faults.
        if isKnownUniquelyReferenced(&first) { first.removeAll() } else { first = OctetBlock() }
        blocks.append(first)
    }

    /// What is kept now, for readers. The list of blocks is copied, so that no later append finds it shared.
    var kept: KeptPayloads { KeptPayloads(blocks: [OctetBlock](unshared: blocks), oldest: oldest) }
}

/// The octets that a payload ring kept at one moment. The blocks are shared with the ring: octets before a published
/// position are never written again, so that readers on other threads and the writer never meet.
struct KeptPayloads: Sendable {
    fileprivate let blocks: [OctetBlock]
    /// The position of the first octet.
    fileprivate let oldest: UInt64

    /// True if the run that starts at `position` is there.
    func contains(_ position: UInt64) -> Bool { position >= oldest }

    /// Copies `count` octets from `position` on, which are there, to `target` from `offset` on.
    func copy(_ count: Int, from position: UInt64, into target: UnsafeMutableRawBufferPointer, at offset: Int) {
        var copied = 0
        while copied < count {
            let (index, within) = Int(position - oldest + UInt64(copied)).quotientAndRemainder(
                dividingBy: OctetBlock.capacity)
            let length = min(count - copied, OctetBlock.capacity - within)
            let source = UnsafeRawBufferPointer(start: blocks[index].base + within, count: length)
            UnsafeMutableRawBufferPointer(rebasing: target[(offset + copied)...]).copyMemory(from: source)
            copied += length
        }
    }
}

extension Array {
    /// A copy in memory of its own. `Array(elements)` might share it, and for no elements it writes to a storage that all
    /// threads share, which the thread sanitizer rightly remarks.
    init(unshared elements: some Collection<Element>) {
        self.init()
        guard !elements.isEmpty else { return }
        reserveCapacity(elements.count)
        append(contentsOf: elements)
    }
}
