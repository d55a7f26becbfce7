import CNIO
import Foundation
import Synchronization

/// What is told of changes to a watched socket.
protocol Watcher: AnyObject, Sendable {
    var mailbox: Mailbox { get }
    /// Called on the readiness thread; must not wait.
    func notify(_ signals: Signals)
}

/// One thread in `epoll_wait` that tells watchers what happened to their sockets and when their deadlines passed.
///
/// Why not a DispatchSource for each socket: it wakes two threads for every event and disarms and re-arms the socket by
/// two more system calls, and it cannot report a hang-up without reading. Edge-triggered, one thread is enough, and a
/// socket nobody reads from costs nothing until its client goes away.
final class Readiness: Sendable {
    /// Deadlines are kept to within this; looking more often would only cost time.
    private static let grain: Int64 = 10_000_000
    private static let alarmToken: UInt64 = 0

    private struct Registry {
        var watchers: [UInt64: any Watcher] = [:]
        var lastToken = Readiness.alarmToken
        var isStopped = false
    }

    private let poll: Int32
    private let alarm: Int32
    /// Locked, because watchers come from the accepting queue and leave from their own.
    private let registry = Mutex(Registry())
    /// When the thread will next look at the deadlines.
    private let nextLook = Atomic<Int64>(.max)

    init() throws(ServerError) {
        poll = cnio_open_readiness()
        guard poll >= 0 else { throw ServerError("epoll_create1") }
        alarm = cnio_open_alarm()
        guard alarm >= 0, cnio_watch_readiness(poll, alarm, Self.alarmToken, 0, 1) == 0 else {
            throw ServerError("eventfd")
        }
    }

    deinit {
        close(poll)
        close(alarm)
    }

    /// Starts the thread. It keeps this object alive until `stop()`.
    func start() {
        let thread = Thread { self.run() }
        thread.name = "http"
        thread.start()
    }

    /// Ends the thread. Nothing is watched afterwards.
    func stop() {
        registry.withLock { $0.isStopped = true }
        ring()
    }

    /// Watches a socket until `forget`. Returns the token that names it.
    func watch(_ socket: Int32, _ watcher: any Watcher) throws(ServerError) -> UInt64 {
        let token = registry.withLock { registry in
            registry.lastToken += 1
            registry.watchers[registry.lastToken] = watcher
            return registry.lastToken
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

    /// Watches no longer. Closing the socket is what removes it from the kernel's list.
    func forget(_ token: UInt64) { registry.withLock { _ = $0.watchers.removeValue(forKey: token) } }

    /// Sets a watcher's deadline, and wakes the thread if that is earlier than its next look.
    ///
    /// The thread publishes "look at once" before it reads the deadlines and its real plan afterwards, so one of the two
    /// sides sees the other's store.
    func note(deadline: Int64, for mailbox: Mailbox) {
        mailbox.deadline = deadline
        if deadline < nextLook.load(ordering: .sequentiallyConsistent) { ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(alarm, &one, 8)
    }

    private func run() {
        var events = [cnio_readiness](repeating: cnio_readiness(), count: 256)
        while !registry.withLock({ $0.isStopped }) {
            let planned = nextLook.load(ordering: .relaxed)
            let count = cnio_wait_readiness(poll, &events, Int32(events.count), Self.timeout(until: planned))
            var isCalled = false
            for event in events.prefix(Int(max(count, 0))) {
                if event.token == Self.alarmToken {
                    isCalled = true
                    var value: UInt64 = 0
                    _ = read(alarm, &value, 8)
                } else if let watcher = registry.withLock({ $0.watchers[event.token] }) {
                    watcher.notify(Signals(rawValue: event.happened))
                }
            }
            if isCalled || MonotonicClock.now >= planned { lookAtDeadlines() }
        }
    }

    private static func timeout(until planned: Int64) -> Int32 {
        guard planned < .max else { return -1 }
        let milliseconds = (planned - MonotonicClock.now + 999_999) / 1_000_000
        return Int32(min(max(milliseconds, 0), 60_000))
    }

    private func lookAtDeadlines() {
        nextLook.store(.max, ordering: .sequentiallyConsistent)
        let now = MonotonicClock.now
        var earliest = Int64.max
        for watcher in registry.withLock({ Array($0.watchers.values) }) {
            let deadline = watcher.mailbox.deadline
            if deadline <= now {
                watcher.notify(.due)
            } else {
                earliest = min(earliest, deadline)
            }
        }
        nextLook.store(earliest == .max ? .max : max(earliest, now + Self.grain), ordering: .sequentiallyConsistent)
    }
}
