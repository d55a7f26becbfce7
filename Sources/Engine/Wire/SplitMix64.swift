/// A small, fast generator that gives the same numbers for the same seed (Steele, Lea and Flood, 2014). Never for secrets.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// True once in 1/`probability` times on average.
    package mutating func chance(_ probability: Double) -> Bool {
        // 53 bits: as many as a Double between 0 and 1 holds exactly.
        probability > 0 && Double(next() >> 11) < probability * 9_007_199_254_740_992
    }
}
