/// What may be asked of connections. Every wait ends: with its condition, its patience, its impossibility, or its caller.
extension Engine {
    // MARK: Looking

    /// All connections that are open or remembered (the last 1,000 closed), oldest first.
    public func connections() -> [ConnectionSnapshot] {
        let ours = stack.snapshots.map(withLease)
        guard !twins.isEmpty else { return ours }
        return (ours + twins.values.map(twinSnapshot)).sorted { $0.id.rawValue < $1.id.rawValue }
    }

    /// One connection; `.notFound` if it was never there or is forgotten.
    public func connection(_ id: ConnectionID) throws(EngineError) -> ConnectionSnapshot {
        if let twin = twins[id] { return twinSnapshot(twin) }
        return withLease(try subject(id).snapshot)
    }

    /// Whether a connection or an observation has ever had this id, be it remembered or not.
    public func hasGiven(_ id: ConnectionID) -> Bool {
        id.rawValue <= (id.isObservation ? ConnectionID(observation: lastObservation).rawValue : stack.lastID)
    }

    private func withLease(_ snapshot: ConnectionSnapshot) -> ConnectionSnapshot {
        var snapshot = snapshot
        if snapshot.state != .closed { snapshot.leaseExpiry = leases[.connection(snapshot.id)] }
        return snapshot
    }

    /// The connection that holds this name, or held it last.
    public func connectionID(named name: String) -> ConnectionID? {
        let twin = twins.values.filter { $0.name == name }.max { $0.id.rawValue < $1.id.rawValue }
        if let twin, twin.isOpen { return twin.id }
        return stack.connectionID(named: name) ?? twin?.id
    }

    private func subject(_ id: ConnectionID) throws(EngineError) -> Connection {
        guard let connection = stack.table[id] else { throw .notFound(id.description) }
        return connection
    }

    /// Waits until `condition` holds. `caller`: the actor to which whoever calls is isolated.
    ///
    /// - Throws: `.timedOut` after `timeout`; `.impossible`, `.connectionRefused` or `.connectionReset` once it can no longer
    ///   come true; `.notFound`, `.cancelled`.
    public func wait(
        for condition: WaitCondition, on id: ConnectionID, timeout: Interval, for caller: (any Actor)? = #isolation
    ) async throws(EngineError) -> ConnectionSnapshot {
        if let twin = twins[id] { return try await wait(for: condition, on: twin, timeout: timeout) }
        let goal = WaitGoal(condition, on: try subject(id))
        let end = await suspend(on: id, patience: timeout, for: caller) { connection in goal.outcome(for: connection) }
        switch end {
        case .done: return try connection(id)
        case .failed(let error): throw error
        case .cancelled: throw .cancelled
        case .timedOut: return try outcomeAtLast(of: goal, on: id)
        }
    }

    /// The patience is over. Between its end and this look the connection may have gone on, or have ended.
    private func outcomeAtLast(of goal: WaitGoal, on id: ConnectionID) throws(EngineError) -> ConnectionSnapshot {
        let subject = try subject(id)
        switch goal.outcome(for: subject) {
        case .done: return try connection(id)
        case .failed(let error): throw error
        case .pending: throw .timedOut(id, detail: goal.missing(from: subject))
        }
    }

    // MARK: Sending

    /// Queues octets; suspends while the send buffer is full.
    ///
    /// - Parameters:
    ///   - timeout: patience for each next octet to be accepted. `sendProgress` tells how many were.
    ///   - caller: the actor to which whoever calls is isolated.
    /// - Throws: `.timedOut` (its detail names the peer's closed window, if that is why), `.notOpen`, `.connectionReset`.
    public func write(
        _ octets: [UInt8], to id: ConnectionID, push: Bool, urgent: Bool = false, timeout: Interval,
        for caller: (any Actor)? = #isolation
    ) async throws(EngineError) -> WriteReceipt {
        if let twin = twins[id] { return try await write(octets, to: twin, timeout: timeout) }
        let connection = try subject(id)
        let offset = connection.acceptedPosition
        var done = 0
        repeat {
            do throws(StackError) {
                done += try stack.write(
                    octets.span.bytes, from: done, to: id, push: push, urgent: urgent, at: Clock.now())
            } catch {
                throw EngineError(error)
            }
            if done < octets.count { try await waitForSpace(id, timeout, caller) }
        } while done < octets.count
        return WriteReceipt(
            offset: offset, nextOffset: offset + UInt64(octets.count), firstSequence: connection.sequence(of: offset),
            nextSequence: connection.sequence(of: offset + UInt64(octets.count)))
    }

    private func waitForSpace(
        _ id: ConnectionID, _ timeout: Interval, _ caller: (any Actor)?
    ) async throws(EngineError) {
        let end = await suspend(on: id, patience: timeout, for: caller) { connection in
            if connection.state == .closed { return .failed(connection.endError) }
            return connection.hasSendSpace ? .done : .pending
        }
        switch end {
        case .done: return
        case .failed(let error): throw error
        case .cancelled: throw .cancelled
        case .timedOut:
            let connection = try subject(id)
            if connection.state == .closed { throw connection.endError }
            throw .timedOut(id, detail: connection.sendObstacle)
        }
    }

    /// How far the sent stream has come.
    public func sendProgress(of id: ConnectionID) throws(EngineError) -> SendProgress {
        if let twin = twins[id] { return sendProgress(of: twin) }
        let connection = try subject(id)
        return SendProgress(
            acknowledged: connection.acknowledgedPosition, sent: connection.sentPosition,
            accepted: connection.acceptedPosition, received: connection.readable.upperBound,
            peerWindow: connection.peerWindow,
            firstSequence: connection.sequence(of: 0), newestSegment: stack.log.newest)
    }

    // MARK: Receiving

    /// Octets of the received stream, which stay readable until a higher offset is asked for. `caller`: the actor to which whoever
    /// calls is isolated.
    ///
    /// - Throws: `.offsetReleased` if the octets are gone; `.notFound`, `.cancelled`. Patience that runs out is no error:
    ///   the result holds what there is.
    public func read(
        _ request: ReadRequest, from id: ConnectionID, for caller: (any Actor)? = #isolation
    ) async throws(EngineError) -> ReadResult {
        if let twin = twins[id] { return try await read(request, from: twin) }
        let connection = try subject(id)
        let offset = request.offset ?? connection.readable.lowerBound
        guard offset >= connection.readable.lowerBound else {
            throw .offsetReleased(oldest: connection.readable.lowerBound)
        }
        if request.releases { try release(before: offset, of: id) }
        let wanted = offset + UInt64(min(max(request.minimum, 1), max(request.limit, 1)))
        let end = await suspend(on: id, patience: request.patience, for: caller) { connection in
            connection.readable.upperBound >= wanted || connection.isReceiveOver ? .done : .pending
        }
        switch end {
        case .done, .timedOut: break
        case .failed(let error): throw error
        case .cancelled: throw .cancelled
        }
        if request.releases { try release(before: offset, of: id) }
        return try result(of: request, from: offset, id)
    }

    private func release(before offset: UInt64, of id: ConnectionID) throws(EngineError) {
        do throws(StackError) {
            try stack.release(before: offset, of: id, at: Clock.now())
        } catch {
            throw EngineError(error)
        }
    }

    private func result(
        of request: ReadRequest, from offset: UInt64, _ id: ConnectionID
    ) throws(EngineError) -> ReadResult {
        let connection = try subject(id)
        let octets: [UInt8]
        do throws(StackError) {
            octets = try stack.read(from: offset, limit: max(request.limit, 0), of: id)
        } catch {
            throw EngineError(error)
        }
        let isAtEnd = offset + UInt64(octets.count) >= connection.readable.upperBound
        return ReadResult(
            offset: offset, octets: octets, isFinal: isAtEnd && connection.isReceiveFinal,
            error: isAtEnd && connection.isReceiveOver && !connection.isReceiveFinal ? connection.closeReason : nil)
    }

    // MARK: Ending

    /// CLOSE (RFC 9293 §3.10.4): queues FIN behind what is still to be sent. A second one changes nothing.
    ///
    /// - Parameter endsReading: nothing more will be read; what is or comes unread is lost, and a RST says so (SHLD-3).
    public func close(_ id: ConnectionID, endsReading: Bool = false) throws(EngineError) -> ConnectionSnapshot {
        if let twin = twins[id] { return close(twin) }
        do throws(StackError) {
            let now = Clock.now()
            try stack.close(id, endsReading: endsReading, at: now, wall: wall(at: now))
        } catch {
            throw EngineError(error)
        }
        return try connection(id)
    }

    /// ABORT (RFC 9293 §3.10.5) because its user wants it.
    public func abort(_ id: ConnectionID) throws(EngineError) { try abort(id, .aborted) }

    /// ABORT (RFC 9293 §3.10.5); the connection stays readable.
    public func abort(_ id: ConnectionID, _ reason: CloseReason) throws(EngineError) {
        if let twin = twins[id] { return abort(twin, reason) }
        do throws(StackError) {
            let now = Clock.now()
            try stack.abort(id, reason, at: now, wall: wall(at: now))
        } catch {
            throw EngineError(error)
        }
    }

    /// ABORT if still open; then forgets the connection and frees its port.
    public func delete(_ id: ConnectionID) throws(EngineError) {
        if let twin = twins[id] { return delete(twin) }
        leases.forget(.connection(id))
        do throws(StackError) {
            let now = Clock.now()
            try stack.delete(id, at: now, wall: wall(at: now))
        } catch {
            throw EngineError(error)
        }
    }

    /// Gives a connection a name, or takes it away.
    public func rename(_ id: ConnectionID, to name: String?) throws(EngineError) {
        do throws(StackError) {
            try stack.rename(id, to: name)
        } catch {
            throw EngineError(error)
        }
    }

    /// Changes what may change; `.nameInUse` leaves everything as it was.
    public func update(_ id: ConnectionID, _ change: ConnectionChange) throws(EngineError) -> ConnectionSnapshot {
        if let twin = twins[id] { return try update(twin, change) }
        let subject = try subject(id)
        try Self.check(change, of: subject.options, beside: subject.registered.definitions)
        if let name = change.name { try rename(id, to: name) }
        if let length = change.lease { lease(.connection(id), length) }
        do throws(StackError) {
            let now = Clock.now()
            try stack.change(id, change, at: now, wall: wall(at: now))
        } catch {
            throw EngineError(error)
        }
        return try connection(id)
    }

    /// A header must have room for the options as they will be.
    static func check(
        _ change: ConnectionChange, of options: ConnectionOptions, beside registered: [OptionDefinition]
    ) throws(EngineError) {
        guard change.customOptions != nil else { return }
        var changed = options
        changed.apply(change)
        try check(changed, beside: registered)
    }

    /// No new work; FIN on everything open, `patience` for the orderly end, then RST.
    public func shutDown(patience: Interval) async {
        isShuttingDown = true
        for id in stack.openIDs { endInOrder(id) }
        for twin in twins.values { _ = close(twin) }
        let deadline = Clock.now() + patience
        for id in stack.openIDs {
            _ = await suspend(on: id, patience: deadline - Clock.now()) { connection in
                connection.state == .closed || connection.state == .timeWait ? .done : .pending
            }
        }
        let now = Clock.now()
        for id in stack.openIDs { try? stack.abort(id, .shutdown, at: now, wall: wall(at: now)) }
        pump()
        hasShutDown = true
        waiters.letFollowersGo()
    }

    /// FIN; a handshake of ours has nothing to end in order, and its caller is told why it is over.
    private func endInOrder(_ id: ConnectionID) {
        let isUnanswered = (try? stack.connection(id).state) == .synSent
        if isUnanswered {
            try? abort(id, .shutdown)
        } else {
            let now = Clock.now()
            try? stack.close(id, at: now, wall: wall(at: now))
        }
    }

    /// It has shut down: the log grows no further, and nobody is accepted any more.
    public func hasEnded() -> Bool { hasShutDown }

    // MARK: The log, and the engine itself

    /// The log as it is now. Cheap: full chunks by reference, the newest one's records by copy.
    public func log() -> LogSnapshot { stack.log.snapshot(run: run) }

    /// Suspends until the log has come further than `progress`, that of a snapshot, or `patience` is over.
    public func waitForNews(after progress: UInt64, patience: Interval) async {
        await suspend(untilNewsAfter: progress, patience: patience)
    }

    /// Totals and settings.
    public func status() -> EngineStatus {
        EngineStatus(
            run: run, uptime: Clock.now() - startedAt, openConnections: stack.openCount,
            timeWaitConnections: stack.timeWaitCount, connectionLimit: connectionLimit,
            listenerLimit: configuration.listenerLimit, halfOpen: stack.halfOpen,
            halfOpenLimit: stack.configuration.halfOpenLimit, outOfOrder: stack.outOfOrder,
            outOfOrderLimit: stack.configuration.outOfOrderLimit, portRange: configuration.portRange,
            allowedTargets: configuration.allowedTargets, guardsOpen: guards.open, guardsOpened: guards.openedTotal,
            guardKinds: availableGuards, observesEcho: stack.observesEcho, counters: stack.counters,
            causes: stack.log.causes)
    }

    /// The wall-clock time of an instant, in nanoseconds since 1970: the same however often it is asked for.
    public nonisolated func wallTime(of instant: Instant) -> Int64 {
        let (now, offset) = Clock.pair()
        wallClock.note(offset: offset, at: now)
        return wallClock.time(of: instant)
    }
}
