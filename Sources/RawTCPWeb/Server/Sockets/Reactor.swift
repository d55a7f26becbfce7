import CNIO
import DequeModule
import Dispatch
import Foundation
import Synchronization

/// What is told of changes to a watched socket.
protocol Watcher: AnyObject, Sendable {
    var mailbox: Mailbox { get }
    /// Called on one of the reactor's threads; must not wait.
    func notify(_ signals: Signals)
}

/// A few threads that wait for sockets and run what is to be done about them.
///
/// Why not a DispatchSource and a Dispatch queue for each connection: an event then wakes two or three threads, one
/// after the other, and disarms and re-arms the socket by two more system calls. Here the thread that `epoll_wait` wakes
/// does the work itself, while the others go on waiting; so one slow handler holds one thread and nobody's connections.
/// Edge-triggered, a socket that nobody reads from costs nothing, and its hang-up is still reported.
final class Reactor: Sendable {
    /// Deadlines are kept to within this; looking more often would only cost time.
    private static let grain = Duration.milliseconds(10).nanoseconds
    private static let alarmToken: UInt64 = 0
    /// Most sockets that the kernel tells of at once. Under load a system call each would be a tenth of a small answer; more
    /// than this gains nothing.
    private static let mostEvents = 16

    private struct State {
        var watchers: [UInt64: any Watcher] = [:]
        var lastToken = Reactor.alarmToken
        /// What the kernel told one thread and none has attended to.
        var reported = Deque<cnio_readiness>()
        /// Queues that have work and no thread.
        var ready = Deque<SerialQueue>()
        var idleThreads = 0
        var threads = 0
        var isStopping = false

        /// The threads stay until the last socket is forgotten.
        var isFinished: Bool { isStopping && watchers.isEmpty && ready.isEmpty }
    }

    private let poll: Int32
    private let alarm: Int32
    private let state = Mutex(State())
    /// When the deadlines are to be looked at next.
    private let nextLook = Atomic<Int64>(.max)

    init() throws(ServerError) {
        poll = cnio_create_poll()
        guard poll >= 0 else { throw ServerError("epoll_create1") }
        alarm = cnio_create_wakeup()
        guard alarm >= 0, cnio_watch_readiness(poll, alarm, Self.alarmToken, 0, 1) == 0 else {
            throw ServerError("eventfd")
        }
    }

    deinit {
        close(poll)
        close(alarm)
    }

    /// Starts the threads. They keep this object alive until `stop()`.
    func start(threads count: Int) {
        state.withLock { $0.threads = count }
        for _ in 0..<count {
            let thread = Thread { self.run() }
            thread.name = "http"
            thread.start()
        }
    }

    /// Ends the threads as soon as nothing is watched any more.
    func stop() {
        state.withLock { $0.isStopping = true }
        ring()
    }

    // MARK: Sockets

    /// Watches a socket until `forget`. Returns the token that names it.
    func watch(_ socket: Int32, _ watcher: any Watcher) throws(ServerError) -> UInt64 {
        let token = state.withLock { state in
            state.lastToken += 1
            state.watchers[state.lastToken] = watcher
            return state.lastToken
        }
        guard cnio_watch_readiness(poll, socket, token, 0, 1) == 0 else {
            let error = ServerError("epoll_ctl")
            forget(token)
            throw error
        }
        return token
    }

    /// Asks for `writable` too, which is rare: most answers fit the socket's buffer.
    func watchWriting(_ socket: Int32, token: UInt64) { _ = cnio_watch_readiness(poll, socket, token, 1, 0) }

    /// Takes a socket off the kernel's list, before it is closed. Closing would do that as well; but a thread that asks for
    /// events right then holds the file for a moment, and Linux releases what is held last only when that thread leaves the
    /// kernel: it would sleep on, and the client wait for its FIN.
    func disregard(_ socket: Int32) { _ = cnio_forget_descriptor(poll, socket) }

    /// Tells the watcher of nothing any more.
    func forget(_ token: UInt64) {
        let isLast = state.withLock { state in
            state.watchers[token] = nil
            return state.isStopping && state.watchers.isEmpty
        }
        if isLast { ring() }
    }

    /// Sets a watcher's deadline, and wakes a thread if none would look early enough.
    func note(deadline: Int64, for mailbox: Mailbox) {
        mailbox.deadline = deadline
        if lowerNextLook(to: deadline) { ring() }
    }

    // MARK: Work

    /// Has a queue drained. Wakes a thread unless one that is busy will see to it: the calling one, if it is ours.
    func schedule(_ queue: SerialQueue) {
        enum Consequence { case none, ring, runElsewhere }
        let consequence = state.withLock { state -> Consequence in
            if state.threads == 0 { return .runElsewhere }
            state.ready.append(queue)
            let hands = WorkerThread.isCurrent ? state.threads - state.idleThreads : 0
            return state.idleThreads > 0 && state.ready.count > hands ? .ring : .none
        }
        switch consequence {
        case .none: break
        case .ring: ring()
        case .runElsewhere: DispatchQueue.global().async { queue.drain() }  // a task that outlived the server
        }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(alarm, &one, 8)
    }

    private enum Step {
        case attend(cnio_readiness, (any Watcher)?)
        /// To wait for a socket at most so long, in milliseconds.
        case wait(Int32)
    }

    private func run() {
        WorkerThread.enter()
        var events = [cnio_readiness](repeating: cnio_readiness(), count: Self.mostEvents)
        while let step = nextStep() {
            switch step {
            case .attend(let event, let watcher):
                watcher?.notify(Signals(rawValue: event.happened))
                if event.token == Self.alarmToken { answerAlarm() }
            case .wait(let timeout): wait(timeout, &events)
            }
            lookAtDeadlinesIfDue()
        }
        ring()  // the other threads are to end too
    }

    /// Drains one queue if any has work, and says what to do then; nil when all is over. While there is more to do, the
    /// sockets are looked at without waiting: neither they nor the queues may starve the other.
    private func nextStep() -> Step? {
        if let queue = state.withLock({ $0.ready.popFirst() }) { queue.drain() }
        return state.withLock { state in
            if state.isFinished {
                state.threads -= 1
                return nil
            }
            if let event = state.reported.popFirst() { return .attend(event, state.watchers[event.token]) }
            guard state.ready.isEmpty else { return .wait(0) }
            state.idleThreads += 1
            return .wait(Self.timeout(until: nextLook.load(ordering: .relaxed)))
        }
    }

    /// Asks the kernel for sockets on which something has happened. Whoever is free attends to them, in turn: none must wait
    /// for the handler of another.
    private func wait(_ timeout: Int32, _ events: inout [cnio_readiness]) {
        let count = cnio_wait_readiness(poll, &events, Int32(events.count), timeout)
        let isTooMuch = state.withLock { state in
            if timeout != 0 { state.idleThreads -= 1 }
            guard count > 0 else { return false }
            state.reported.append(contentsOf: events[..<Int(count)])
            return count > 1 && state.idleThreads > 0
        }
        if isTooMuch { ring() }
    }

    private func answerAlarm() {
        var value: UInt64 = 0
        _ = read(alarm, &value, 8)
        // One alarm may stand for several calls.
        let hasMore = state.withLock { $0.ready.count + $0.reported.count > 1 && $0.idleThreads > 0 }
        if hasMore { ring() }
    }

    // MARK: Deadlines

    /// At least one millisecond: 0 means that the thread does not count as idle.
    private static func timeout(until planned: Int64) -> Int32 {
        guard planned < .max else { return -1 }
        let milliseconds = (planned - ServerClock.now + 999_999) / 1_000_000
        return Int32(min(max(milliseconds, 1), 60_000))
    }

    /// Returns whether the next look was later before.
    private func lowerNextLook(to time: Int64) -> Bool {
        time < nextLook.load(ordering: .relaxed)
            && time < nextLook.min(time, ordering: .sequentiallyConsistent).oldValue
    }

    /// One thread looks. A deadline that is set meanwhile is either seen or lowers `nextLook` itself.
    private func lookAtDeadlinesIfDue() {
        let planned = nextLook.load(ordering: .relaxed)
        guard planned < .max else { return }
        let now = ServerClock.now
        guard now >= planned,
            nextLook.compareExchange(expected: planned, desired: .max, ordering: .sequentiallyConsistent).exchanged
        else { return }
        var earliest = Int64.max
        for watcher in state.withLock({ Array($0.watchers.values) }) {
            let deadline = watcher.mailbox.deadline
            if deadline <= now {
                watcher.notify(.due)
            } else {
                earliest = min(earliest, deadline)
            }
        }
        if earliest < .max { _ = lowerNextLook(to: max(earliest, now + Self.grain)) }
    }
}

/// Whether the calling thread is one of the reactor's.
private enum WorkerThread {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    static var isCurrent: Bool { pthread_getspecific(key) != nil }

    /// Marks the calling thread; any pointer that is not null will do.
    static func enter() { pthread_setspecific(key, UnsafeRawPointer(bitPattern: 1)) }
}
