/// The octets that a client sent and that were not consumed yet, in one piece.
package struct InputBuffer {
    private var storage: [UInt8] = []
    private var start = 0
    private var end = 0

    package init() {}

    /// How many octets wait.
    package var count: Int { end - start }
    /// Whether no octets wait.
    package var isEmpty: Bool { start == end }
    /// How many octets fit without growing or moving.
    package var capacity: Int { storage.count }

    /// The waiting octets. The pointer is good inside `body` only.
    package func withOctets<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withUnsafeBufferPointer { (all) throws(Failure) in
            try body(UnsafeBufferPointer(rebasing: all[start..<end]))
        }
    }

    /// Drops the first `count` octets.
    package mutating func consume(_ count: Int) {
        start += count
        if start == end { (start, end) = (0, 0) }
    }

    /// Drops everything, and gives the memory back.
    package mutating func release() { self = InputBuffer() }

    /// Adds octets at the end.
    package mutating func append(_ octets: some Collection<UInt8>) {
        fill(atLeast: octets.count) { space in
            space.copyBytes(from: octets)
            return octets.count
        }
    }

    /// Makes room for `minimum` octets and lets `write` fill some of the free space; it returns how many it wrote.
    package mutating func fill(atLeast minimum: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        makeRoom(for: minimum)
        end += storage.withUnsafeMutableBytes { all in
            write(UnsafeMutableRawBufferPointer(rebasing: all[end...]))
        }
    }

    /// Moves what waits to the front, and grows if that is not enough.
    private mutating func makeRoom(for minimum: Int) {
        guard storage.count - end < minimum else { return }
        let needed = count + minimum
        if needed > storage.count {
            var grown = [UInt8](repeating: 0, count: Swift.max(needed, storage.count * 2))
            grown.replaceSubrange(0..<count, with: storage[start..<end])
            storage = grown
        } else {
            storage.withUnsafeMutableBytes { all in
                all.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[start..<end]))
            }
        }
        (start, end) = (0, count)
    }
}
