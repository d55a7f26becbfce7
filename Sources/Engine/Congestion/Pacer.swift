/// Spreads what a wide window lets out over the round trip, where the controller asks for it: a burst that the clock of ACKs
/// has not spaced would meet a queue all at once.
package struct Pacer: Sendable {
    /// Below this round trip ACKs come faster than a timer could do better.
    private static let shortestRoundTrip = Interval.milliseconds(8)
    /// What leaves together: about a millisecond's worth (as Linux: tcp_tso_autosize), and one segment at least.
    private static let quantum = Interval.milliseconds(1)

    /// When everything sent so far would have left at the rate asked for.
    private var paidUntil = Instant.zero

    package init() {}

    /// When the next segment may leave, if not now.
    package func wait(at now: Instant) -> Instant? { paidUntil > now + Self.quantum ? paidUntil - Self.quantum : nil }

    /// Octets have left.
    ///
    /// - Parameter gain: of `window` each `roundTrip`; nil: no pacing. Both are asked for only behind a long enough round trip.
    package mutating func onSent(
        _ octets: Int, window: @autoclosure () -> Int, gain: @autoclosure () -> Double?, roundTrip: Interval?,
        at now: Instant
    ) {
        guard let roundTrip, roundTrip >= Self.shortestRoundTrip, let gain = gain(), case let window = window(),
            window > 0
        else {
            paidUntil = .zero
            return
        }
        let cost = Double(octets) / (gain * Double(window)) * Double(roundTrip.nanoseconds)
        paidUntil = max(paidUntil, now) + .nanoseconds(Int64(cost))
    }
}
