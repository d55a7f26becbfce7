/// SplitMix64: reproducible octets from a seed that a failing test prints.
struct RandomOctets: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// So many octets; a multiple of eight.
    mutating func octets(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for offset in stride(from: 0, to: count, by: 8) {
                UnsafeMutableRawPointer(buffer.baseAddress! + offset).storeBytes(of: next(), as: UInt64.self)
            }
            initialized = count
        }
    }
}
