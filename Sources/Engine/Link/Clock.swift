import Glibc

/// The host's clocks. The only place where the engine reads the time.
package enum Clock {
    /// The monotonic clock.
    package static func now() -> Instant { Instant(nanoseconds: read(CLOCK_MONOTONIC)) }

    /// Both clocks, read back to back: `realtimeOffset` is what to add to an instant to get nanoseconds since 1970.
    package static func pair() -> (monotonic: Instant, realtimeOffset: Int64) {
        let monotonic = read(CLOCK_MONOTONIC)
        return (Instant(nanoseconds: monotonic), read(CLOCK_REALTIME) - monotonic)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
