/// What keep-alives need to know (RFC 9293 §3.8.4).
struct KeepAliveState: Sendable {
    /// When the newest segment came, whatever it was.
    private(set) var lastArrival = Instant.zero
    /// Probes since then.
    var probes = 0

    /// Something came: the peer lives.
    mutating func onArrival(at now: Instant) {
        lastArrival = now
        probes = 0
    }
}

extension Connection {
    /// Starts or stops the timer as the options say. It is not touched by each segment: when it expires, it looks at when the
    /// newest one came.
    func armKeepAlive(at now: Instant) {
        guard let settings = options.keepAlive, state.isSynchronized, !isOver else { return timers.stop(.keepAlive) }
        timers[.keepAlive] = max(keepAlive.lastArrival, now) + settings.idle
    }

    /// The keep-alive timer has expired.
    func onKeepAliveTimeout(at now: Instant) {
        guard let settings = options.keepAlive else { return }
        let due = keepAlive.lastArrival + settings.idle
        // MUST-26: "Keep-alive packets MUST only be sent when no sent data is outstanding, and no data or acknowledgment
        // packets have been received for the connection within an interval".
        guard keepAlive.probes > 0 || due <= now, retransmission.isEmpty, unsentText == 0 else {
            timers[.keepAlive] = due > now ? due : now + settings.interval
            return
        }
        guard keepAlive.probes < settings.count else { return abort(.timeout, at: now) }
        keepAlive.probes += 1
        // SHLD-12: "SHOULD send a keep-alive segment with no data". One number before SND.NXT is never acceptable, and so
        // is answered (RFC 9293 §3.8.4).
        var probe = OutgoingSegment()
        makeSegment(&probe, at: send.nxt - 1, cause: .keepAlive, at: now)
        immediate = probe
        timers[.keepAlive] = now + settings.interval
    }
}
