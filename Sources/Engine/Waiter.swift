/// One who waits for something to become true of the engine.
///
/// It is an actor whose executor runs nothing: whoever reads `end` suspends, and the job that would go on stays here until the
/// wait is over, when it is handed to the engine's loop. A continuation would go on in the task's own executor, or in the global
/// pool, and come back to the loop only from there: two threads more in each wait, and a task that lives on the loop would leave it.
///
/// Everything here is touched on the loop's thread only: whoever reads `end` is isolated to the engine, and so is the table of waiters.
actor Waiter: SerialExecutor {
    /// How a wait ended.
    enum End: Sendable {
        case done
        case timedOut
        case cancelled
        case failed(EngineError)
    }

    nonisolated let id: WaiterTable.ID
    nonisolated let test: WaiterTable.Test
    /// Whoever waits is isolated to the engine, and goes on in its loop's turn.
    nonisolated let isOnLoop: Bool
    nonisolated private let loop: EventLoop
    nonisolated(unsafe) private var result: End?
    /// What goes on when the wait is over.
    nonisolated(unsafe) private var job: UnownedJob?

    init(_ id: WaiterTable.ID, test: WaiterTable.Test, isOnLoop: Bool, loop: EventLoop) {
        self.id = id
        self.test = test
        self.isOnLoop = isOnLoop
        self.loop = loop
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { asUnownedSerialExecutor() }

    /// Keeps the job until the wait is over. It may be so already: on its way here a task may take a turn of the loop.
    nonisolated func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if result == nil { self.job = job } else { loop.enqueue(ExecutorJob(job)) }
    }

    /// How the wait has ended. Nobody reads it sooner: until then he stands here.
    var end: End { result ?? .cancelled }

    /// Ends the wait; only the first call counts.
    nonisolated func finish(_ end: End) {
        guard result == nil else { return }
        result = end
        guard let job else { return }
        loop.enqueue(ExecutorJob(job))
    }
}
