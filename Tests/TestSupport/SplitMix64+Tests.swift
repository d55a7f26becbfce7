package import Engine

extension SplitMix64 {
    /// A generator with a fresh seed, printed so that a failure can be repeated.
    package static func announced(_ name: String) -> SplitMix64 {
        let seed = UInt64.random(in: 0 ... .max)
        print("\(name): seed \(seed)")
        return SplitMix64(seed: seed)
    }

    /// So many octets by chance: eight from each number, since a test may want megabytes in a debug build.
    package mutating func octets(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            while initialized < count {
                let size = min(8, count - initialized)
                withUnsafeBytes(of: next()) { number in
                    UnsafeMutableRawBufferPointer(rebasing: raw[initialized..<initialized + size])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: number[..<size]))
                }
                initialized += size
            }
        }
    }
}
