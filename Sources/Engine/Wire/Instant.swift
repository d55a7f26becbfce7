/// A point on the monotonic clock, in nanoseconds since an arbitrary origin.
///
/// The engine's pure rooms never read a clock: an `Instant` always arrives as an argument.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since the clock's origin.
    public var nanoseconds: Int64

    /// Makes the instant `nanoseconds` after the clock's origin.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's origin; where virtual time starts.
    public static let zero = Instant(nanoseconds: 0)
    /// Later than everything; the deadline of a timer that is not running.
    public static let distantFuture = Instant(nanoseconds: .max)

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    /// The instant `interval` later; stays at `distantFuture` instead of overflowing.
    public static func + (instant: Self, interval: Interval) -> Self {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(interval.nanoseconds)
        return overflow ? .distantFuture : Self(nanoseconds: sum)
    }
    /// The instant `interval` earlier.
    public static func - (instant: Self, interval: Interval) -> Self {
        Self(nanoseconds: instant.nanoseconds &- interval.nanoseconds)
    }
    /// The time from `b` to `a`.
    public static func - (a: Self, b: Self) -> Interval { Interval(nanoseconds: a.nanoseconds &- b.nanoseconds) }
}

/// A length of time in nanoseconds; may be negative.
public struct Interval: Hashable, Comparable, Sendable {
    /// The length in nanoseconds.
    public var nanoseconds: Int64

    /// Makes an interval of `nanoseconds`.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Interval(nanoseconds: 0)
    /// `n` nanoseconds.
    public static func nanoseconds(_ n: Int64) -> Self { Self(nanoseconds: n) }
    /// `n` microseconds.
    public static func microseconds(_ n: Int64) -> Self { Self(nanoseconds: n * 1_000) }
    /// `n` milliseconds.
    public static func milliseconds(_ n: Int64) -> Self { Self(nanoseconds: n * 1_000_000) }
    /// `n` seconds.
    public static func seconds(_ n: Int64) -> Self { Self(nanoseconds: n * 1_000_000_000) }
    /// The interval of `s` seconds, clamped to about ±292 years.
    public static func seconds(_ s: Double) -> Self {
        let scaled = s * 1e9 + (s < 0 ? -0.5 : 0.5)  // `rounded()` would need libm
        if scaled.isNaN { return .zero }
        return Self(nanoseconds: scaled >= 9.2e18 ? .max : scaled <= -9.2e18 ? .min : Int64(scaled))
    }

    /// The length in seconds.
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    public static func + (a: Self, b: Self) -> Self { Self(nanoseconds: a.nanoseconds &+ b.nanoseconds) }
    public static func - (a: Self, b: Self) -> Self { Self(nanoseconds: a.nanoseconds &- b.nanoseconds) }
    public static func * (a: Self, n: Int64) -> Self {
        let (product, overflow) = a.nanoseconds.multipliedReportingOverflow(by: n)
        return overflow ? Self(nanoseconds: .max) : Self(nanoseconds: product)
    }
    public static func / (a: Self, n: Int64) -> Self { Self(nanoseconds: a.nanoseconds / n) }
    /// The interval without its sign.
    public var magnitude: Interval { Interval(nanoseconds: abs(nanoseconds)) }
}
