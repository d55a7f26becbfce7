/// How long a connection had something to send, and how long of that it was the peer's window that held it back, or the send
/// buffer: `tcp_info` of Linux tells that. Nobody else asks, so the script counts, between whose steps nothing changes.
struct ScriptWaits: Sendable {
    /// What assertions call them.
    static let names: Set<String> = ["tcpi_busy_time", "tcpi_rwnd_limited", "tcpi_sndbuf_limited"]

    private var owner: ConnectionID?
    private(set) var busy = Interval.zero
    private(set) var closedWindow = Interval.zero
    private(set) var fullBuffer = Interval.zero

    /// Time passes for the connection as it is now.
    ///
    /// - Parameter isWriting: a call waits for room in the send buffer.
    mutating func note(_ connection: Connection, isWriting: Bool, for interval: Interval) {
        if owner != connection.id { self = ScriptWaits(owner: connection.id) }
        let hasUnsent = connection.hasUnsentText
        guard hasUnsent || connection.acceptedPosition > connection.acknowledgedPosition else { return }
        busy = busy + interval
        let mayBeSent = connection.congestion.window - connection.retransmission.pipe >= connection.maximumText
        if hasUnsent, mayBeSent, connection.send.usableWindow < connection.maximumText {
            closedWindow = closedWindow + interval
        }
        // All that the buffer takes is on its way already.
        if !hasUnsent, isWriting { fullBuffer = fullBuffer + interval }
    }
}
