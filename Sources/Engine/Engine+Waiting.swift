/// Suspending callers until something becomes true.
extension Engine {
    /// A follower of the log is woken at most this often, however fast segments flow.
    static let recordTick = Interval.milliseconds(20)

    /// Waits until `test` is no longer pending, looking whenever `subject` changes.
    ///
    /// A cancelled caller gets `.cancelled`, whether it was cancelled before, during or after it was added.
    func suspend(
        on subject: WaiterTable.Subject, patience: Interval, test: @escaping WaiterTable.Test
    ) async -> WaiterTable.End {
        switch test(stack) {
        case .done: return .done
        case .failed(let error): return .failed(error)
        case .pending: break
        }
        guard !Task.isCancelled else { return .cancelled }
        guard patience > .zero else { return .timedOut }
        let deadline = Clock.now() + patience
        let id = waiters.makeID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiters.add(id, on: subject, until: deadline, test: test, continuation: continuation)
            }
        } onCancel: {
            // Runs on any thread. The waiter is added before this job can run, because adding does not suspend; one that
            // has gone on meanwhile is not found, and nothing happens.
            Task { await self.cancelWaiter(id) }
        }
    }

    private func cancelWaiter(_ id: WaiterTable.ID) { waiters.resume(id, .cancelled) }

    /// True while nobody waits; tests of cancellation look at it.
    package var hasNoWaiters: Bool { waiters.isEmpty }

    func wakeWaiters(of subject: WaiterTable.Subject) {
        if waiters.hasWaiters(on: subject) { waiters.examine(subject, stack) }
    }

    func expireWaiters() { waiters.expire(at: Clock.now()) }

    func wakeRecordWaiters() {
        guard hasUnseenRecords else { return }
        let now = Clock.now()
        guard now >= nextRecordTick else { return }
        nextRecordTick = now + Self.recordTick
        newestSeen = stack.log.newest
        waiters.examine(.log, stack)
    }

    /// Someone follows the log, and it has grown since the last look.
    var hasUnseenRecords: Bool { stack.log.newest != newestSeen && waiters.hasWaiters(on: .log) }
}
