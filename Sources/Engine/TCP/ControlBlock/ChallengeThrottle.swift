/// Bounds the ACKs that answer unacceptable segments (RFC 5961 §7), so that two confused ends, or an attacker, can't make
/// us send without end.
package struct ChallengeThrottle: Sendable {
    /// Answers per second and connection. RFC 5961 §10 suggests 10 in 5 s for a host; per connection that would slow a
    /// keep-alive or a lost last ACK, and Linux allows a connection two a second: ten is kind to experiments.
    private static let limit = 10
    private var windowStart = Instant.zero
    private var used = 0

    package init() {}

    /// Takes one answer from the budget; false if it is spent.
    mutating func allow(at now: Instant) -> Bool {
        if now - windowStart >= .seconds(Int64(1)) {
            windowStart = now
            used = 0
        }
        used += 1
        return used <= Self.limit
    }
}
