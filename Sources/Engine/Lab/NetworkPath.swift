/// What one direction between two simulated hosts does to packets.
package struct NetworkPath: Sendable {
    /// Time that every packet takes.
    package var delay = Interval.milliseconds(5)
    /// Most time that is added to it, evenly spread; packets may overtake each other by it.
    package var jitter = Interval.zero
    /// Probability that a packet is lost.
    package var loss = 0.0
    /// Probability that a packet comes twice.
    package var duplication = 0.0
    /// Probability that a packet is held up by `lateness`, so that later ones overtake it.
    package var reordering = 0.0
    /// How long; nil: by another `delay` and a millisecond.
    package var lateness: Interval?
    /// Octets a second; nil: as many as there are.
    package var rate: Int?
    /// Octets that may wait for a slow path; what comes on top is lost.
    package var queueLimit = 256 << 10
    /// Octets of the largest datagram that gets through.
    package var mtu = 65_535
    /// Packets arrive together at multiples of this, as from a device that saves interrupts; zero: each in its time.
    package var coalescing = Interval.zero

    package init() {}
}

/// What has happened to the packets of a simulated network.
package struct NetworkCounters: Hashable, Sendable {
    package var sent = 0
    package var delivered = 0
    package var lost = 0
    package var duplicated = 0
    package var tooLong = 0
    package var overflowed = 0
    /// Packets for an address that no host has.
    package var unroutable = 0
    package init() {}
}
