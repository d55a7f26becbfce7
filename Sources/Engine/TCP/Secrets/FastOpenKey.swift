/// The key of a server's cookies, where its user chose one: the cookies are then those that Linux computes from the same key,
/// so that several hosts, or a script, can know them.
package struct FastOpenKey: Hashable, Sendable {
    private let words: (UInt64, UInt64)

    /// 16 octets; nil for any other number.
    package init?(_ octets: [UInt8]) {
        guard octets.count == 16 else { return nil }
        words = (Self.word(octets[0..<8]), Self.word(octets[8..<16]))
    }

    /// The cookie for a client of a server at `local`: a MAC over both addresses, as they stand in the SYN's header.
    package func cookie(for client: IPAddress, at local: IPAddress) -> [UInt8] {
        let hash = SipHash(key: words)
        let octets = client.octets + local.octets
        let words = stride(from: 0, to: octets.count, by: 8).map { Self.word(octets[$0..<$0 + 8]) }
        let mac = words.count == 1 ? hash(words[0]) : hash(words[0], words[1], words[2], words[3])
        return (0..<8).map { UInt8(truncatingIfNeeded: mac >> UInt64(8 * $0)) }
    }

    private static func word(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    package static func == (a: Self, b: Self) -> Bool { a.words == b.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
