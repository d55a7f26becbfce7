import CNIO
import Glibc

/// The descriptors that an event loop waits for, and what it does when one is ready: epoll, by levels.
///
/// A class, since a handler may register and unregister while others wait for their turn.
final class PollSet {
    private struct Registration {
        var handler: () -> Void
        /// Its owner looks at it in each turn of the loop: only a sleeping loop must be told.
        let onlyToWake: Bool
        var wantsWrite = false
        var isWatched = true
    }

    private let poll: Int32
    private var registrations: [Int32: Registration] = [:]
    private var ready = [cnio_event](repeating: cnio_event(), count: 64)
    private var watchesLess = false

    init() throws(LinkError) {
        poll = cnio_create_poll()
        guard poll >= 0 else { throw .system(call: "epoll_create1", errno: errno) }
    }

    deinit { if poll >= 0 { close(poll) } }

    /// Calls `handler` whenever a look finds the descriptor readable, writable if wanted, or in error. With `onlyToWake` it may
    /// go unwatched while the loop is busy.
    func register(_ descriptor: Int32, onlyToWake: Bool = false, handler: @escaping () -> Void) throws(LinkError) {
        guard cnio_watch_descriptor(poll, descriptor, 0, 1) == 0 else { throw .system(call: "epoll_ctl", errno: errno) }
        registrations[descriptor] = Registration(handler: handler, onlyToWake: onlyToWake)
    }

    /// Asks to be told when the descriptor is writable, or no longer.
    func setWantsWrite(_ on: Bool, for descriptor: Int32) {
        guard registrations[descriptor].map({ $0.wantsWrite != on }) ?? false else { return }
        watchAll()
        registrations[descriptor]?.wantsWrite = on
        let result = cnio_watch_descriptor(poll, descriptor, on ? 1 : 0, 0)
        precondition(result == 0, "epoll_ctl of a registered descriptor: errno \(errno)")
    }

    func unregister(_ descriptor: Int32) {
        guard let registration = registrations.removeValue(forKey: descriptor), registration.isWatched else { return }
        _ = cnio_forget_descriptor(poll, descriptor)
    }

    /// Forgets what to do; the descriptors belong to others, and may be closed already.
    func removeAll() { registrations.removeAll() }
}

// MARK: - Waiting

extension PollSet {
    /// Waits for descriptors to be ready, at most `patience` (nil: for ever). Returns how many are.
    func wait(atMost patience: Interval?) -> Int {
        let count = ready.withUnsafeMutableBufferPointer { events in
            cnio_wait_events(poll, events.baseAddress, Int32(events.count), patience?.nanoseconds ?? -1)
        }
        return max(0, Int(count))  // -1 is EINTR: the loop's turn goes on, and it waits again.
    }

    /// Calls the handlers of those that the last wait found.
    func handle(_ count: Int) {
        // Looked up for each: an earlier handler may have unregistered the descriptor.
        for index in 0..<count { registrations[ready[index].descriptor]?.handler() }
    }

    /// Handles what is ready now, and returns how many that were.
    @discardableResult
    func handleReady() -> Int {
        let count = wait(atMost: .zero)
        handle(count)
        return count
    }
}

// MARK: - A busy loop

extension PollSet {
    /// Ends the watch over descriptors that need it only to wake a loop: while epoll watches one, each packet in and out of
    /// it costs a lock and a callback.
    func watchLess() {
        for (descriptor, registration) in registrations
        where registration.onlyToWake && registration.isWatched && !registration.wantsWrite {
            guard cnio_forget_descriptor(poll, descriptor) == 0 else { continue }
            registrations[descriptor]?.isWatched = false
            watchesLess = true
        }
    }

    /// Resumes it. What has come meanwhile is told at once.
    func watchAll() {
        guard watchesLess else { return }
        watchesLess = false
        for (descriptor, registration) in registrations where !registration.isWatched {
            let result = cnio_watch_descriptor(poll, descriptor, 0, 1)
            precondition(result == 0, "epoll_ctl of a registered descriptor: errno \(errno)")
            registrations[descriptor]?.isWatched = true
        }
    }
}
