/// Segments that somebody made by hand, and what comes back to an endpoint where no connection is.
extension TCPStack {
    /// Sends a datagram as it is, and returns the number of its record. A connection that it pretends to be from does not
    /// learn of it: to its own numbers nothing has happened.
    package mutating func craft(
        _ datagram: [UInt8], to destination: Endpoint, as id: ConnectionID?, at now: Instant, wall: Int64
    ) -> UInt64 {
        var packet = OutboundPacket(datagram, destination: destination)
        let connection = id.flatMap { table[$0] }
        let verdict = (try? PacketHeaders(datagram))?.checksumVerdict(datagram) ?? .unverifiable
        let state = connection?.state ?? .closed
        let record = log.appendSent(
            &packet, at: now, wall: wall, context: connection.map { context(of: $0, .outbound, at: now) },
            cause: .crafted, because: nil, retransmits: nil, before: state, after: state, checksum: verdict)
        connection?.trail.note(record)
        counters.segmentsSent += 1
        send(packet)
        return record
    }

    /// From now on what comes to the endpoint, while no connection or listener takes it, is logged and not answered.
    package mutating func listen(toRepliesAt endpoint: Endpoint) { listenedTo.insert(endpoint) }

    /// The endpoint is like any other again.
    package mutating func ignore(repliesAt endpoint: Endpoint) { listenedTo.remove(endpoint) }

    /// Not answered as a CLOSED endpoint would: who crafts a SYN wants to craft what follows it, too.
    mutating func logReply(_ packet: RawSpan, _ view: inout PacketView, at now: Instant, wall: Int64) {
        let checksum = view.verifyChecksum(packet)
        let record = log.appendReceived(packet, view: view, at: now, wall: wall)
        let verdict = checksum.isAcceptable ? Verdict(.unknownConnection, .closed) : Verdict(.badChecksum, .checksum)
        log.complete(
            record, verdict: verdict, context: nil, checksum: checksum, before: .closed, after: .closed)
        if !checksum.isAcceptable { drop(.badChecksum) }
    }

    /// The kernel has answered for an endpoint that has no guard and no connection: what `"guard": "none"` shows.
    package mutating func logKernelReset(_ packet: RawSpan, at now: Instant, wall: Int64) {
        guard let view = try? PacketView(parsing: packet) else { return }
        let record = log.appendReceived(packet, view: view, at: now, wall: wall, direction: .outbound)
        log.complete(
            record, verdict: Verdict(.observed, .none), context: nil, checksum: .unverifiable, before: .closed,
            after: .closed)
    }
}
