/// The search for the largest packet that a path takes (RFC 4821): now and then a segment is longer than the others, and its fate
/// tells. It needs no ICMP, which many a router keeps to itself.
///
/// Sizes are octets of whole packets; the names in brackets are those of RFC 4821 §7.1.
package struct PathSearch: Sendable {
    /// A longer segment on its way.
    private struct Probe: Sendable {
        let start: SequenceNumber
        let end: SequenceNumber
        let size: Int
    }

    /// What is expected to arrive (search_low).
    package private(set) var low: Int
    /// What may arrive (search_high).
    package private(set) var high: Int
    /// Longer segments are sent.
    package private(set) var isActive: Bool
    /// The most that `high` may be: what the peer takes.
    private let most: Int
    private var probe: Probe?
    /// When nothing was left to try.
    private var settledAt: Instant?

    /// Linux: net.ipv4.tcp_probe_interval, after which a path is worth another search. RFC 4821 §7.2 asks for 5 minutes at least.
    private static let rest = Interval.seconds(Int64(600))

    package init(low: Int, most: Int, isActive: Bool) {
        self.low = low
        self.most = most
        self.isActive = isActive
        high = most
    }

    /// The size to try next, half way between what arrives and what may (RFC 4821 §7.3); nil: none, or a probe is on its way.
    ///
    /// - Parameters:
    ///   - current: the size of the packets that are sent now.
    ///   - limit: what the network says that the path takes.
    ///   - step: the least difference worth a probe.
    package mutating func nextSize(above current: Int, limit: Int, step: Int, at now: Instant) -> Int? {
        guard isActive, probe == nil else { return nil }
        let top = min(high, limit)
        let size = (low + top) / 2
        guard top - low >= max(step, 1), size > current else {
            let since = settledAt ?? now
            settledAt = since
            guard now - since >= Self.rest else { return nil }
            // RFC 4821 §7.2: the path may have become wider since.
            (low, high, settledAt) = (current, most, nil)
            return nil
        }
        settledAt = nil
        return size
    }

    /// A probe leaves.
    package mutating func onSent(_ start: SequenceNumber, _ end: SequenceNumber, size: Int) {
        probe = Probe(start: start, end: end, size: size)
    }

    /// SND.UNA has moved: the size of the probe that has arrived, if one has (RFC 4821 §7.6.1).
    package mutating func onAcknowledged(upTo una: SequenceNumber) -> Int? {
        guard let probe, probe.end <= una else { return nil }
        self.probe = nil
        low = probe.size
        return probe.size
    }

    /// So many octets are found to be lost. True if that was the probe at SND.UNA and nothing else, which speaks of the path's width,
    /// not of congestion (RFC 4821 §7.6.2); else the probe says nothing (§7.6.4).
    package mutating func onLoss(octets: Int, una: SequenceNumber) -> Bool {
        guard let probe else { return false }
        self.probe = nil
        guard probe.start == una, probe.end - probe.start == octets else { return false }
        high = probe.size - 1
        return true
    }

    /// Whatever is lost now, a timeout has found it.
    package mutating func onTimeout() { probe = nil }

    /// Nothing arrives any more, as behind a router that drops long packets and says nothing (RFC 4821 §7.7): packets as short as
    /// `low`, and half as long the next time.
    package mutating func onSilence(base: Int, floor: Int, headers: Int) {
        guard isActive else { return isActive = true }
        low = max(min((low - headers) / 2, base), floor) + headers
    }
}
