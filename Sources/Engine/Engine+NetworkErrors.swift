/// What the engine makes of errors: those that come from the network, and those of its own `sendmmsg`.
extension Engine {
    /// Hands the ICMP errors that the link has found to the stack, which believes what quotes a segment in flight.
    func receiveNetworkErrors(at now: Instant) {
        while let error = link.pollNetworkError() {
            stack.receiveNetworkError(error, at: now, wall: now.nanoseconds + realtimeOffset)
        }
    }

    /// The kernel would not take a packet.
    func onRefused(_ packet: OutboundPacket, _ errno: Int32) {
        stack.noteSendError()
        crafting.note(refused: packet.record, errno)
        let destination = packet.destination.address
        routes.invalidate(destination)
        guard let id = packet.connection else { return }
        let now = Clock.now()
        guard LinkError.isTooLong(errno) else {
            // A SYN that can't leave at all will not be helped by patience.
            return stack.failHandshake(id, at: now, wall: wall(at: now))
        }
        guard let source = try? connection(id).local.address,
            let route = try? routes.route(to: destination, preferring: source, at: now)
        else { return }
        stack.shortenPath(of: id, to: route.mtu, at: now, wall: wall(at: now))
    }
}

extension Connection {
    /// What the network said about it, for an error's detail: "; the network said: host unreachable (ICMP 3/1 from …)".
    var troubleClause: String { trouble.map { "; the network said: \($0.error.summary)" } ?? "" }
}
