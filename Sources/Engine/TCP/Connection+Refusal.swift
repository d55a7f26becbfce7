/// A device of this host that takes nothing, since its queue has no room: who sends hears of that at once.
struct DeviceRefusal: Sendable {
    /// Since when text waits for it; nil: none does.
    var since: Instant?
    /// How often it was asked again.
    var attempts = 0
}

/// What Linux does then (tcp_output.c, tcp_send_probe0()): text that could not leave was not sent, and nothing that it would have to
/// back off for has happened on the path.
extension Connection {
    /// TCP_RESOURCE_PROBE_INTERVAL
    private static let attemptInterval = Interval.milliseconds(500)

    /// The device takes nothing from now on.
    package func refuse() { refusal = DeviceRefusal() }

    /// The device takes what it is given again; whoever waits for it asks when the time has come.
    package func admit() { refusal = nil }

    /// What was to be repeated can't leave: it is asked for again soon, and nothing has happened that one would back off for
    /// (tcp_retransmit_timer()).
    func isRefusedByDevice(at now: Instant) -> Bool {
        guard $refusal.isSet else { return false }
        timers[.retransmission] = now + Self.attemptInterval
        return true
    }

    /// How often a device that takes nothing was asked again; nil: it takes everything.
    package var refusedAttempts: Int? { refusal?.attempts }

    /// Nothing can leave; text begins to wait for the device.
    func waitsForDevice(at now: Instant) -> Bool {
        // Behind its end a connection has no text; what else it says, nobody waits for.
        guard $refusal.isSet, !isOver else { return $refusal.isSet }
        if unsentText > 0, refusal?.since == nil {
            $refusal.change { $0.since = now }
            timers[.persist] = now + rtt.rto.interval
        }
        return true
    }

    /// It is time to ask the device again; false where none has refused. The user's patience counts as well whenever it is asked
    /// (tcp_probe_timer()), and what says so can't leave either.
    func asksDeviceAgain(at now: Instant) -> Bool {
        guard let since = refusal?.since else { return false }
        if now - since >= userTimeoutForData {
            vanish(.timeout, at: now)
        } else {
            $refusal.change { $0.attempts += 1 }
            timers[.persist] = now + Self.attemptInterval
        }
        return true
    }
}
