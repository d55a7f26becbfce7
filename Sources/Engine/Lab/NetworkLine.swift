/// One direction of a path at work: says of each packet whether and when it arrives. Time and dice come from outside, so that
/// the same line serves virtual time and a real clock.
package struct NetworkLine: Sendable {
    /// What becomes of a packet.
    package enum Fate: Hashable, Sendable {
        /// Longer than the path's MTU.
        case tooLong
        /// No room in the queue in front of a slow path.
        case overflowed
        case lost
        /// It arrives, and maybe a copy of it as well.
        case arrives(Instant, copy: Instant?)
    }

    package var path: NetworkPath
    /// When the last octet handed to a slow path will have left.
    private var busyUntil = Instant.zero

    package init(_ path: NetworkPath = NetworkPath()) { self.path = path }

    /// A packet of so many octets is handed over.
    package mutating func take(_ octets: Int, at now: Instant, _ random: inout SplitMix64) -> Fate {
        guard octets <= path.mtu else { return .tooLong }
        guard let departure = leave(octets, at: now) else { return .overflowed }
        // Drawn in a fixed order and always, so that one setting does not shift the dice of the others.
        let isLost = random.chance(path.loss)
        let isDoubled = random.chance(path.duplication)
        let arrival = self.arrival(departure, &random)
        let copy = self.arrival(departure, &random)
        return isLost ? .lost : .arrives(arrival, copy: isDoubled ? copy : nil)
    }

    /// When the last of `octets` has left on a path of limited rate; nil: its queue is full.
    private mutating func leave(_ octets: Int, at now: Instant) -> Instant? {
        guard let rate = path.rate else { return now }
        let start = max(now, busyUntil)
        let waiting = (start - now).nanoseconds / 1_000 * Int64(rate) / 1_000_000
        guard waiting + Int64(octets) <= Int64(path.queueLimit) else { return nil }
        busyUntil = start + .nanoseconds(Int64(octets) * 1_000_000_000 / Int64(rate))
        return busyUntil
    }

    private func arrival(_ departure: Instant, _ random: inout SplitMix64) -> Instant {
        var time = departure + path.delay
        if path.jitter > .zero {
            time = time + .nanoseconds(Int64(random.next() % UInt64(path.jitter.nanoseconds)))
        }
        if random.chance(path.reordering) { time = time + (path.lateness ?? path.delay + .milliseconds(1)) }
        let grid = path.coalescing.nanoseconds
        guard grid > 0 else { return time }
        return Instant(nanoseconds: (time.nanoseconds + grid - 1) / grid * grid)
    }
}
