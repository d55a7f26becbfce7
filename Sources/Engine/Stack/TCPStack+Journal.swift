/// What the log is told besides segments: connections that begin and change their state, and impairments.
extension TCPStack {
    /// A connection is there that was not.
    mutating func noteCreated(_ connection: Connection, at now: Instant) {
        log.append(.connection(connection.id, .created), at: now)
        guard connection.listener != nil else { return }
        // RFC 9293 §3.10.7.2: it is the listener's TCB that the SYN finds, in LISTEN.
        connection.trail.journaledState = .listen
        noteState(of: connection, bySegment: true, at: now)
    }

    /// Notes the state if the log does not know it yet; `bySegment`: the newest record's segment led to it.
    mutating func noteState(of connection: Connection, bySegment: Bool = false, at now: Instant) {
        guard connection.state != connection.trail.journaledState else { return }
        let from = connection.trail.journaledState
        connection.trail.journaledState = connection.state
        log.append(.state(connection.id, from: from, to: connection.state, bySegment: bySegment), at: now)
    }

    /// An impairment has come, is another, or has gone.
    package mutating func noteImpairment(_ name: String, _ fate: LogEvent.Fate, at now: Instant) {
        log.append(.impairment(name, fate), at: now)
    }
}
