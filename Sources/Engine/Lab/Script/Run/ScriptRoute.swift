/// What `ip route change …` says of the path to the peer, as far as it has a meaning here.
package struct ScriptRoute: Hashable, Sendable {
    /// The command, word by word.
    package let text: String
    /// The MSS that SYNs announce.
    package private(set) var announcedMSS: UInt16?
    /// Octets of the largest packet.
    package private(set) var mtu: Int?
    /// Segments of the initial congestion window.
    package private(set) var initialWindow: Int?
    /// Segments that the congestion window never grows beyond; said by `cwnd lock`.
    package private(set) var widestWindow: Int?
    /// Least variance term in the RTO.
    package private(set) var leastVariation: Interval?

    /// Reads the words of the command; nil if it is no route, or says nothing that is understood.
    init?(_ words: [String]) {
        guard words.contains("route") || words.contains("ro"),
            !words.isDisjoint(with: ["add", "append", "change", "replace"])
        else { return nil }
        text = words.joined(separator: " ")
        // Without `lock` it is only what connections have learned.
        if let place = words.firstRange(of: ["cwnd", "lock"]), place.upperBound < words.count {
            widestWindow = Int(words[place.upperBound]).flatMap { (1...1_000_000).contains($0) ? $0 : nil }
        }
        // `mtu lock 1470`: nothing else than an ICMP message would change it.
        let words = words.filter { $0 != "lock" }
        for (name, value) in zip(words, words.dropFirst()) { take(name, value) }
        guard announcedMSS != nil || mtu != nil || initialWindow != nil || widestWindow != nil || leastVariation != nil
        else { return nil }
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case "advmss": announcedMSS = UInt16(value).flatMap { $0 >= 64 ? $0 : nil }
        case "mtu": mtu = Int(value).flatMap { (68...65_536).contains($0) ? $0 : nil }
        case "initcwnd": initialWindow = Int(value).flatMap { (1...1_000).contains($0) ? $0 : nil }
        case "rto_min": leastVariation = Self.time(value)
        default: break
        }
    }

    /// `300ms`, `1s`; a number alone is milliseconds.
    private static func time(_ text: String) -> Interval? {
        let number = Int64(text.prefix { $0.isNumber })
        switch text.drop(while: \.isNumber) {
        case "", "ms": return number.map { .milliseconds($0) }
        case "s": return number.map { .seconds($0) }
        default: return nil
        }
    }
}

extension [String] {
    fileprivate func isDisjoint(with others: Set<String>) -> Bool { !contains { others.contains($0) } }
}
