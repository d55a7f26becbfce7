/// Opening connections: route, policy, port, guard, filter, in this order.
extension Engine {
    /// Starts an active open and returns at once, in SYN-SENT.
    ///
    /// - Throws: what can be known before a segment leaves: `.targetNotAllowed`, `.unreachable`, `.portInUse`,
    ///   `.privilegedPort`, `.nameInUse`, `.tooManyConnections`, `.invalidRequest`, `.shuttingDown`.
    public func open(_ request: OpenRequest) throws(EngineError) -> ConnectionSnapshot {
        if request.engine == .kernel { return try connection(openTwin(request)) }
        return try connection(start(request))
    }

    /// Starts an active open and waits for ESTABLISHED. The attempt is aborted when `timeout` runs out, and when the
    /// calling task is cancelled. `caller`: the actor to which whoever calls is isolated.
    ///
    /// - Throws: as `open`, and `.connectionRefused`, `.handshakeTimeout`, `.unreachable`, `.cancelled`.
    public func connect(
        _ request: OpenRequest, timeout: Interval, for caller: (any Actor)? = #isolation
    ) async throws(EngineError) -> ConnectionSnapshot {
        if request.engine == .kernel { return try await connectTwin(request, timeout: timeout) }
        return try connection(await establish(request, timeout: timeout, for: caller))
    }

    /// As `connect`, with our own TCP, for those who don't want to look at the connection yet.
    public func establish(
        _ request: OpenRequest, timeout: Interval, for caller: (any Actor)? = #isolation
    ) async throws(EngineError) -> ConnectionID {
        let id = try start(request)
        let end = await suspend(on: id, patience: timeout, for: caller, test: Engine.handshakeOutcome)
        switch end {
        case .done:
            if request.options.guardKind == .none { try await outlastKernelReset(id) }
            return id
        case .failed(.notFound): throw .impossible(id, detail: "it was deleted before it was established")
        case .failed(let error): throw error
        case .cancelled: abandon(id, .aborted); throw .cancelled
        case .timedOut: throw giveUp(id, after: timeout)
        }
    }

    /// The patience is over. If the network has said why nothing comes, that is the answer.
    private func giveUp(_ id: ConnectionID, after timeout: Interval) -> EngineError {
        let trouble = try? stack.connection(id).trouble
        abandon(id, .timeout)
        guard let trouble else { return .handshakeTimeout(id, after: timeout) }
        return .unreachable(
            id, detail: "no answer for \(timeout.seconds) s; the network said: \(trouble.error.summary)")
    }

    private func abandon(_ id: ConnectionID, _ reason: CloseReason) {
        let now = Clock.now()
        try? stack.abort(id, reason, at: now, wall: wall(at: now))
    }

    private static func handshakeOutcome(of connection: Connection) -> WaiterTable.Outcome {
        if connection.establishedAt != nil { return .done }
        guard connection.state == .closed else { return .pending }
        return .failed(handshakeError(of: connection))
    }

    static func handshakeError(of connection: Connection) -> EngineError {
        if let reset = connection.kernelReset { return kernelResetError(connection, reset: reset) }
        return switch connection.closeReason {
        case .refused, .resetByPeer: .connectionRefused(connection.id)
        case .unreachable: .unreachable(connection.id, detail: unreachableDetail(connection))
        case .timeout: .handshakeTimeout(connection.id, after: connection.handshakePatience)
        case .shutdown: .shuttingDown
        case .normal, .aborted, .leaseExpired, nil:
            .impossible(connection.id, detail: "the connection was aborted before it was established")
        }
    }

    /// Why there is no way to the peer: what the network said, else what the kernel did.
    static func unreachableDetail(_ connection: Connection) -> String {
        let remote = connection.tuple.remote.zonedDescription
        guard let trouble = connection.trouble else { return "the kernel has no way to \(remote)" }
        return "\(remote): \(trouble.error.summary)"
    }

    private func start(_ request: OpenRequest) throws(EngineError) -> ConnectionID {
        guard !isShuttingDown else { throw .shuttingDown }
        // Before anything else is said about the request: what is forbidden stays forbidden however the rest reads.
        if let rule = refusal(of: request.remote) { throw .targetNotAllowed(request.remote, rule: rule) }
        try validate(request)
        try checkOptions(request.options)
        let now = Clock.now()
        let route = try route(of: request, at: now)
        try admitConnection()
        let local = try settleLocal(request, route.source)
        let tuple = FourTuple(local: local, remote: request.remote)
        if request.options.guardKind == .none { watchForKernelResets() }
        do throws(StackError) {
            let id = try stack.open(request, tuple: tuple, routeMTU: route.mtu, at: now)
            lease(.connection(id), request.lease)
            if request.options.guardKind == .none { noteUnguarded(id, tuple) }
            return id
        } catch {
            releaseEndpoint(local, request.options.guardKind)
            throw EngineError(error)
        }
    }

    /// There is room for one more connection, whosever TCP speaks.
    func admitConnection() throws(EngineError) {
        guard stack.table.liveCount + twins.count - finishedTwins.count >= connectionLimit else { return }
        stack.counters.limits.connections += 1
        throw .tooManyConnections(
            detail: "\(connectionLimit) connections are open, which is the limit (--limit connections=N); "
                + "close or delete one of them first",
            retryAfter: .seconds(Int64(1)))
    }

    func validate(_ request: OpenRequest) throws(EngineError) {
        guard request.remote.port != 0 else {
            throw .invalidRequest(member: "remote", detail: "port 0 names nobody; give a port from 1 to 65535")
        }
        let family = request.remote.address.family
        guard request.localAddress?.family ?? family == family else {
            throw .invalidRequest(
                member: "local", detail: "must be of the same family as remote, which is IPv\(family.rawValue)")
        }
        try requireLink(family)
        try requireZones(of: request)
        guard request.payload.count <= request.options.sendBuffer else {
            throw .invalidRequest(
                member: "payload", detail: "longer than sendBuffer, \(request.options.sendBuffer) octets")
        }
    }

    /// There is a raw socket for the family; else the error says why not.
    func requireLink(_ family: IPAddress.Family) throws(EngineError) {
        guard !link.carries(family) else { return }
        let reason = link.v6Failure.map { "\($0)" } ?? "unknown"
        throw .noRawSocket(detail: "IPv6 is not available on this host (\(reason)); IPv4 is")
    }

    /// Link-local addresses name their interface, and both the same one.
    private func requireZones(of request: OpenRequest) throws(EngineError) {
        try requireZone(of: request.remote, member: "remote")
        guard let local = request.localAddress else { return }
        try requireZone(of: Endpoint(local, request.localPort ?? 0), member: "local")
        let remote = request.remote.address
        guard local.zone == 0 || remote.zone == 0 || local.zone == remote.zone else {
            throw .invalidRequest(
                member: "local",
                detail: "\(local.zonedDescription) and \(remote.zonedDescription) are at different interfaces")
        }
    }

    /// A link-local address means a host only within a zone (RFC 4007 §6), and none is guessed.
    func requireZone(of endpoint: Endpoint, member: String) throws(EngineError) {
        guard endpoint.address.needsZone, endpoint.address.zone == 0 else { return }
        throw .invalidRequest(member: member, detail: Zone.missing(in: endpoint))
    }

    func route(of request: OpenRequest, at now: Instant) throws(EngineError) -> Route {
        do throws(LinkError) {
            return try routes.route(to: request.remote.address, preferring: request.localAddress, at: now)
        } catch {
            switch error {
            case .notLocal(let address):
                throw .notLocal(Endpoint(address, request.localPort ?? 0))
            case .unreachable(let address, _):
                throw .unreachable(nil, detail: "the kernel has no route to \(address.zonedDescription)")
            case .addressInUse, .privilegedPort, .exhausted, .notPermitted, .system: throw EngineError(opening: error)
            }
        }
    }

    // MARK: Local endpoints and their guards

    /// The local endpoint of a new connection, guarded and let through the filter.
    private func settleLocal(_ request: OpenRequest, _ address: IPAddress) throws(EngineError) -> Endpoint {
        let kind = request.options.guardKind
        if let port = request.localPort {
            let local = Endpoint(address, port)
            try acquireEndpoint(local, kind)
            return local
        }
        // A port that others hold, outside the engine, is skipped; each further try costs two system calls.
        for _ in 0..<Self.portTries {
            guard let port = nextPort(at: address, for: request) else { break }
            let local = Endpoint(address, port)
            do throws(EngineError) {
                try acquireEndpoint(local, kind)
                return local
            } catch {
                guard case .portInUse = error else { throw error }
                stack.leapPorts()
            }
        }
        throw .tooManyConnections(
            detail:
                "no local port in \(configuration.portRange.lowerBound)–\(configuration.portRange.upperBound) is free"
                + " for \(request.remote.zonedDescription)", retryAfter: .seconds(Int64(1)))
    }

    /// Ports that are tried where nobody asked for one: spread over the whole range.
    static let portTries = PortAllocator.leapsPerRange

    private func nextPort(at address: IPAddress, for request: OpenRequest) -> UInt16? {
        let remote = request.remote
        if request.options.guardKind == .socket {
            let reusable = guards.reusablePort(at: address, in: configuration.portRange) { port in
                stack.isFree(FourTuple(local: Endpoint(address, port), remote: remote))
            }
            if let reusable { return reusable }
        }
        return stack.choosePort(from: address, to: remote, in: ports(guardedBy: request.options.guardKind))
    }

    func acquireEndpoint(_ local: Endpoint, _ kind: GuardKind) throws(EngineError) {
        try acquireSharedGuard(local, kind)
        do throws(LinkError) {
            if kind == .socket {
                let endpoint = guardedEndpoint(for: local)
                if try guards.acquire(endpoint) { stack.own(endpoint) }
                disownEvicted()
            }
            try admit(local.port)
        } catch {
            switch error {
            case .addressInUse: throw .portInUse(local, holder: "another program, or the kernel's own TIME-WAIT")
            case .privilegedPort:
                throw .privilegedPort(local.port, unprivilegedStart: UInt16(clamping: Limits.unprivilegedPortStart))
            case .exhausted(let limit):
                throw .tooManyConnections(
                    detail: "all \(limit) reset guards are in use", retryAfter: .seconds(Int64(1)))
            case .notLocal, .notPermitted, .unreachable, .system: throw EngineError(opening: error)
            }
        }
    }

    /// A connection lets go of its local endpoint. Guards inside our range stay for the next connection; a port that the
    /// user chose elsewhere is given back to the host at once.
    func releaseEndpoint(_ local: Endpoint, _ kind: GuardKind) {
        let isExplicit = !configuration.portRange.contains(local.port)
        releaseSharedGuard(local, kind)
        if kind == .socket {
            let endpoint = guardedEndpoint(for: local)
            guards.release(endpoint)
            disownEvicted()
            if isExplicit || endpoint.address.isUnspecified, guards.isIdle(endpoint) {
                guards.close(endpoint)
                stack.disown(endpoint)
            }
        }
        guard isExplicit, let users = explicitPorts[local.port] else { return }
        explicitPorts[local.port] = users > 1 ? users - 1 : nil
        if users == 1 { try? setFilter() }
    }

    /// Asks the pool only where it makes a difference: it is copied for that.
    private func guardedEndpoint(for local: Endpoint) -> Endpoint {
        guards.hasGuardsAnywhere ? guards.guardedEndpoint(for: local) : local
    }

    private func disownEvicted() {
        for lost in guards.takeEvicted() { stack.disown(lost) }
    }

    private func admit(_ port: UInt16) throws(LinkError) {
        guard !configuration.portRange.contains(port) else { return }
        explicitPorts[port, default: 0] += 1
        if explicitPorts[port] == 1 { try setFilter() }
    }

    /// Lets our ports' segments through, as they are now.
    func setFilter() throws(LinkError) {
        let ports = explicitPorts.keys.sorted()
        try link.setFilter(range: configuration.portRange, ports: ports, withEcho: stack.observesEcho)
    }

    /// Our addresses with their networks, which tell the broadcast addresses; none if the kernel won't say.
    func hostAddresses() -> [TargetPolicy.HostAddress] {
        let networks = (try? routes.localNetworks(at: Clock.now())) ?? []
        return networks.map { TargetPolicy.HostAddress($0.address, prefix: $0.prefix) }
    }
}

extension EngineError {
    init(_ error: StackError) {
        self =
            switch error {
            case .unknown(let id): .notFound(id.description)
            case .tupleInUse(let local, let holder): .portInUse(local, holder: holder)
            case .nameInUse(let name, let holder): .nameInUse(name, holder: holder.description)
            case .connectionLimit(let limit):
                .tooManyConnections(detail: "\(limit) connections are open", retryAfter: .seconds(Int64(1)))
            case .notOpen(let id, let state, let reason): .notOpen(id, state, reason)
            case .released(let oldest): .offsetReleased(oldest: oldest)
            }
    }
}
