/// Initial sequence numbers that carry a half-open connection's state (RFC 4987 §3.6), so that a flood of SYNs costs no
/// memory: five bits of time, three of MSS, twenty-four of authentication.
struct SYNCookie {
    /// Until then a cookie is taken; a peer answers in a round trip or after repetitions.
    static let lifetime = tick * 2
    private static let tick = Interval.seconds(Int64(64))
    /// The MSS that a cookie can remember: those that paths really have.
    private static let sizes = [64, 536, 1_220, 1_300, 1_440, 1_460, 8_960, 65_483]

    let hash: SipHash

    /// The cookie for a SYN with the sequence number `irs`.
    func make(for tuple: FourTuple, irs: SequenceNumber, mss: Int, at now: Instant) -> SequenceNumber {
        let index = Self.sizes.lastIndex { $0 <= mss } ?? 0
        return value(tuple, irs, Self.time(now), index)
    }

    /// The MSS that the cookie remembers; nil if it is not one of ours, or too old.
    func redeem(_ cookie: SequenceNumber, for tuple: FourTuple, irs: SequenceNumber, at now: Instant) -> Int? {
        let index = Int(cookie.rawValue >> 24 & 7)
        for age in 0...1 where value(tuple, irs, Self.time(now) &- UInt64(age), index) == cookie {
            return Self.sizes[index]
        }
        return nil
    }

    private static func time(_ now: Instant) -> UInt64 { UInt64(now.nanoseconds / tick.nanoseconds) }

    private func value(_ tuple: FourTuple, _ irs: SequenceNumber, _ time: UInt64, _ index: Int) -> SequenceNumber {
        let mac = hash(hash(tuple), UInt64(irs.rawValue), time, UInt64(index)) & 0xff_ffff
        return SequenceNumber(UInt32(time & 31) << 27 | UInt32(index) << 24 | UInt32(mac))
    }
}

/// What a cookie has no room for, and a timestamp has: the peer returns the low bits of our TSval in its echo, as Linux makes
/// use of them too. Without timestamps the connection goes on without window scale and SACK.
struct CookieOptions: Hashable, Sendable {
    /// The shift that the peer's SYN offered; nil if there was none, or ours is off.
    var scale: UInt8?
    /// Both sides want selective acknowledgments.
    var sack: Bool

    /// Low bits of a TSval that are not time: four for the shift, one for SACK.
    private static let width: UInt32 = 5
    private static let mask: UInt32 = 1 << width - 1
    /// The four bits of a shift that was not offered: RFC 7323 §2.3 allows 14 at most.
    private static let noScale: UInt32 = 15

    init(offered: SegmentOptions, allowed: ConnectionOptions) {
        scale = allowed.windowScale == nil ? nil : offered.windowScale.map { min($0, 14) }
        sack = offered.sackPermitted && allowed.sack
    }

    init(readFrom echo: UInt32) {
        let shift = echo & Self.noScale
        scale = shift == Self.noScale ? nil : UInt8(shift)
        sack = echo & (1 << 4) != 0
    }

    /// The newest TSval up to `clock` that carries this, so that none of the connection's own is older.
    func written(into clock: UInt32) -> UInt32 {
        let bits = (scale.map(UInt32.init) ?? Self.noScale) | (sack ? 1 << 4 : 0)
        let value = clock & ~Self.mask | bits
        return value <= clock ? value : value &- (Self.mask + 1)
    }
}
