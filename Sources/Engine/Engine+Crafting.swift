import Glibc

/// Segments made by hand: numbers, policy, guard, filter, and then the wire, in this order.
extension Engine {
    /// Most datagrams of one request.
    private static let datagramLimit = 10_000
    /// Local endpoints kept for replies at once, since each may hold a guard; beyond it the one that ends first makes room.
    private static let holdLimit = 1_024

    /// Sends segments as they are asked for, legal or not.
    ///
    /// - Throws: `.targetNotAllowed`, `.messageTooLong`, `.observationDisabled` if the local port belongs to another
    ///   program, `.privilegedPort`, `.unreachable`, `.invalidRequest`, `.notFound`, `.shuttingDown`.
    public func craft(_ request: CraftRequest) throws(EngineError) -> CraftReceipt {
        guard !isShuttingDown else { throw .shuttingDown }
        // A port that nobody asked for and that another program has is skipped; nothing has left by then.
        for _ in 1..<Self.portTries where request.subject.leavesPortOpen {
            do throws(EngineError) {
                return try craftOnce(request)
            } catch {
                guard case .portInUse = error else { throw error }
                stack.leapPorts()
            }
        }
        return try craftOnce(request)
    }

    private func craftOnce(_ request: CraftRequest) throws(EngineError) -> CraftReceipt {
        let now = Clock.now()
        let (template, id, mtu) = try template(for: request, at: now)
        let segments = request.pair.map { template.paired($0) } ?? [template]
        let count = request.packetCount
        guard count <= Self.datagramLimit else {
            throw .invalidRequest(
                member: "repeat", detail: "would send \(count) packets; at most \(Self.datagramLimit) leave at once")
        }
        for segment in segments { try checkLength(of: segment, mtu: mtu) }
        if !isLive(id), !isFollowed(id) { try hold(template.tuple.local, request, at: now) }
        let records = try send(segments, request.repetitions, as: id, mtu: mtu)
        let isKernelsID = template.ip.identification == 0 && !template.ip.dontFragment
        let isV4 = template.tuple.local.address.family == .v4
        // Where no echo tells it is known all the same what the kernel does to an IPv4 header of ours.
        let rewritten = rewritten(in: records) ?? (isV4 && isKernelsID ? ["ip.id"] : [])
        return CraftReceipt(
            segments: records, kernelRewrote: rewritten, local: template.tuple.local, remote: template.tuple.remote)
    }

    private func isFollowed(_ id: ConnectionID?) -> Bool { id.map { $0.isObservation || twins[$0] != nil } ?? false }

    private func isLive(_ id: ConnectionID?) -> Bool {
        guard let id, let state = try? stack.connection(id).state else { return false }
        return state != .closed && state != .timeWait
    }

    // MARK: What is sent

    private func template(
        for request: CraftRequest, at now: Instant
    ) throws(EngineError) -> (CraftedSegment, ConnectionID?, mtu: Int) {
        switch request.subject {
        case .connection(let id) where id.isObservation || twins[id] != nil:
            return try template(for: request, followed: id, at: now)
        case .connection(let id):
            let connection = try connection(id)
            let tuple = FourTuple(local: connection.local, remote: connection.remote)
            let route = try craftRoute(from: connection.local.address, to: connection.remote, at: now)
            var segment = CraftedSegment(tuple: tuple)
            segment.ip.ttl = connection.options.ttl
            segment.ip.dscp = connection.options.dscp
            segment.sequence = connection.send.nxt
            segment.acknowledgment = connection.receive.nxt
            segment.flags = request.payload?.isEmpty ?? true ? .ack : [.psh, .ack]
            segment.window = UInt16(clamping: connection.receive.wnd >> Int(connection.receive.scale))
            let bases = (sequence: connection.send.iss, acknowledgment: connection.receive.irs)
            return (try filled(segment, by: request, bases: bases), id, route.mtu)
        case .endpoints(let address, let port, let remote):
            let route = try craftRoute(from: address, to: remote, at: now)
            guard let port = port ?? stack.choosePort(from: route.source, to: remote) else {
                throw .tooManyConnections(detail: "no local port is free", retryAfter: .seconds(Int64(1)))
            }
            let tuple = FourTuple(local: Endpoint(route.source, port), remote: remote)
            var segment = CraftedSegment(tuple: tuple)
            segment.sequence = SequenceNumber(UInt32.random(in: 0...UInt32.max))
            segment.flags = .syn
            segment.window = .max
            return (try filled(segment, by: request, bases: nil), nil, route.mtu)
        }
    }

    /// A segment of a connection that the kernel owns, as far as its numbers are known.
    private func template(
        for request: CraftRequest, followed id: ConnectionID, at now: Instant
    ) throws(EngineError) -> (CraftedSegment, ConnectionID?, mtu: Int) {
        guard let connection = stack.followedConnections.first(where: { $0.id == id }) else {
            throw .notFound(id.description)
        }
        let route = try craftRoute(from: connection.tuple.local.address, to: connection.tuple.remote, at: now)
        var segment = CraftedSegment(tuple: connection.tuple)
        segment.sequence = connection.nxt ?? SequenceNumber(0)
        segment.acknowledgment = connection.receiveNext ?? SequenceNumber(0)
        segment.flags = request.payload?.isEmpty ?? true ? .ack : [.psh, .ack]
        segment.window = connection.ownWindow
        let bases = connection.iss.flatMap { ours in connection.irs.map { (sequence: ours, acknowledgment: $0) } }
        return (try filled(segment, by: request, bases: bases), id, route.mtu)
    }

    private func craftRoute(from source: IPAddress?, to remote: Endpoint, at now: Instant) throws(EngineError) -> Route
    {
        // Before anything else is said about the request: what is forbidden stays forbidden however the rest reads.
        if let rule = refusal(of: remote) { throw .targetNotAllowed(remote, rule: rule) }
        var open = OpenRequest(remote: remote)
        open.localAddress = source
        try validate(open)
        return try route(of: open, at: now)
    }

    private func filled(
        _ template: CraftedSegment, by request: CraftRequest,
        bases: (sequence: SequenceNumber, acknowledgment: SequenceNumber)?
    ) throws(EngineError) -> CraftedSegment {
        var segment = template
        try request.apply(to: &segment, bases: bases)
        segment.ip.fragments = request.fragmentSize.map { size in
            CraftedSegment.Fragmentation(size: size, overlap: request.fragmentOverlap)
        }
        segment.ip.dontFragment = request.dontFragment ?? (request.fragmentSize == nil)
        // Fragments find each other by it, and the kernel would give each one of its own.
        let shared = request.fragmentSize == nil ? 0 : UInt32.random(in: 1...65_535)
        segment.ip.identification = request.identification ?? shared
        return segment
    }

    // MARK: What it may do

    /// No datagram of either family, put together again, is longer: its length has 16 bits.
    private static let longestDatagram = 65_535

    /// The kernel would answer EMSGSIZE where one packet of the segment is too long.
    private func checkLength(of segment: CraftedSegment, mtu: Int) throws(EngineError) {
        let isV4 = segment.tuple.local.address.family == .v4
        let header = isV4 ? IPv4Header.minimumLength : IPv6Header.length
        let options = (segment.options.count + 3) / 4 * 4
        let whole = header + TCPHeader.minimumLength + options + segment.payload.count
        guard whole <= Self.longestDatagram else { throw .messageTooLong(mtu: min(mtu, Self.longestDatagram)) }
        // RFC 8200 §4.5; IPv4 has what it says in every header.
        let fragmentHeader = isV4 ? 0 : 8
        let longest = segment.ip.fragments.map { min(whole, header + fragmentHeader + $0.size) } ?? whole
        guard longest <= mtu else { throw .messageTooLong(mtu: mtu) }
    }

    /// Guards the endpoint, lets its segments through the filter, and keeps both for a while.
    private func hold(_ local: Endpoint, _ request: CraftRequest, at now: Instant) throws(EngineError) {
        let expiry = now + request.hold
        if let held = crafting.holds[local], held.kind == request.guardKind {
            crafting.holds[local]?.expiry = max(held.expiry, expiry)
        } else {
            try acquire(local, request)
            if request.guardKind == .none { watchForKernelResets() }
            if let other = crafting.holds.removeValue(forKey: local) {
                releaseEndpoint(local, other.kind)
            } else if crafting.holds.count >= Self.holdLimit {
                // Only now: an endpoint that could not be had must not cost another one its time.
                endSoonestHold()
            }
            crafting.holds[local] = CraftingState.Hold(kind: request.guardKind, expiry: expiry)
        }
        if request.answersAsClosed {
            stack.ignore(repliesAt: local)
        } else {
            stack.listen(toRepliesAt: local)
        }
    }

    private func acquire(_ local: Endpoint, _ request: CraftRequest) throws(EngineError) {
        let kind = request.guardKind
        do throws(EngineError) {
            if kind != .socket { try proveFree(local) }
            try acquireEndpoint(local, kind)
        } catch {
            guard case .portInUse = error, !request.subject.leavesPortOpen else { throw error }
            // Whoever may watch other programs' connections may speak in their names; a guard is not to be had then.
            if configuration.observes { return try acquireEndpoint(local, .none) }
            throw .observationDisabled(
                detail:
                    "\(local.zonedDescription) belongs to another program. Segments in its name need serve --observe and a token."
            )
        }
    }

    /// Without a socket of its own nothing would tell whether the port is another program's: one opened for a moment does. One
    /// that is kept for later would silence the kernel, and goes.
    private func proveFree(_ local: Endpoint) throws(EngineError) {
        guard !guards.owns(local) || guards.isIdle(local) else { return }
        try acquireEndpoint(local, .socket)
        releaseEndpoint(local, .socket)
        guards.close(local)
        stack.disown(local)
    }

    /// Gives back the endpoints that nobody waits at any more.
    func expireHolds(at now: Instant) {
        guard crafting.nextDeadline <= now else { return }
        for (local, hold) in crafting.holds where hold.expiry <= now { endHold(at: local) }
    }

    /// Makes room: whose time would be over first has waited for longest, mostly.
    private func endSoonestHold() {
        guard let soonest = crafting.holds.min(by: { $0.value.expiry < $1.value.expiry }) else { return }
        endHold(at: soonest.key)
    }

    /// Ends the hold of an endpoint that crafted segments have left from, before its time.
    public func endHold(at local: Endpoint) {
        guard let hold = crafting.holds.removeValue(forKey: local) else { return }
        stack.ignore(repliesAt: local)
        releaseEndpoint(local, hold.kind)
    }

    // MARK: The wire

    private func send(
        _ segments: [CraftedSegment], _ repetitions: Int, as id: ConnectionID?, mtu: Int
    ) throws(EngineError) -> [UInt64] {
        var records: [UInt64] = []
        crafting.watch()
        for _ in 0..<repetitions {
            for segment in segments {
                for datagram in segment.datagrams {
                    let now = Clock.now()
                    let isForeign = isFollowed(id)
                    records.append(
                        isForeign
                            ? stack.craft(datagram, asFollowed: segment.tuple, at: now, wall: wall(at: now))
                            : stack.craft(datagram, to: segment.tuple.remote, as: id, at: now, wall: wall(at: now)))
                }
            }
        }
        // Now, so that what the kernel says to it can be told.
        pump()
        guard let errno = crafting.refusal(among: records) else { return records }
        if errno == EMSGSIZE { throw .messageTooLong(mtu: mtu) }
        let reason = errno == EPERM ? "a firewall rule forbids it" : "errno \(errno)"
        throw .unreachable(nil, detail: "The kernel would not send the segment: \(reason).")
    }
}

extension Engine {
    /// Local endpoints held for replies, and ports that the filter lets through by name; tests look for what is left behind.
    package var usedEndpoints: Int { crafting.holds.count + explicitPorts.count }
}
