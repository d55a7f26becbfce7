/// Connections that the kernel owns: their segments are logged and learned from, and never answered.
extension TCPStack {
    /// From now on the connection's segments are logged.
    package mutating func follow(_ connection: FollowedConnection) { followed[connection.tuple] = connection }

    /// Its segments are foreign again.
    package mutating func unfollow(_ tuple: FourTuple) { followed[tuple] = nil }

    /// Gives a followed connection a name, or takes it away.
    package mutating func rename(followed tuple: FourTuple, to name: String?) { followed[tuple]?.name = name }

    /// All followed connections, oldest first.
    package var followedConnections: [FollowedConnection] {
        followed.values.sorted { $0.id.rawValue < $1.id.rawValue }
    }

    /// A followed connection's segment, if it is one: logged, and learned from. False if nobody follows it.
    mutating func observe(_ packet: RawSpan, _ view: inout PacketView, at now: Instant, wall: Int64) -> Bool {
        let tuple = view.tuple
        if followed[tuple] != nil {
            observe(packet, &view, tuple, .inbound, at: now, wall: wall)
            return true
        }
        let mirrored = FourTuple(local: tuple.remote, remote: tuple.local)
        guard followed[mirrored] != nil else { return false }
        if followed[mirrored]?.isEcho(view) == true {
            drop(.echo)
        } else {
            observe(packet, &view, mirrored, .outbound, at: now, wall: wall)
        }
        return true
    }

    private mutating func observe(
        _ packet: RawSpan, _ view: inout PacketView, _ tuple: FourTuple, _ direction: Direction, at now: Instant,
        wall: Int64
    ) {
        guard var connection = followed[tuple] else { return }
        let checksum = view.verifyChecksum(packet)
        let record = log.appendReceived(packet, view: view, at: now, wall: wall, direction: direction)
        let before = connection.state ?? .closed
        if checksum.isAcceptable { connection.note(view.segment, direction, record: record, at: now) }
        log.complete(
            record, verdict: Verdict(connection.cause, .none), context: connection.context(direction, at: now),
            checksum: checksum, before: before, after: connection.state ?? .closed)
        followed[tuple] = connection
    }

    /// Sends a datagram in the name of a followed connection, and returns the number of its record.
    package mutating func craft(
        _ datagram: [UInt8], asFollowed tuple: FourTuple, at now: Instant, wall: Int64
    ) -> UInt64 {
        guard var connection = followed[tuple] else { return 0 }
        var packet = OutboundPacket(datagram, destination: tuple.remote)
        let verdict = (try? PacketHeaders(datagram))?.checksumVerdict(datagram) ?? .unverifiable
        let state = connection.state ?? .closed
        let record = log.appendSent(
            &packet, at: now, wall: wall, context: connection.context(.outbound, at: now), cause: .crafted,
            because: nil, retransmits: nil, before: state, after: state, checksum: verdict)
        connection.expectEcho(of: datagram)
        followed[tuple] = connection
        counters.segmentsSent += 1
        send(packet)
        return record
    }
}

extension TCPStack {
    /// A connection of ours as it would begin, with an id of its own: what a kernel's twin starts from.
    package mutating func beginning(
        of tuple: FourTuple, _ options: ConnectionOptions, routeMTU: Int, at now: Instant
    ) -> ConnectionSnapshot {
        Connection.opening(makeOrigin(tuple, routeMTU: routeMTU, iss: nil, at: now), options, at: now).snapshot
    }
}
