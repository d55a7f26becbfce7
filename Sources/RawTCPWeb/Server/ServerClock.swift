import Glibc

/// The server's clocks. The pure rooms get their readings as arguments.
enum ServerClock {
    /// Nanoseconds since some origin.
    static var now: Int64 { read(CLOCK_MONOTONIC).nanoseconds }
    /// Nanoseconds since 1970.
    static var realtime: Int64 { read(CLOCK_REALTIME).nanoseconds }
    /// Seconds since 1970.
    static var realtimeSeconds: Int { read(CLOCK_REALTIME).seconds }

    private static func read(_ clock: clockid_t) -> (seconds: Int, nanoseconds: Int64) {
        var time = timespec()
        clock_gettime(clock, &time)
        return (time.tv_sec, Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

extension Duration {
    /// The whole duration in nanoseconds, at most about 292 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 2 : whole &+ attoseconds / 1_000_000_000
    }
}
