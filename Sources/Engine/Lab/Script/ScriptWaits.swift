/// How long a connection had something to send, and how long of that it was the peer's window that held it back: `tcp_info` of
/// Linux tells both. Nobody else asks, so the script counts, between whose steps nothing changes.
struct ScriptWaits: Sendable {
    /// What assertions call them.
    static let names: Set<String> = ["tcpi_busy_time", "tcpi_rwnd_limited"]

    private var owner: ConnectionID?
    private(set) var busy = Interval.zero
    private(set) var closedWindow = Interval.zero

    /// Time passes for the connection as it is now.
    mutating func note(_ connection: Connection, for interval: Interval) {
        if owner != connection.id { self = ScriptWaits(owner: connection.id) }
        let hasUnsent = connection.hasUnsentText
        guard hasUnsent || connection.acceptedPosition > connection.acknowledgedPosition else { return }
        busy = busy + interval
        if hasUnsent, connection.send.usableWindow < connection.maximumText { closedWindow = closedWindow + interval }
    }
}
