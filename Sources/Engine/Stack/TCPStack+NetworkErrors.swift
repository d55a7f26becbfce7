/// What comes in from beside the segments: errors of the network, and what this host's own kernel does.
extension TCPStack {
    /// Takes in an ICMP error. Only one that quotes what a live connection has in flight changes anything.
    package mutating func receiveNetworkError(_ error: NetworkError, at now: Instant, wall: Int64) {
        counters.networkErrors.received += 1
        guard error.kind != .discarded else { return counters.networkErrors.discarded += 1 }
        guard let connection = table.live(error.connection) else { return counters.networkErrors.foreign += 1 }
        switch connection.receiveNetworkError(error, at: now) {
        case .disbelieved: return counters.networkErrors.disbelieved += 1
        case .remembered, .aborted: break
        case .shortened(let mtu):
            events.append(.pathShortened(connection.tuple.remote.address, mtu: mtu))
        }
        settle(connection, at: now, wall: wall)
    }

    /// A packet of this connection was too long for the way out, which takes `mtu` octets.
    package mutating func shortenPath(of id: ConnectionID, to mtu: Int, at now: Instant, wall: Int64) {
        guard let connection = table[id], !connection.isOver, connection.shortenPath(to: mtu, at: now) else { return }
        settle(connection, at: now, wall: wall)
    }

    /// This host's kernel has sent a RST in the connection's name: its peer has given it up, or is about to.
    package mutating func receiveKernelReset(_ packet: RawSpan, of id: ConnectionID, at now: Instant, wall: Int64) {
        guard let connection = table[id], connection.kernelReset == nil,
            let view = try? PacketView(parsing: packet), view.segment.flags.contains(.rst)
        else { return }
        let before = connection.state
        let record = log.appendReceived(packet, view: view, at: now, wall: wall, direction: .outbound)
        connection.becomeKernelReset(record, at: now)
        log.complete(
            record, verdict: Verdict(.observed, .none), context: context(of: connection, .outbound, at: now),
            checksum: .unverifiable, before: before, after: connection.state)
        connection.trail.note(record)
        connection.trail.recordedState = connection.state
        settle(connection, at: now, wall: wall)
    }
}

extension Connection {
    /// The kernel has ended the connection at the peer's. Nothing more is sent: the peer has its RST.
    func becomeKernelReset(_ record: UInt64, at now: Instant) {
        kernelReset = record
        if !isOver { becomeClosed(.aborted, at: now) }
    }
}
