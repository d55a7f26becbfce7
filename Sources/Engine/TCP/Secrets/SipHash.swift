/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed pseudo-random function of short inputs.
///
/// RFC 6528 §3 asks for a cryptographic hash keyed with a secret; Linux uses a SipHash as well.
package struct SipHash: Sendable {
    private let key: (UInt64, UInt64)

    /// `key` is the secret; it must not be guessable from outside.
    package init(key: (UInt64, UInt64)) { self.key = key }

    /// The hash of 64-bit words.
    @inline(__always)
    package func callAsFunction(_ words: UInt64...) -> UInt64 {
        var state = State(key)
        for word in words { state.absorb(word) }
        state.absorb(UInt64(words.count * 8) << 56)
        return state.finish()
    }

    /// The hash of octets.
    package func callAsFunction(octets: [UInt8]) -> UInt64 {
        var state = State(key)
        let whole = octets.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) { state.absorb(Self.word(octets[start..<start + 8])) }
        state.absorb(UInt64(truncatingIfNeeded: octets.count) << 56 | Self.word(octets[whole...]))
        return state.finish()
    }

    /// Up to eight octets, the first of them lowest.
    package static func word(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        init(_ key: (UInt64, UInt64)) {
            v0 = key.0 ^ 0x736f_6d65_7073_6575
            v1 = key.1 ^ 0x646f_7261_6e64_6f6d
            v2 = key.0 ^ 0x6c79_6765_6e65_7261
            v3 = key.1 ^ 0x7465_6462_7974_6573
        }

        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        mutating func finish() -> UInt64 {
            v2 ^= 0xff
            for _ in 0..<4 { round() }
            return v0 ^ v1 ^ v2 ^ v3
        }

        private mutating func round() {
            v0 &+= v1
            v1 = rotate(v1, 13) ^ v0
            v0 = rotate(v0, 32)
            v2 &+= v3
            v3 = rotate(v3, 16) ^ v2
            v0 &+= v3
            v3 = rotate(v3, 21) ^ v0
            v2 &+= v1
            v1 = rotate(v1, 17) ^ v2
            v2 = rotate(v2, 32)
        }

        private func rotate(_ x: UInt64, _ n: UInt64) -> UInt64 { x << n | x >> (64 - n) }
    }
}

extension SipHash {
    /// The hash of a connection's name: two words for IPv4, five for IPv6, so that the length tells them apart.
    package func callAsFunction(_ tuple: FourTuple) -> UInt64 {
        let (local, remote) = (tuple.local.address, tuple.remote.address)
        let ports = UInt64(tuple.local.port) << 16 | UInt64(tuple.remote.port)
        return switch local.family {
        case .v4: self(local.low << 32 | remote.low, ports)
        case .v6: self(local.high, local.low, remote.high, remote.low, ports)
        }
    }
}
