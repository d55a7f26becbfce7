import CNIO
import Engine
import Glibc
import Synchronization
import Testing

/// An actor that lives on an event loop, as the engine does.
private actor Resident {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private(set) var calls = 0

    init(_ loop: EventLoop) { self.loop = loop }

    func call() -> Bool {
        calls += 1
        return loop.isOnLoop
    }

    /// Calls itself so many times; true if it was on the loop in each.
    func call(times: Int) async -> Bool {
        var isOnLoop = true
        for _ in 0..<times { isOnLoop = await callLater() && isOnLoop }
        return isOnLoop
    }

    private func callLater() async -> Bool { call() }

    /// Arms one deadline after the other, each from the one before; the last resumes the caller.
    func fire(after delays: [Interval]) async -> [Interval] {
        let start = Clock.now()
        var late: [Interval] = []
        for delay in delays {
            await withCheckedContinuation { continuation in
                loop.onDeadline = { continuation.resume() }
                loop.deadline = start + delay
            }
            late.append(Clock.now() - (start + delay))
        }
        return late
    }

    /// Returns once the turn that this call belongs to has ended; true if the action ran on the loop.
    func turnEnd() async -> Bool {
        await withCheckedContinuation { continuation in
            loop.onTurn = { [loop] in
                loop.onTurn = nil
                continuation.resume(returning: loop.isOnLoop)
            }
        }
    }

    func register(_ descriptor: Int32, handler: @escaping @Sendable () -> Void) throws {
        try loop.register(descriptor, handler: handler)
    }
    /// Reports each octet that a look in any turn finds in the descriptor, which only wakes the loop.
    func follow(_ descriptor: Int32, _ report: @escaping @Sendable () -> Void) throws {
        try loop.registerForWaking(descriptor)
        loop.onTurn = {
            var count: UInt64 = 0
            if read(descriptor, &count, 8) == 8 { report() }
        }
    }

    /// Gives the loop so many turns without sleep.
    func keepBusy(turns: Int) async {
        for _ in 0..<turns {
            await withUnsafeContinuation { continuation in
                loop.onDeadline = { continuation.resume() }
                loop.deadline = .zero
            }
        }
    }

    /// How often this call may delay its suspension, with another job waiting or not; no more than `limit`.
    func delays(besideAnotherJob: Bool = false, limit: Int) -> Int {
        if besideAnotherJob { Task { call() } }
        return (0..<limit).prefix { _ in loop.mayDelaySuspension() }.count
    }

    /// Calls itself, a guest and a concurrent function so many times; true if it was on the loop after each.
    func callAround(_ guest: Guest, times: Int) async -> Bool {
        @concurrent func elsewhere() async -> Int { 1 }
        var isOnLoop = true
        for _ in 0..<times {
            await guest.call()
            _ = await elsewhere()
            isOnLoop = isOnLoop && loop.isOnLoop
        }
        return isOnLoop
    }

    func isCancelledOnLoop() -> Bool { Task.isCancelled && loop.isOnLoop }

    func wantWrite(_ on: Bool, for descriptor: Int32) { loop.setWantsWrite(on, for: descriptor) }
    func unregister(_ descriptor: Int32) { loop.unregister(descriptor) }
    func stopLoop() { loop.stop() }

    /// Stops the loop from within, with an action that the end of this very turn would call.
    func stopLoop(beside action: @escaping () -> Void) {
        loop.onTurn = action
        loop.stop()
    }
}

/// An actor without an executor of its own.
private actor Guest {
    private(set) var calls = 0
    func call() { calls += 1 }
}

private func makeLoop(busyPoll: Interval = .zero) throws -> EventLoop {
    let loop = try EventLoop(name: "test-loop", busyPoll: busyPoll)
    loop.start()
    return loop
}

@Suite(.longestPatience) struct LinkEventLoopTests {
    @Test func anActorWhoseExecutorIsTheLoopRunsOnItsThread() async throws {
        let loop = try makeLoop()
        defer { loop.stop() }
        let resident = Resident(loop)
        #expect(await resident.call())
        #expect(!loop.isOnLoop)
    }

    @Test func whoeverIsIsolatedToTheActorCallsItWithoutWakingTheLoop() async throws {
        func call(_ resident: isolated Resident) async -> (everyCallOnLoop: Bool, wakeups: UInt64) {
            let before = resident.loop.wakeups
            var everyCallOnLoop = resident.loop.isOnLoop
            for _ in 0..<10_000 {
                let isOnLoop = await resident.call(times: 1)
                everyCallOnLoop = everyCallOnLoop && isOnLoop && resident.loop.isOnLoop
            }
            return (everyCallOnLoop, resident.loop.wakeups - before)
        }
        let loop = try makeLoop()
        defer { loop.stop() }
        let resident = Resident(loop)
        let (everyCallOnLoop, wakeups) = await call(resident)
        #expect(everyCallOnLoop)
        #expect(wakeups == 0)
        #expect(await resident.calls == 10_000)
    }

    @Test func otherActorsAndConcurrentFunctionsCalledFromTheLoopComeBackToIt() async throws {
        let loop = try makeLoop()
        defer { loop.stop() }
        let guest = Guest()
        #expect(await Resident(loop).callAround(guest, times: 100))
        #expect(await guest.calls == 100)
    }

    @Test(arguments: [Interval.zero, .microseconds(50)])
    func callsFromManyTasksAllArrive(busyPoll: Interval) async throws {
        let loop = try makeLoop(busyPoll: busyPoll)
        defer { loop.stop() }
        let resident = Resident(loop)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    if task.isMultiple(of: 2) { return _ = await resident.call(times: 500) }
                    for _ in 0..<500 { _ = await resident.call() }
                }
            }
        }
        #expect(await resident.calls == 8_000)
    }

    @Test func deadlinesFireInOrderAndNeverEarly() async throws {
        let loop = try makeLoop()
        defer { loop.stop() }
        let delays = [1, 2, 3, 3, 10].map { Interval.milliseconds($0) }
        let late = await Resident(loop).fire(after: delays)
        #expect(late.count == delays.count)
        #expect(late.allSatisfy { $0 >= .zero })
    }

    @Test func aDeadlineInThePastFiresAtOnce() async throws {
        let loop = try makeLoop()
        defer { loop.stop() }
        #expect(await Resident(loop).fire(after: [.seconds(Int64(-1))]).count == 1)
    }

    @Test func aTurnEndsWithItsAction() async throws {
        let loop = try makeLoop()
        defer { loop.stop() }
        let resident = Resident(loop)
        for _ in 0..<100 { #expect(await resident.turnEnd()) }
    }

    @Test func aReadableDescriptorCallsItsHandlerUntilItIsUnregistered() async throws {
        let loop = try makeLoop()
        defer { loop.stop() }
        let resident = Resident(loop)
        let descriptor = cnio_create_wakeup()
        defer { close(descriptor) }
        let events = AsyncStream<Void>.makeStream()
        try await resident.register(descriptor) {
            var count: UInt64 = 0
            _ = read(descriptor, &count, 8)
            events.continuation.yield()
        }
        var iterator = events.stream.makeAsyncIterator()
        for _ in 0..<3 {
            var one: UInt64 = 1
            _ = write(descriptor, &one, 8)
            await iterator.next()
        }
        // An eventfd is always writable: without being asked, no turn may have said so.
        await resident.wantWrite(true, for: descriptor)
        await iterator.next()
        await resident.wantWrite(false, for: descriptor)
        await resident.unregister(descriptor)
    }

    @Test func aDescriptorThatABusyLoopStopsWatchingWakesItOnceItSleepsAgain() async throws {
        let loop = try makeLoop()
        defer { loop.stop() }
        let resident = Resident(loop)
        let descriptor = cnio_create_wakeup()
        defer { close(descriptor) }
        let reports = AsyncStream<Void>.makeStream()
        try await resident.follow(descriptor) { reports.continuation.yield() }
        var iterator = reports.stream.makeAsyncIterator()
        for turns in [1, 200, 0, 1_000] {
            await resident.keepBusy(turns: turns)
            var one: UInt64 = 1
            #expect(write(descriptor, &one, 8) == 8)
            await iterator.next()
        }
        // Asked for while it is not watched: it must be watched, and an eventfd is always writable.
        await resident.keepBusy(turns: 200)
        await resident.wantWrite(true, for: descriptor)
        await resident.wantWrite(false, for: descriptor)
        await resident.keepBusy(turns: 200)
        await resident.unregister(descriptor)
    }

    @Test("A job does the turn's work for itself now and then, but not for ever, and not while others wait")
    func aJobMayDelayItsSuspension() async throws {
        let loop = try makeLoop()
        defer { loop.stop() }
        let resident = Resident(loop)
        #expect(await resident.delays(limit: 1_000) == 16)
        #expect(await resident.delays(limit: 1_000) == 16, "each turn has its own")
        #expect(await resident.delays(besideAnotherJob: true, limit: 1_000) == 0)
    }

    @Test func stoppingWhileAsleepEndsTheThread() async throws {
        let loop = try makeLoop()
        _ = await Resident(loop).call()
        loop.stop()  // returns because the thread has been joined
        #expect(!loop.isOnLoop)
        loop.stop()
    }

    @Test func aLoopStopsFromWithin() async throws {
        let loop = try makeLoop()
        let resident = Resident(loop)
        await resident.stopLoop()
        #expect(await resident.call())
    }

    @Test("A loop that is stopped from within calls no action any more: what it speaks to may be gone")
    func aLoopStoppedFromWithinForgetsItsActions() async throws {
        let loop = try makeLoop()
        let resident = Resident(loop)
        let calls = Mutex(0)
        await resident.stopLoop { calls.withLock { $0 += 1 } }
        // More than fit into one turn.
        for _ in 0..<100 { #expect(await resident.call()) }
        #expect(calls.withLock { $0 } == 0)
    }

    @Test func aCallAfterTheStopIsStillAnswered() async throws {
        let loop = try makeLoop()
        let resident = Resident(loop)
        loop.stop()
        for _ in 0..<100 { #expect(await resident.call()) }
    }

    @Test func aTaskCancelledBeforeItsFirstStepStillRuns() async throws {
        let loop = try EventLoop(name: "test-loop", busyPoll: .zero)
        let resident = Resident(loop)
        let task = Task { await resident.isCancelledOnLoop() }
        task.cancel()
        loop.start()
        defer { loop.stop() }
        #expect(await task.value)
    }
}
