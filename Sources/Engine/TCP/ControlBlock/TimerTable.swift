/// The timers of one connection.
package enum TimerKind: Int, CaseIterable, Sendable {
    /// RFC 8985 §6.2: when a segment that was overtaken counts as lost.
    case reordering
    /// RFC 8985 §7.2. Before the retransmission timer, which starts anew with the probe.
    case tailLossProbe
    /// RFC 6298.
    case retransmission
    /// Zero-window probes, and the override timer of silly-window avoidance (RFC 9293 §3.8.6.1, §3.8.6.2.1).
    case persist
    /// RFC 9293 §3.8.6.3.
    case delayedAck
    /// The next segment may leave at the pace that the congestion controller asks for.
    case pacing
    /// R2, or the user's own limit (RFC 9293 §3.8.3).
    case userTimeout
    /// RFC 9293 §3.8.4.
    case keepAlive
}

/// A deadline for each kind of timer; `distantFuture` where it is not running.
package struct TimerTable: Sendable {
    private var deadlines = InlineArray<8, Instant>(repeating: .distantFuture)

    package init() {}

    /// When this timer expires; `distantFuture` if it is not running.
    package subscript(kind: TimerKind) -> Instant {
        get { deadlines[kind.rawValue] }
        set { deadlines[kind.rawValue] = newValue }
    }

    /// True if the timer is running.
    package func isRunning(_ kind: TimerKind) -> Bool { self[kind] != .distantFuture }

    /// Stops the timer.
    package mutating func stop(_ kind: TimerKind) { self[kind] = .distantFuture }

    /// Stops all timers.
    package mutating func stopAll() { deadlines = InlineArray(repeating: .distantFuture) }

    /// The earliest deadline of all.
    package var next: Instant {
        var earliest = Instant.distantFuture
        for index in deadlines.indices where deadlines[index] < earliest { earliest = deadlines[index] }
        return earliest
    }

    /// Stops and returns one timer that has expired by `now`, in the order of the cases.
    package mutating func popExpired(at now: Instant) -> TimerKind? {
        guard let kind = TimerKind.allCases.first(where: { self[$0] <= now }) else { return nil }
        stop(kind)
        return kind
    }
}
