import Engine

/// Tells how long something took.
struct Stopwatch {
    private let start = Clock.now()

    /// Seconds since it was made.
    var seconds: Double { Double((Clock.now() - start).nanoseconds) / 1e9 }
}

/// Measures a rate in the middle of a transfer: after a warm-up, for a span.
struct RateWindow {
    private let opens: Instant
    private let closes: Instant
    private var first: (at: Instant, total: UInt64)?
    /// Octets a second, once it is over.
    private(set) var rate = 0.0

    init(warmUp: Interval, span: Interval) {
        let now = Clock.now()
        opens = now + warmUp
        closes = opens + span
    }

    /// Takes note of how much has passed so far; true once the span is over.
    mutating func isOver(_ total: UInt64) -> Bool {
        let now = Clock.now()
        guard now >= opens else { return false }
        guard let first else {
            first = (now, total)
            return false
        }
        guard now >= closes else { return false }
        rate = Double(total - first.total) / (Double((now - first.at).nanoseconds) / 1e9)
        return true
    }
}
