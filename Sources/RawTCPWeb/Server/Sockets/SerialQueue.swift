import DequeModule
import Glibc
import Synchronization

/// An actor's executor on the reactor's threads: one piece of work after the other, on whichever thread is free.
///
/// It is a task executor too, for the actor's own task: without that preference every resumed continuation goes through
/// Swift's global pool first, and a request costs two changes of threads more.
final class SerialQueue: SerialExecutor, TaskExecutor {
    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct State {
        var work = Deque<Work>()
        /// Waiting in the reactor's list or running on one of its threads.
        var isScheduled = false
        /// Whether others are to have their turn before the next piece of work.
        var isPausing = false
    }

    private let reactor: Reactor
    private let state = Mutex(State())
    /// The thread that runs this queue's work; 0 if none does.
    private let runner = Atomic<UInt>(0)

    init(on reactor: Reactor) { self.reactor = reactor }

    func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

    /// Has `call` run as one of the actor's own jobs would be.
    func perform(_ call: @escaping @Sendable () -> Void) { add(.call(call)) }

    /// Lets the other queues run once before this one goes on. Called by the actor.
    func pause() async {
        state.withLock { $0.isPausing = true }
        await withCheckedContinuation { continuation in perform { continuation.resume() } }
    }

    private func add(_ work: Work) {
        let isNew = state.withLock { state in
            state.work.append(work)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isNew { reactor.schedule(self) }
    }

    /// Runs what waits. Called by the reactor, on one thread at a time.
    func drain() {
        runner.store(UInt(pthread_self()), ordering: .relaxed)
        while let work = next() {
            switch work {
            case .job(let job):
                job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            case .call(let call): call()
            }
        }
    }

    /// The next piece of work; without one, the queue is given back first, for another thread may take it at once.
    private func next() -> Work? {
        let (work, mustReturn) = state.withLock { state -> (Work?, Bool) in
            if !state.isPausing, let work = state.work.popFirst() { return (work, false) }
            state.isPausing = false
            state.isScheduled = !state.work.isEmpty
            runner.store(0, ordering: .relaxed)
            return (nil, state.isScheduled)
        }
        if mustReturn { reactor.schedule(self) }
        return work
    }

    func checkIsolated() { precondition(isIsolatingCurrentContext() == true, "not on this actor's queue") }

    func isIsolatingCurrentContext() -> Bool? { runner.load(ordering: .relaxed) == UInt(pthread_self()) }
}
