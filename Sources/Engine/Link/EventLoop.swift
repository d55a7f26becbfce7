import CNIO
import Glibc
import Synchronization

/// One thread that sleeps until a descriptor is ready, a job arrives or a deadline passes: the engine's executor.
///
/// It runs the actor that names it, and with it each function that is isolated to that actor: those call the actor without
/// crossing a thread. It is no task executor: a task with an executor preference takes a lock of the runtime at the beginning and
/// the end of each asynchronous function.
///
/// A turn is: handlers of ready descriptors, jobs, the deadline if it has passed, then `onTurn`.
///
/// `@unchecked Sendable`: phase and the jobs of other threads stand behind the mutex; everything else is touched only by
/// the loop's own thread, or before that thread exists, which each member checks.
package final class EventLoop: SerialExecutor, @unchecked Sendable {
    /// What the thread is doing, as those who enqueue must know it.
    private enum Phase {
        case new
        case awake
        case asleep
        case stopping
        case stopped
    }

    /// What other threads may touch.
    private struct Shared {
        var jobs: [UnownedJob] = []
        var phase = Phase.new
        var handle: pthread_t = 0
    }

    /// Batches of jobs in one turn: jobs that keep enqueueing jobs must not starve descriptors and deadlines.
    private static let roundsPerTurn = 16
    /// Turns that may pass without a look at the descriptors while there are jobs.
    private static let turnsPerPoll = 4
    /// Turns without sleep after which a busy loop is believed to stay so.
    private static let turnsUntilBusy = 64
    /// How often the jobs of one turn may delay their suspension, which would leave the loop to others.
    private static let delaysPerTurn = 16

    private let name: String
    private let busyPoll: Interval
    private let descriptors: PollSet
    private let wakeup: Int32
    private let shared = Mutex(Shared())
    /// `pthread_self()` of the loop's thread; 0 when there is none.
    private let thread = Atomic<UInt>(0)
    private let wakeupCount = Atomic<UInt64>(0)

    /// Since the loop slept last.
    private var busyTurns = 0
    /// Jobs of the batch that have not begun.
    private var waitingJobs = 0
    /// How often the jobs of this turn may still delay their suspension.
    private var delaysLeft = 0
    /// Jobs that the loop's own thread has enqueued: most are those of tasks that it runs itself, and need no lock.
    private var ownJobs: [UnownedJob] = []
    /// The batch being run; swapped with `ownJobs` or `shared.jobs`, so that all these arrays keep their storage.
    private var batch: [UnownedJob] = []
    private var nextDeadline = Instant.distantFuture
    private var deadlineAction: (() -> Void)?
    private var turnAction: (() -> Void)?

    /// Makes a loop that spins for `busyPoll` before it sleeps.
    package init(name: String, busyPoll: Interval) throws(LinkError) {
        descriptors = try PollSet()
        wakeup = cnio_create_wakeup()
        guard wakeup >= 0 else { throw .system(call: "eventfd", errno: errno) }
        self.name = name
        self.busyPoll = busyPoll
        batch.reserveCapacity(256)
        ownJobs.reserveCapacity(256)
        shared.withLock { $0.jobs.reserveCapacity(256) }
        let wakeup = wakeup
        try descriptors.register(wakeup) {
            var writes: UInt64 = 0
            _ = read(wakeup, &writes, 8)
        }
    }

    deinit { close(wakeup) }
}

// MARK: - Life

extension EventLoop {
    /// Spawns the thread. Jobs enqueued before run now.
    package func start() {
        shared.withLock { shared in
            precondition(shared.phase == .new, "an event loop starts once")
            shared.phase = .awake
            shared.handle = spawn()
        }
    }

    /// Ends the thread after its current turn, once no job is left. From any thread; waits for the end unless called on
    /// the loop itself.
    ///
    /// A job that comes later is still run, on a thread that lives as long as that takes: else whoever awaits it would
    /// hang. Descriptors, deadline and actions are forgotten, and on the loop itself the actions at once: who stops it from there
    /// may take away what they speak to before the turn is over.
    package func stop() {
        let (before, handle) = shared.withLock { shared in
            let before = shared.phase
            switch before {
            case .new: shared.phase = .stopped
            case .awake, .asleep: shared.phase = .stopping
            case .stopping, .stopped: break
            }
            return (before, shared.handle)
        }
        guard before == .awake || before == .asleep else { return }
        if before == .asleep { wake() }
        guard isOnLoop else { return _ = pthread_join(handle, nil) }
        deadlineAction = nil
        turnAction = nil
        pthread_detach(handle)
    }

    /// Starts a thread that runs turns until the phase is `stopped`; the thread keeps the loop alive.
    private func spawn() -> pthread_t {
        var handle: pthread_t = 0
        let retained = Unmanaged.passRetained(self)
        let failure = pthread_create(
            &handle, nil,
            { raw in
                guard let raw else { return nil }
                let loop = Unmanaged<EventLoop>.fromOpaque(raw).takeRetainedValue()
                loop.thread.store(UInt(pthread_self()), ordering: .relaxed)
                cnio_name_thread(loop.name)
                cnio_set_timer_slack(1)
                loop.run()
                return nil
            }, retained.toOpaque())
        precondition(failure == 0, "pthread_create: errno \(failure)")
        return handle
    }
}

// MARK: - Executor

extension EventLoop {
    /// Takes a job of the actor's, from any thread. The eventfd is written only when the loop sleeps.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isOnLoop { return ownJobs.append(job) }
        let before = shared.withLock { shared in
            let before = shared.phase
            shared.jobs.append(job)
            if before == .asleep { shared.phase = .awake }
            if before == .stopped {
                shared.phase = .stopping
                pthread_detach(spawn())
            }
            return before
        }
        if before == .asleep { wake() }
    }

    /// True on the loop's own thread.
    package var isOnLoop: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    package func checkIsolated() { precondition(isOnLoop, "not on the event loop's thread") }
    package func isIsolatingCurrentContext() -> Bool? { isOnLoop }

    /// How often the eventfd has been written: each is a system call here and a wake-up there.
    package var wakeups: UInt64 { wakeupCount.load(ordering: .relaxed) }

    private func wake() {
        wakeupCount.add(1, ordering: .relaxed)
        var one: UInt64 = 1
        _ = write(wakeup, &one, 8)  // EAGAIN would mean that a wake-up is pending already.
    }
}

// MARK: - Descriptors and deadline

extension EventLoop {
    private func checkConfined() {
        precondition(isOnLoop || thread.load(ordering: .relaxed) == 0, "only on the loop's thread, or before it starts")
    }

    /// Calls `handler` in every turn that finds the descriptor readable, writable if wanted, or in error.
    package func register(_ fileDescriptor: Int32, handler: @escaping () -> Void) throws(LinkError) {
        checkConfined()
        try descriptors.register(fileDescriptor, handler: handler)
    }

    /// Wakes the loop for a descriptor that `onTurn` looks at in every turn anyway; `handler` as with `register`, but a busy loop
    /// does not call it.
    package func registerForWaking(
        _ fileDescriptor: Int32, handler: @escaping () -> Void = {}
    ) throws(LinkError) {
        checkConfined()
        try descriptors.register(fileDescriptor, onlyToWake: true, handler: handler)
    }

    /// Asks for turns in which the descriptor is writable, or no longer.
    package func setWantsWrite(_ on: Bool, for fileDescriptor: Int32) {
        checkConfined()
        descriptors.setWantsWrite(on, for: fileDescriptor)
    }

    /// Forgets the descriptor; call it before closing it.
    package func unregister(_ fileDescriptor: Int32) {
        checkConfined()
        descriptors.unregister(fileDescriptor)
    }

    /// When to call `onDeadline` next; it fires once, then stands at `distantFuture` again.
    package var deadline: Instant {
        get { nextDeadline }
        set {
            checkConfined()
            nextDeadline = newValue
        }
    }

    package var onDeadline: (() -> Void)? {
        get { deadlineAction }
        set {
            checkConfined()
            deadlineAction = newValue
        }
    }

    /// Called at the end of each turn, before the loop may sleep: here the engine sends what the turn has made ready.
    package var onTurn: (() -> Void)? {
        get { turnAction }
        set {
            checkConfined()
            turnAction = newValue
        }
    }
}

// MARK: - The loop

extension EventLoop {
    private enum Step {
        case work
        case rest
        case end
    }

    private func run() {
        while true {
            switch nextStep() {
            case .work: glance()
            case .rest where nextDeadline == .zero: glance()
            case .rest: if !spin() { sleep() }
            case .end: return
            }
            runJobs()
            fireDeadline()
            turnAction?()
        }
    }

    /// Looks at the descriptors now and then while there is other work.
    private func glance() {
        busyTurns += 1
        if busyTurns == Self.turnsUntilBusy { descriptors.watchLess() }
        if busyTurns.isMultiple(of: Self.turnsPerPoll) { descriptors.handleReady() }
    }

    private func nextStep() -> Step {
        guard ownJobs.isEmpty else { return .work }
        let step = shared.withLock { $0.jobs.isEmpty ? ($0.phase == .stopping ? Step.end : .rest) : .work }
        guard step == .end else { return step }
        // Before the phase changes: from then on another thread may be the loop.
        descriptors.removeAll()
        nextDeadline = .distantFuture
        deadlineAction = nil
        turnAction = nil
        return shared.withLock { shared in
            guard shared.jobs.isEmpty else { return .work }
            shared.phase = .stopped
            thread.store(0, ordering: .relaxed)
            return .end
        }
    }

    /// Looks for work without sleeping, for `busyPoll`. True if there is some.
    private func spin() -> Bool {
        guard busyPoll > .zero else { return false }
        watchAll()
        let end = min(Clock.now() + busyPoll, nextDeadline)
        repeat {
            if descriptors.handleReady() > 0 { return true }
            if shared.withLock({ !$0.jobs.isEmpty || $0.phase == .stopping }) { return true }
        } while Clock.now() < end
        return false
    }

    private func sleep() {
        watchAll()
        let maySleep = shared.withLock { shared in
            guard shared.jobs.isEmpty, shared.phase == .awake else { return false }
            shared.phase = .asleep
            return true
        }
        guard maySleep else { return }
        let patience = nextDeadline == .distantFuture ? nil : max(.zero, nextDeadline - Clock.now())
        let count = descriptors.wait(atMost: patience)
        shared.withLock { if $0.phase == .asleep { $0.phase = .awake } }
        descriptors.handle(count)
    }

    private func watchAll() {
        busyTurns = 0
        descriptors.watchAll()
    }

    private func runJobs() {
        delaysLeft = Self.delaysPerTurn
        for _ in 0..<Self.roundsPerTurn {
            shared.withLock { swap(&$0.jobs, &batch) }
            runBatch()
            swap(&ownJobs, &batch)
            guard !batch.isEmpty else { return }
            runBatch()
        }
    }

    private func runBatch() {
        let executor = asUnownedSerialExecutor()
        waitingJobs = batch.count
        for job in batch {
            waitingJobs -= 1
            job.runSynchronously(on: executor)
        }
        batch.removeAll(keepingCapacity: true)
    }

    /// Asked by a job that is about to suspend: true if nothing else wants the loop, so that the job may do itself what the end
    /// of the turn would do, and look whether it must suspend at all. The descriptors have been looked at as between turns.
    package func mayDelaySuspension() -> Bool {
        guard isOnLoop, waitingJobs == 0, ownJobs.isEmpty, delaysLeft > 0 else { return false }
        guard shared.withLock({ $0.jobs.isEmpty && $0.phase == .awake }) else { return false }
        delaysLeft -= 1
        glance()
        return true
    }

    private func fireDeadline() {
        guard nextDeadline != .distantFuture, nextDeadline <= Clock.now() else { return }
        nextDeadline = .distantFuture
        deadlineAction?()
    }
}
