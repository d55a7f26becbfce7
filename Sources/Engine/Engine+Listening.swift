/// Passive opens, and the small services that may answer behind them.
extension Engine {
    /// Begins to listen.
    ///
    /// - Throws: `.notLocal` if the address is not one of this host's, `.portInUse`, `.privilegedPort`, `.nameInUse`,
    ///   `.tooManyListeners`, `.shuttingDown`.
    public func listen(_ request: ListenRequest) throws(EngineError) -> ListenerSnapshot {
        guard !isShuttingDown else { throw .shuttingDown }
        guard stack.listeners.count < configuration.listenerLimit else {
            stack.counters.limits.listeners += 1
            throw .tooManyListeners(limit: configuration.listenerLimit)
        }
        if let name = request.name, let holder = stack.allListeners.first(where: { $0.name == name }) {
            throw .nameInUse(name, holder: holder.id.description)
        }
        try requireLink(request.local.address.family)
        try requireZone(of: request.local, member: "local")
        try checkOptions(request.options)
        guard request.payload.count <= request.options.sendBuffer else {
            throw .invalidRequest(
                member: "payload", detail: "longer than sendBuffer, \(request.options.sendBuffer) octets")
        }
        let now = Clock.now()
        let mtu = try routeMTU(listeningAt: request.local, at: now)
        let local = try settleLocal(request)
        stack.broadcasts = Set(hostAddresses().compactMap { $0.address.directedBroadcast(prefix: $0.prefix) })
        let id = stack.listen(
            at: local, options: request.options, backlog: request.backlog, routeMTU: mtu, name: request.name)
        stack.update(id) { listener in
            listener.initialSequence = request.initialSequence
            listener.payload = request.payload
        }
        services[id] = ListenerService.Standing(kind: request.service, since: now)
        lease(.listener(id), request.lease)
        return try listener(id)
    }

    /// All listeners, oldest first.
    public func listeners() -> [ListenerSnapshot] { stack.allListeners.compactMap { try? listener($0.id) } }

    /// One listener; `.notFound` if it was never there or is closed.
    public func listener(_ id: ListenerID) throws(EngineError) -> ListenerSnapshot {
        guard let listener = stack.listener(id), let service = services[id] else { throw .notFound(id.description) }
        var snapshot = ListenerSnapshot(listener, service)
        snapshot.leaseExpiry = leases[.listener(id)]
        return snapshot
    }

    /// The listener with this name.
    public func listenerID(named name: String) -> ListenerID? { stack.allListeners.first { $0.name == name }?.id }

    /// Gives a listener a name, or takes it away.
    public func rename(_ id: ListenerID, to name: String?) throws(EngineError) {
        _ = try listener(id)
        if let name, let holder = listenerID(named: name), holder != id {
            throw .nameInUse(name, holder: holder.description)
        }
        stack.update(id) { $0.name = name }
    }

    /// Changes what may change, for connections that begin from now on; `.nameInUse` leaves everything as it was.
    public func update(
        _ id: ListenerID, _ change: ConnectionChange, backlog: Int?
    ) throws(EngineError) -> ListenerSnapshot {
        try Self.check(change, of: try listener(id).options, beside: stack.registeredOptions)
        if let name = change.name { try rename(id, to: name) }
        if let length = change.lease { try lease(id, length) }
        stack.update(id) { listener in
            listener.options.apply(change)
            listener.backlog = backlog ?? listener.backlog
        }
        return try listener(id)
    }

    /// Stops listening. Established connections go on; those still in their handshake are reset.
    public func close(_ id: ListenerID) throws(EngineError) {
        let snapshot = try listener(id)
        let now = Clock.now()
        stack.unlisten(id, at: now, wall: wall(at: now))
        services[id] = nil
        leases.forget(.listener(id))
        releaseEndpoint(snapshot.local, snapshot.options.guardKind)
    }

    /// The connections that a listener has accepted behind the ordinal `after` (the first has 1), waiting up to `patience` for
    /// one. Asking again gives the same answer. `next` is the `after` of the next call.
    public func accepted(
        by id: ListenerID, after: UInt64, limit: Int = .max, patience: Interval
    ) async throws(EngineError) -> (connections: [ConnectionSnapshot], next: UInt64) {
        _ = try listener(id)
        let end = await suspend(untilAccepted: after, by: id, patience: patience)
        switch end {
        case .done, .timedOut: break
        case .failed(let error): throw error
        case .cancelled: throw .cancelled
        }
        guard let list = stack.listener(id)?.accepted else { throw .notFound(id.description) }
        let entries = list.entries(after: after)
        let page = entries.prefix(limit)
        let left = UInt64(entries.count - page.count)
        return (page.compactMap { try? connection($0) }, max(after, list.last - left))
    }

    // MARK: Endpoints

    private func settleLocal(_ request: ListenRequest) throws(EngineError) -> Endpoint {
        let kind = request.options.guardKind
        if request.local.port != 0 {
            if let holder = stack.listeners[request.local] {
                throw .portInUse(request.local, holder: "\(holder.id), LISTEN")
            }
            try acquireEndpoint(request.local, kind)
            return request.local
        }
        let taken = Set(stack.listeners.keys.map(\.port))
        for port in ports(guardedBy: kind) where !taken.contains(port) {
            let local = Endpoint(request.local.address, port)
            // An idle guard's port is as good as another: a busy service may have one at every port of the range.
            guard !guards.owns(local) || guards.isIdle(local) else { continue }
            do throws(EngineError) {
                try acquireEndpoint(local, kind)
                return local
            } catch {
                guard case .portInUse = error else { throw error }
            }
        }
        throw .tooManyConnections(detail: "no local port is free", retryAfter: .seconds(Int64(1)))
    }

    /// The MTU towards peers that are not on this host: that of the device with the address. A listener at every address
    /// assumes Ethernet's; path MTU discovery lowers both where that is too much.
    private func routeMTU(listeningAt local: Endpoint, at now: Instant) throws(EngineError) -> Int {
        let address = local.address
        if address.isUnspecified { return 1_500 }
        let isLocal: Bool
        do throws(LinkError) {
            isLocal = try routes.isLocal(address, at: now)
        } catch {
            throw EngineError(opening: error)
        }
        guard isLocal else { throw .notLocal(local) }
        return address.isLoopback ? 65_535 : routes.deviceMTU(of: address) ?? 1_500
    }

    /// A SYN has begun a connection at a listener: it holds the endpoint's guard like any other.
    func adopt(_ id: ConnectionID, _ local: Endpoint) {
        guard let kind = try? connection(id).options.guardKind else { return }
        // The guard is there already, the listener's own: a reference can't fail.
        try? acquireEndpoint(local, kind)
    }

    // MARK: Services

    /// Starts the listener's service on a connection that has just been established.
    func serve(_ id: ConnectionID, of listener: ListenerID) {
        wakeWaiters(of: listener)
        guard let kind = services[listener]?.kind, kind != .hold else { return }
        Task {
            switch kind {
            case .hold: return
            case .echo: try? await self.echo(id)
            case .discard: try? await self.discard(id)
            case .chargen: try? await self.generate(id)
            }
        }
    }

    /// RFC 862: sends back whatever comes, and closes after the peer.
    private func echo(_ id: ConnectionID) async throws(EngineError) {
        try await forEachPiece(of: id) { octets async throws(EngineError) in
            _ = try await self.write(octets, to: id, push: true, timeout: Self.servicePatience)
        }
        _ = try close(id)
    }

    /// RFC 863: throws away whatever comes, and closes after the peer.
    private func discard(_ id: ConnectionID) async throws(EngineError) {
        try await forEachPiece(of: id) { _ async throws(EngineError) in }
        _ = try close(id)
    }

    /// RFC 864: sends the rotating pattern of printable characters until the peer has closed or reset.
    private func generate(_ id: ConnectionID) async throws(EngineError) {
        var line = 0
        while try connection(id).state == .established {
            var lines: [UInt8] = []
            for _ in 0..<256 {
                for column in 0..<72 { lines.append(UInt8(32 + (line + column) % 95)) }
                lines += [13, 10]
                line = (line + 1) % 95
            }
            _ = try await write(lines, to: id, push: true, timeout: Self.servicePatience)
        }
        _ = try close(id)
    }

    private func forEachPiece(
        of id: ConnectionID, _ body: ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        var request = ReadRequest()
        request.offset = 0
        request.patience = Self.servicePatience
        while true {
            let piece = try await read(request, from: id)
            if !piece.octets.isEmpty { try await body(piece.octets) }
            if piece.isFinal || piece.error != nil { return }
            request.offset = piece.nextOffset
        }
    }

    /// A service waits for its peer as long as the connection lives.
    private static let servicePatience = Interval.seconds(Int64(86_400 * 365))
}
