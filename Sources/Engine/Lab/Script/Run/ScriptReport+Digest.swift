extension LogSnapshot {
    /// A digest of every record: octets, times, causes and fates. Two runs with the same digest were the same.
    public var digest: String {
        var sum = FNV()
        forEach(in: numbers) { record in
            sum.add(record.octets)
            for fact in [UInt64(bitPattern: record.elapsed.nanoseconds), record.because ?? 0, record.retransmits ?? 0] {
                withUnsafeBytes(of: fact.bigEndian) { sum.add(Array($0)) }
            }
            sum.add([UInt8(truncatingIfNeeded: record.cause.rawValue), record.before.rawValue, record.after.rawValue])
            return true
        }
        return sum.text
    }

    /// The records as lines, as `format=text` writes them: the first `limit`.
    public func lines(limit: Int) -> [String] {
        var lines: [String] = []
        forEach(in: numbers) { record in
            lines.append(record.line)
            return lines.count < limit
        }
        return lines
    }
}

/// FNV-1a of 128 bits (draft-eastlake-fnv): tells runs apart; it is no defence against anybody.
private struct FNV {
    private var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

    mutating func add(_ octets: [UInt8]) {
        for octet in octets {
            state ^= UInt128(octet)
            state &*= 0x0000_0000_0100_0000_0000_0000_0000_013b
        }
    }

    var text: String { String(state, radix: 16, width: 32) }
}
