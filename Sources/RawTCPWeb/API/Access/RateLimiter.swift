package import Engine

/// Limits how fast callers may put new things onto networks beyond loopback; data of established connections never.
package actor RateLimiter {
    /// The limits in force.
    package private(set) var limits: ServiceLimits
    private var buckets: [ServiceLimits.Name: TokenBucket] = [:]
    private let now: @Sendable () -> ContinuousClock.Instant

    /// `now` is the clock.
    package init(
        _ limits: ServiceLimits = ServiceLimits(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.limits = limits
        self.now = now
    }

    /// Throws 429 if there were too many within a second. What stays on loopback is not limited.
    package nonisolated func admit(
        _ name: ServiceLimits.Name, count: Int = 1, to address: IPAddress
    ) async throws(Problem) {
        if address.isLoopback { return }
        try await take(name, count)
    }

    private func take(_ name: ServiceLimits.Name, _ count: Int) throws(Problem) {
        let rate = limits[name]
        let time = now()
        var bucket = buckets[name] ?? TokenBucket(full: rate, at: time)
        let wait = bucket.take(Double(count), rate: rate, at: time)
        buckets[name] = bucket
        guard let wait else { return }
        throw Problem.tooManyRequests(
            "Beyond loopback \(name.rawValue) is \(Int(rate)) (--limit \(name.rawValue)=N).",
            retryAfter: max(1, Int(wait.rounded(.up))))
    }

    /// Changes limits that may change while the service runs.
    package func change(_ changes: [ServiceLimits.Name: Double]) throws(ServiceLimits.Unusable) {
        var changed = limits
        for (name, value) in changes { try changed.set(name, to: value) }
        limits = changed
    }
}

/// Permits that come at an even rate and are kept for a second.
struct TokenBucket {
    private var tokens: Double
    private var updated: ContinuousClock.Instant

    init(full tokens: Double, at now: ContinuousClock.Instant) {
        self.tokens = tokens
        updated = now
    }

    /// Takes permits; nil if there were any. More may be taken than there are: the debt is waited for by the next. Otherwise
    /// the seconds until there is one again.
    mutating func take(_ count: Double, rate: Double, at now: ContinuousClock.Instant) -> Double? {
        let elapsed = (now - updated) / .seconds(1)
        tokens = min(rate, tokens + max(0, elapsed) * rate)
        updated = now
        guard tokens >= 1 else { return (1 - tokens) / rate }
        tokens -= count
        return nil
    }
}
