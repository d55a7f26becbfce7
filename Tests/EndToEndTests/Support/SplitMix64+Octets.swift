import Engine

extension SplitMix64 {
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
