/// Suspending callers until something becomes true.
extension Engine {
    /// A follower of the log is woken at most this often, however fast segments flow.
    static let recordTick = Interval.milliseconds(20)

    /// Waits until `test` of the connection is no longer pending, looking whenever the connection changes. `caller`: the actor to
    /// which whoever wants the answer is isolated. Those of the engine itself go on within the turn, so that what they ask for
    /// leaves in one batch with our ACKs.
    ///
    /// Inlined: a task asks for its executor at the beginning and the end of each asynchronous function.
    @inline(__always)
    func suspend(
        on id: ConnectionID, patience: Interval, for caller: (any Actor)? = nil,
        test: @escaping @Sendable (Connection) -> WaiterTable.Outcome
    ) async -> Waiter.End {
        let isOnLoop = caller === self
        if let end = endWithoutWait(on: id, patience, isOnLoop, test) { return end }
        return await end(of: enlist(.connection(id), patience, .connection(test), isOnLoop: isOnLoop))
    }

    /// How the wait ends if it need not begin. Where nothing else wants the loop, the caller does for itself what the end of its
    /// turn would do: on loopback and veth the answer is here as soon as the packets have left.
    private func endWithoutWait(
        on id: ConnectionID, _ patience: Interval, _ isOnLoop: Bool, _ test: (Connection) -> WaiterTable.Outcome
    ) -> Waiter.End? {
        if let end = look(at: id, test) ?? endBeforeWait(patience) { return end }
        guard loop.mayDelaySuspension() else { return nil }
        pump(forCallerOnLoop: isOnLoop) { look(at: id, test) != nil }
        return look(at: id, test)
    }

    /// How the wait for the connection ends already; nil if it must go on.
    private func look(at id: ConnectionID, _ test: (Connection) -> WaiterTable.Outcome) -> Waiter.End? {
        guard let connection = stack.table[id] else { return .failed(.notFound(id.description)) }
        return switch test(connection) {
        case .done: .done
        case .failed(let error): .failed(error)
        case .pending: nil
        }
    }

    /// How the wait of someone ends who has gone already, or has no patience.
    private func endBeforeWait(_ patience: Interval) -> Waiter.End? {
        if Task.isCancelled { return .cancelled }
        return patience > .zero ? nil : .timedOut
    }

    /// Waits until the log has come further than `progress`.
    func suspend(untilNewsAfter progress: UInt64, patience: Interval) async {
        guard stack.log.progress <= progress, endBeforeWait(patience) == nil else { return }
        _ = await end(of: enlist(.log, patience, .news(after: progress)))
    }

    /// Waits until the listener has accepted more than `ordinal` connections.
    func suspend(
        untilAccepted ordinal: UInt64, by id: ListenerID, patience: Interval
    ) async -> Waiter.End {
        guard let listener = stack.listener(id) else { return .failed(.notFound(id.description)) }
        if listener.accepted.last > ordinal { return .done }
        if let end = endBeforeWait(patience) { return end }
        return await end(of: enlist(.listener(id), patience, .accepted(after: ordinal)))
    }

    /// From now on someone waits. Nothing may be awaited between the look that made him wait and this.
    private func enlist(
        _ subject: WaiterTable.Subject, _ patience: Interval, _ test: WaiterTable.Test, isOnLoop: Bool = false
    ) -> Waiter {
        waiters.add(subject, until: Clock.now() + patience, test: test, isOnLoop: isOnLoop, loop: loop)
    }

    /// A caller who is cancelled meanwhile gets `.cancelled`.
    @inline(__always)
    private func end(of waiter: Waiter) async -> Waiter.End {
        await withTaskCancellationHandler {
            // Makes the closure the engine's own: another would go on in the global pool.
            _ = self
            return await waiter.end
        } onCancel: {
            // Runs on any thread, maybe before the waiter's task suspends. One that has gone on meanwhile is not found, and
            // nothing happens.
            Task { await self.cancel(waiter) }
        }
    }

    private func cancel(_ waiter: Waiter) { waiters.resume(waiter.id, .cancelled) }

    /// True while nobody waits; tests of cancellation look at it.
    package var hasNoWaiters: Bool { waiters.isEmpty }

    func wakeWaiters(of id: ConnectionID) { waiters.examine(id) { stack.table[id] } }

    func wakeWaiters(of id: ListenerID) { waiters.examine(id, accepted: stack.listener(id)?.accepted.last) }

    /// Also with nobody waiting: a deadline outlives its waiter, and one left standing in the past would wake the loop
    /// again and again.
    func expireWaiters(at now: Instant) { waiters.expire(at: now) }

    func wakeRecordWaiters(at now: Instant) {
        guard hasUnseenRecords, now >= nextRecordTick else { return }
        nextRecordTick = now + Self.recordTick
        progressSeen = stack.log.progress
        waiters.examineLog(progress: progressSeen)
    }

    /// Someone follows the log, and it has grown since the last look.
    var hasUnseenRecords: Bool { stack.log.progress != progressSeen && waiters.hasFollowers }
}
