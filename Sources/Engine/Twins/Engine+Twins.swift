import DequeModule
import Glibc

/// Connections by the kernel's own TCP (`"engine": "kernel"`): the same operations, and their segments in the log.
extension Engine {
    /// How often a wait looks at the kernel's connection: no descriptor tells of an acknowledgment.
    private static let twinLook = Duration.milliseconds(2)

    /// Opens a twin; its SYN has left when this returns.
    func openTwin(_ request: OpenRequest) throws(EngineError) -> ConnectionID {
        guard !isShuttingDown else { throw .shuttingDown }
        if let rule = refusal(of: request.remote) { throw .targetNotAllowed(request.remote, rule: rule) }
        try validate(request)
        let settings = try request.kernelSettings()
        if let name = request.name, let holder = connectionID(named: name), (try? connection(holder).state) != .closed {
            throw .nameInUse(name, holder: holder.description)
        }
        let now = Clock.now()
        let route = try route(of: request, at: now)
        try admitConnection()
        let wanted = Endpoint(route.source, request.localPort ?? 0)
        // A guard that nobody needs must not keep the port from the kernel.
        if guards.isIdle(wanted) {
            guards.close(wanted)
            stack.disown(wanted)
        }
        if request.localPort != nil, guards.owns(wanted) { throw .portInUse(wanted, holder: "a connection of ours") }
        do throws(LinkError) {
            let socket = try KernelConnection(wanted, settings: settings)
            return try begin(socket, request, routeMTU: route.mtu, at: now)
        } catch {
            switch error {
            case .addressInUse: throw .portInUse(wanted, holder: "another program, or the kernel's own TIME-WAIT")
            case .privilegedPort:
                throw .privilegedPort(wanted.port, unprivilegedStart: UInt16(clamping: Limits.unprivilegedPortStart))
            case .unreachable(let address, let errno):
                throw .unreachable(
                    nil, detail: "the kernel cannot connect to \(address.zonedDescription): errno \(errno)")
            case .exhausted(let limit):
                throw .tooManyConnections(
                    detail: "all \(limit) descriptors of the process are in use", retryAfter: .seconds(Int64(1)))
            case .system(let call, let errno): throw Self.refusedSetting(call, errno)
            case .notLocal, .notPermitted: throw EngineError(opening: error)
            }
        }
    }

    /// The filter first, then the SYN: nothing of the handshake may be missing from the log.
    private func begin(
        _ socket: KernelConnection, _ request: OpenRequest, routeMTU: Int, at now: Instant
    ) throws(LinkError) -> ConnectionID {
        let tuple = FourTuple(local: socket.local, remote: request.remote)
        let beginning = stack.beginning(of: tuple, request.options, routeMTU: routeMTU, at: now)
        let twin = KernelTwin(
            id: beginning.id, tuple: tuple, socket: socket, beginning: beginning, name: request.name)
        try? widenFilter(for: tuple)
        stack.follow(FollowedConnection(id: twin.id, tuple: tuple, cause: .kernelTwin, name: request.name, at: now))
        do throws(LinkError) {
            try twin.connect(sending: request.payload, fastOpen: request.options.fastOpen)
        } catch {
            stack.unfollow(tuple)
            narrowFilter(for: tuple)
            throw error
        }
        twins[twin.id] = twin
        forgetClosedTwins()
        lease(.connection(twin.id), request.lease)
        return twin.id
    }

    /// The twin as it is now, completed by what was seen of its segments.
    func twinSnapshot(_ twin: KernelTwin) -> ConnectionSnapshot {
        twin.look(at: Clock.now())
        if !twin.isOpen { letGo(of: twin) }
        let seen = stack.followedConnections.first { $0.id == twin.id } ?? finishedTwins[twin.id]
        return twin.snapshot(seen, lease: leases[.connection(twin.id)])
    }

    /// A twin that is over is followed no longer, and stays readable.
    private func letGo(of twin: KernelTwin) {
        guard finishedTwins[twin.id] == nil,
            let seen = stack.followedConnections.first(where: { $0.id == twin.id })
        else { return }
        finishedTwins[twin.id] = seen
        closedTwins.append(twin.id)
        stack.unfollow(twin.tuple)
        narrowFilter(for: twin.tuple)
    }

    /// Forgets the twins that were over first, but for those that stay readable.
    private func forgetClosedTwins() {
        guard twins.count > Self.closedTwinLimit else { return }
        for twin in twins.values where finishedTwins[twin.id] == nil { _ = twinSnapshot(twin) }
        while closedTwins.count > Self.closedTwinLimit, let oldest = closedTwins.popFirst() {
            if let twin = twins[oldest] { delete(twin) }
        }
    }

    /// Closed twins that stay readable: as many as connections of our own.
    private static let closedTwinLimit = 1_000
}

/// What is asked of one twin.
extension Engine {
    /// Waits until `test` is no longer pending.
    private func wait(
        on twin: KernelTwin, _ patience: Interval, _ test: (KernelTwin) -> WaiterTable.Outcome
    ) async -> Waiter.End {
        let deadline = Clock.now() + patience
        while true {
            twin.look(at: Clock.now())
            switch test(twin) {
            case .done: return .done
            case .failed(let error): return .failed(error)
            case .pending: break
            }
            guard Clock.now() < deadline else { return .timedOut }
            do {
                try await Task.sleep(for: Self.twinLook)
            } catch {
                return .cancelled
            }
        }
    }

    private func finish(_ end: Waiter.End, _ timeout: @autoclosure () -> EngineError) throws(EngineError) {
        switch end {
        case .done: return
        case .failed(let error): throw error
        case .cancelled: throw .cancelled
        case .timedOut: throw timeout()
        }
    }

    /// Opens a twin and waits for ESTABLISHED; it is aborted when the timeout runs out or the caller goes.
    func connectTwin(_ request: OpenRequest, timeout: Interval) async throws(EngineError) -> ConnectionSnapshot {
        let id = try openTwin(request)
        guard let twin = twins[id] else { throw .notFound(id.description) }
        let end = await wait(on: twin, timeout) { twin in
            if twin.establishedAt != nil { return .done }
            return twin.isOpen ? .pending : .failed(twin.endError)
        }
        if case .timedOut = end { twin.abort(.timeout, at: Clock.now()) }
        if case .cancelled = end { twin.abort(.aborted, at: Clock.now()) }
        try finish(end, .handshakeTimeout(id, after: timeout))
        // The raw socket has its copies of the handshake, which tell the numbers.
        pump()
        return twinSnapshot(twin)
    }

    /// Waits until the condition holds, as far as the kernel tells.
    func wait(
        for condition: WaitCondition, on twin: KernelTwin, timeout: Interval
    ) async throws(EngineError) -> ConnectionSnapshot {
        twin.look(at: Clock.now())
        let (accepted, received) = (twin.accepted, twin.readableEnd)
        let end = await wait(on: twin, timeout) { twin in
            let holds =
                switch condition {
                case .sent: twin.sent >= accepted
                case .acknowledged: twin.isCloseRequested ? twin.isFinAcknowledged : twin.acknowledged >= accepted
                case .established: twin.establishedAt != nil
                case .closed: !twin.isOpen || twin.state == .timeWait
                case .state(let state): twin.state == state
                case .acknowledgedThrough(let offset): twin.acknowledged >= offset
                case .sentThrough(let offset): twin.sent >= offset
                case .reply: twin.readableEnd > received
                case .received(let offset): twin.readableEnd > offset
                }
            if holds { return .done }
            if condition.needsText, twin.isFinal { return .failed(.streamEnded(twin.id)) }
            return twin.isOpen ? .pending : .failed(twin.endError)
        }
        try finish(end, .timedOut(twin.id, detail: "the kernel's connection is in \(twin.state)"))
        return twinSnapshot(twin)
    }

    /// Hands octets to the kernel, waiting while its send buffer is full, each time for so long at most.
    func write(_ octets: [UInt8], to twin: KernelTwin, timeout: Interval) async throws(EngineError) -> WriteReceipt {
        let offset = twin.accepted
        var rest = octets[...]
        while !rest.isEmpty {
            guard let taken = twin.write(rest) else {
                throw .notOpen(twin.id, twin.state, twin.closeReason)
            }
            rest = rest.dropFirst(taken)
            guard taken == 0 else { continue }
            let before = twin.acknowledged
            let end = await wait(on: twin, timeout) { twin in
                if !twin.isOpen { return .failed(twin.endError) }
                return twin.acknowledged > before ? .done : .pending
            }
            try finish(end, .timedOut(twin.id, detail: "the kernel's send buffer is full: the peer does not read"))
        }
        let first = twinFirstSequence(twin)
        return WriteReceipt(
            offset: offset, nextOffset: twin.accepted, firstSequence: first + Int(offset),
            nextSequence: first + Int(twin.accepted))
    }

    private func twinFirstSequence(_ twin: KernelTwin) -> SequenceNumber {
        twinSnapshot(twin).send.iss + 1
    }

    /// How far the sent stream has come, as the kernel tells it.
    func sendProgress(of twin: KernelTwin) -> SendProgress {
        twin.look(at: Clock.now())
        return SendProgress(
            acknowledged: twin.acknowledged, sent: twin.sent, accepted: twin.accepted, received: twin.readableEnd,
            peerWindow: twin.information?.sendWindow ?? 0, firstSequence: twinFirstSequence(twin),
            newestSegment: stack.log.newest)
    }

    /// Octets of the received stream, which wait here once the kernel has given them.
    func read(_ request: ReadRequest, from twin: KernelTwin) async throws(EngineError) -> ReadResult {
        twin.look(at: Clock.now())
        let offset = request.offset ?? twin.readableStart
        guard offset >= twin.readableStart else { throw .offsetReleased(oldest: twin.readableStart) }
        if request.releases { twin.release(before: offset) }
        let wanted = offset + UInt64(min(max(request.minimum, 1), max(request.limit, 1)))
        let end = await wait(on: twin, request.patience) { twin in
            twin.readableEnd >= wanted || twin.isFinal || !twin.isOpen ? .done : .pending
        }
        if case .cancelled = end { throw .cancelled }
        guard offset >= twin.readableStart else { throw .offsetReleased(oldest: twin.readableStart) }
        let octets = Array(
            twin.readable.dropFirst(Int(clamping: offset - twin.readableStart)).prefix(max(request.limit, 0)))
        let isAtEnd = offset + UInt64(octets.count) >= twin.readableEnd
        return ReadResult(
            offset: offset, octets: octets, isFinal: isAtEnd && twin.isFinal,
            error: isAtEnd && !twin.isOpen && !twin.isFinal ? twin.closeReason : nil)
    }

    /// CLOSE: the kernel sends its FIN behind what is still to be sent.
    func close(_ twin: KernelTwin) -> ConnectionSnapshot {
        twin.close()
        return twinSnapshot(twin)
    }

    /// Ends a twin with a RST if it is still open.
    func abort(_ twin: KernelTwin, _ reason: CloseReason) {
        twin.abort(reason, at: Clock.now())
        _ = twinSnapshot(twin)
    }

    /// Ends a twin and forgets it.
    func delete(_ twin: KernelTwin) {
        abort(twin, .aborted)
        twins[twin.id] = nil
        finishedTwins[twin.id] = nil
        closedTwins.removeAll { $0 == twin.id }
        leases.forget(.connection(twin.id))
    }
}

/// Comparing two connections.
extension Engine {
    /// How a connection looks from its records in the log.
    public func profile(of id: ConnectionID) throws(EngineError) -> ConnectionProfile {
        _ = try connection(id)
        let log = log()
        return ConnectionProfile(log.numbers.compactMap { log[$0] }.filter { $0.connection == id })
    }
}

extension Engine {
    /// Changes what may change of a twin; `.invalidRequest` for what a socket cannot be told.
    func update(_ twin: KernelTwin, _ change: ConnectionChange) throws(EngineError) -> ConnectionSnapshot {
        let settings = try change.kernelSettings()
        if let name = change.name, let name, let holder = connectionID(named: name), holder != twin.id,
            (try? connection(holder).state) != .closed
        {
            throw .nameInUse(name, holder: holder.description)
        }
        do throws(LinkError) {
            try twin.apply(change, settings)
        } catch {
            guard case .system(let call, let errno) = error else { throw EngineError(opening: error) }
            throw Self.refusedSetting(call, errno)
        }
        if let length = change.lease { lease(.connection(twin.id), length) }
        return twinSnapshot(twin)
    }
}
