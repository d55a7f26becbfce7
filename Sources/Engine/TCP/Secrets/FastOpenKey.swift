/// The key of a server's cookies, where its user chose one: the cookies are then those that Linux or FreeBSD computes from the same
/// key, so that several hosts, or a script, can know them.
package struct FastOpenKey: Hashable, Sendable {
    private let words: (UInt64, UInt64)
    /// The cookie depends on the client's address only, as FreeBSD has it; Linux takes both.
    private let isOfClientAlone: Bool

    /// 16 octets; nil for any other number.
    package init?(_ octets: [UInt8], ofClientAlone: Bool = false) {
        guard octets.count == 16 else { return nil }
        words = (SipHash.word(octets[0..<8]), SipHash.word(octets[8..<16]))
        isOfClientAlone = ofClientAlone
    }

    /// The cookie for a client of a server at `local`: a MAC over addresses as they stand in the SYN's header.
    package func cookie(for client: IPAddress, at local: IPAddress) -> [UInt8] {
        let mac = SipHash(key: words)(octets: isOfClientAlone ? client.octets : client.octets + local.octets)
        return (0..<8).map { UInt8(truncatingIfNeeded: mac >> UInt64(8 * $0)) }
    }

    package static func == (a: Self, b: Self) -> Bool { a.words == b.words && a.isOfClientAlone == b.isOfClientAlone }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
