/// Whose time is limited: what a script made goes by itself when the script dies and no longer renews it.
struct LeaseTable<Holder: Hashable> {
    private var expiries: [Holder: Instant] = [:]

    /// When the first lease ends.
    private(set) var nextDeadline = Instant.distantFuture

    /// When the holder's lease ends; nil: it has none.
    subscript(holder: Holder) -> Instant? { expiries[holder] }

    /// Gives a lease of this length from now on, renews it, or takes it away.
    mutating func set(_ holder: Holder, _ length: Interval, at now: Instant) {
        expiries[holder] = now + length
        nextDeadline = expiries.values.min() ?? .distantFuture
    }

    /// The holder is gone.
    mutating func forget(_ holder: Holder) {
        guard !expiries.isEmpty, expiries.removeValue(forKey: holder) != nil else { return }
        nextDeadline = expiries.values.min() ?? .distantFuture
    }

    /// Takes out those whose time is over.
    mutating func popExpired(at now: Instant) -> [Holder] {
        guard nextDeadline <= now else { return [] }
        let expired = expiries.filter { $0.value <= now }.map(\.key)
        for holder in expired { expiries[holder] = nil }
        nextDeadline = expiries.values.min() ?? .distantFuture
        return expired
    }
}
