/// The timestamps option's clock and memory (RFC 7323 §3 – §5).
package struct TimestampState: Sendable {
    /// TS.Recent; nil until the peer's SYN has brought one.
    private(set) var recent: UInt32?
    private var recentAt = Instant.zero
    /// Added to our clock, so that it does not tell how long this host has been up (RFC 7323 §7.1).
    private let offset: UInt32

    init(offset: UInt32) { self.offset = offset }

    /// TSval: RFC 7323 §5.4 wants a tick between 1 ms and 1 s.
    func value(at now: Instant) -> UInt32 { UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000) &+ offset }

    /// How long ago a segment left whose TSval was `value`, to the next tick.
    func age(of value: UInt32, at now: Instant) -> Interval {
        .milliseconds(Int64(self.value(at: now) &- value) + 1)
    }

    /// When the newest tick of our clock with this value was over: a segment that bore it had left before.
    func end(ofTick value: UInt32, at now: Instant) -> Instant {
        let elapsed = Int64(self.value(at: now) &- value)
        return Instant(nanoseconds: (now.nanoseconds / 1_000_000 - elapsed + 1) * 1_000_000)
    }

    /// The option for a segment that leaves now.
    func option(at now: Instant) -> SegmentOptions.Timestamps {
        SegmentOptions.Timestamps(value: value(at: now), echo: recent ?? 0)
    }

    /// Takes over TS.Recent of the connection that had the name before.
    mutating func inherit(_ other: TimestampState) {
        recent = other.recent
        recentAt = other.recentAt
    }

    /// Remembers a SYN's timestamp.
    mutating func noteSyn(_ timestamps: SegmentOptions.Timestamps, at now: Instant) {
        recent = timestamps.value
        recentAt = now
    }

    /// RFC 7323 §4.3 (2): "If: SEG.TSval >= TS.Recent and SEG.SEQ <= Last.ACK.sent, then SEG.TSval is copied to TS.Recent"
    mutating func note(_ segment: Segment, lastAckSent: SequenceNumber, at now: Instant) {
        guard let value = segment.options.timestamps?.value, segment.sequence <= lastAckSent else { return }
        guard recent.map({ Int32(bitPattern: value &- $0) >= 0 }) ?? true else { return }
        recent = value
        recentAt = now
    }

    /// PAWS, RFC 7323 §5.3 R1: the segment is older than what has come since.
    func isOld(_ timestamps: SegmentOptions.Timestamps, at now: Instant) -> Bool {
        guard let recent, Int32(bitPattern: timestamps.value &- recent) < 0 else { return false }
        // RFC 7323 §5.5: after 24 days of silence TS.Recent says nothing any more.
        return now - recentAt < .seconds(Int64(24 * 86_400))
    }
}
