/// Allows so much a second on average and a burst at once. Pure: the time is an argument.
package struct TokenBucket: Sendable {
    /// Tokens a second.
    package let rate: Double
    /// Most tokens that gather.
    package let burst: Double
    private var level: Double
    private var updatedAt = Instant.zero

    /// A full bucket.
    package init(rate: Double, burst: Double) {
        self.rate = rate
        self.burst = burst
        level = burst
    }

    /// Takes `count` tokens if they are there; else nothing, and returns how long to wait for them.
    package mutating func take(_ count: Double, at now: Instant) -> Interval? {
        refill(at: now)
        guard level < count else {
            level -= count
            return nil
        }
        return .seconds((count - level) / rate)
    }

    /// Takes `count` tokens, on credit if need be; returns how long the one who took them has to wait.
    package mutating func borrow(_ count: Double, at now: Instant) -> Interval {
        refill(at: now)
        level -= count
        return level >= 0 ? .zero : .seconds(-level / rate)
    }

    /// Tokens that were taken on credit.
    package mutating func debt(at now: Instant) -> Double {
        refill(at: now)
        return max(0, -level)
    }

    private mutating func refill(at now: Instant) {
        guard now > updatedAt else { return }
        level = min(burst, level + (now - updatedAt).seconds * rate)
        updatedAt = now
    }
}
