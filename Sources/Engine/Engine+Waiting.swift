/// Suspending callers until something becomes true.
extension Engine {
    /// A follower of the log is woken at most this often, however fast segments flow.
    static let recordTick = Interval.milliseconds(20)

    /// Waits until `test` of the connection is no longer pending, looking whenever the connection changes.
    ///
    /// Inlined, as `enlist` is: a task asks the runtime for its executor, which takes a lock, at the beginning and the end of each
    /// asynchronous function.
    @inline(__always)
    func suspend(
        on id: ConnectionID, patience: Interval, test: @escaping (Connection) -> WaiterTable.Outcome
    ) async -> WaiterTable.End {
        let caller = Caller(beside: loop)
        if let end = endWithoutWait(on: id, patience, caller, test) { return end }
        return await enlist(.connection(id), patience, .connection(test), caller)
    }

    /// How the wait ends if it need not begin. Where nothing else wants the loop, the caller does for itself what the end of its
    /// turn would do: on loopback and veth the answer is here as soon as the packets have left.
    private func endWithoutWait(
        on id: ConnectionID, _ patience: Interval, _ caller: Caller, _ test: (Connection) -> WaiterTable.Outcome
    ) -> WaiterTable.End? {
        if let end = look(at: id, test) { return end }
        guard !caller.isCancelled else { return .cancelled }
        guard patience > .zero else { return .timedOut }
        guard loop.mayDelaySuspension() else { return nil }
        pump(forCallerOnLoop: caller.isOnLoop) { look(at: id, test) != nil }
        return look(at: id, test)
    }

    /// How the wait for the connection ends already; nil if it must go on.
    private func look(at id: ConnectionID, _ test: (Connection) -> WaiterTable.Outcome) -> WaiterTable.End? {
        guard let connection = stack.table[id] else { return .failed(.notFound(id.description)) }
        return switch test(connection) {
        case .done: .done
        case .failed(let error): .failed(error)
        case .pending: nil
        }
    }

    /// What the runtime knows of the calling task, asked for once in a wait: an answer takes it a lock.
    private struct Caller {
        /// It runs on the engine's own loop.
        let isOnLoop: Bool
        let isCancelled: Bool

        /// Of no actor: the runtime would look whether the closure runs on the right one.
        init(beside loop: EventLoop) {
            (isOnLoop, isCancelled) = withUnsafeCurrentTask { task in
                guard let task else { return (false, false) }
                return (task.unownedTaskExecutor == loop.asUnownedTaskExecutor(), task.isCancelled)
            }
        }
    }

    /// Waits until the log has come further than `progress`.
    func suspend(untilNewsAfter progress: UInt64, patience: Interval) async {
        guard stack.log.progress <= progress else { return }
        _ = await enlist(.log, patience, .news(after: progress), Caller(beside: loop))
    }

    /// Waits until the listener has accepted more than `ordinal` connections.
    func suspend(
        untilAccepted ordinal: UInt64, by id: ListenerID, patience: Interval
    ) async -> WaiterTable.End {
        guard let listener = stack.listener(id) else { return .failed(.notFound(id.description)) }
        if listener.accepted.last > ordinal { return .done }
        return await enlist(.listener(id), patience, .accepted(after: ordinal), Caller(beside: loop))
    }

    /// A cancelled caller gets `.cancelled`, whether it was cancelled before, during or after it was added.
    @inline(__always)
    private func enlist(
        _ subject: WaiterTable.Subject, _ patience: Interval, _ test: WaiterTable.Test, _ caller: Caller
    ) async -> WaiterTable.End {
        guard !caller.isCancelled else { return .cancelled }
        guard patience > .zero else { return .timedOut }
        let deadline = Clock.now() + patience
        let id = waiters.makeID(for: subject)
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                waiters.add(id, until: deadline, test: test, isOnLoop: caller.isOnLoop, continuation: continuation)
                // The way here may have taken a turn of the loop: what is waited for may have come true in it, and
                // nobody would look again.
                if Task.isCancelled { cancelWaiter(id) } else { look(at: subject) }
            }
        } onCancel: {
            // Runs on any thread, maybe before the waiter is added: that is looked after there. One that has gone on
            // meanwhile is not found, and nothing happens.
            Task { await self.cancelWaiter(id) }
        }
    }

    /// Lets those go on whose wait for the subject is over.
    private func look(at subject: WaiterTable.Subject) {
        switch subject {
        case .connection(let id): wakeWaiters(of: id)
        case .listener(let id): wakeWaiters(of: id)
        case .log: waiters.examineLog(progress: stack.log.progress)
        }
    }

    private func cancelWaiter(_ id: WaiterTable.ID) { waiters.resume(id, .cancelled) }

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
