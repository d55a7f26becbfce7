import HeapModule

/// Those who wait for something to become true of the engine, each suspended in a call of its own.
struct WaiterTable {
    /// What a look at the subject told.
    enum Outcome {
        case pending
        case done
        case failed(EngineError)
    }

    /// What is waited for.
    enum Subject: Hashable, Sendable {
        /// A change of this connection.
        case connection(ConnectionID)
        /// A connection that this listener accepts.
        case listener(ListenerID)
        /// A new record or event in the log.
        case log
    }

    /// Names a waiter; never used twice.
    struct ID: Sendable {
        let subject: Subject
        fileprivate let number: UInt64
    }

    /// What must be true for the wait to end.
    enum Test: Sendable {
        /// Asked of the connection after each of its changes.
        case connection(@Sendable (Connection) -> Outcome)
        /// The listener has accepted more connections than this.
        case accepted(after: UInt64)
        /// The log has come further than this.
        case news(after: UInt64)
    }

    /// Those who wait for one subject, mostly a single one: it needs no array.
    private enum Queue {
        case empty
        case one(Waiter)
        case several([Waiter])

        init(_ waiters: [Waiter]) {
            switch waiters.count {
            case 0: self = .empty
            case 1: self = .one(waiters[0])
            default: self = .several(waiters)
            }
        }

        /// The one of this number.
        func waiter(_ number: UInt64) -> Waiter? {
            switch self {
            case .empty: nil
            case .one(let waiter): waiter.id.number == number ? waiter : nil
            case .several(let waiters): waiters.first { $0.id.number == number }
            }
        }

        var isEmpty: Bool { if case .empty = self { true } else { false } }

        mutating func append(_ waiter: Waiter) {
            switch self {
            case .empty: self = .one(waiter)
            case .one(let first): self = .several([first, waiter])
            case .several(var all):
                // Else there would be two that know the array, and it would be copied.
                self = .empty
                all.append(waiter)
                self = .several(all)
            }
        }

        /// Keeps those of whom `body` says so.
        func filter(_ body: (Waiter) -> Bool) -> Queue {
            switch self {
            case .empty: .empty
            case .one(let waiter): body(waiter) ? self : .empty
            case .several(let waiters): Queue(waiters.filter(body))
            }
        }
    }

    private struct Deadline: Comparable {
        let instant: Instant
        let id: ID
        static func < (a: Self, b: Self) -> Bool { a.instant < b.instant }
        static func == (a: Self, b: Self) -> Bool { a.instant == b.instant }
    }

    private var ofConnections = NumberTable<Queue>()
    private var ofListeners: [ListenerID: Queue] = [:]
    private var ofLog = Queue.empty
    private var count = 0
    private var deadlines = Heap<Deadline>()
    private var lastNumber: UInt64 = 0
    /// Since this was last asked: tasks of the loop's own, and others, that were let go.
    private var wokenOnLoop = 0, wokenElsewhere = 0

    var isEmpty: Bool { count == 0 }
    /// The earliest deadline; may be that of a waiter long gone.
    var nextDeadline: Instant { deadlines.min?.instant ?? .distantFuture }

    /// Adds one who waits; `isOnLoop`: he is isolated to the engine.
    mutating func add(
        _ subject: Subject, until deadline: Instant, test: Test, isOnLoop: Bool, loop: EventLoop
    ) -> Waiter {
        lastNumber += 1
        let waiter = Waiter(ID(subject: subject, number: lastNumber), test: test, isOnLoop: isOnLoop, loop: loop)
        switch subject {
        case .connection(let id):
            if ofConnections.change(id.rawValue, { $0.append(waiter) }) == nil {
                ofConnections[id.rawValue] = .one(waiter)
            }
        case .listener(let id): ofListeners[id, default: .empty].append(waiter)
        case .log: ofLog.append(waiter)
        }
        count += 1
        if deadline != .distantFuture {
            deadlines.insert(Deadline(instant: deadline, id: waiter.id))
            dropStaleDeadlines()
        }
        return waiter
    }

    /// Lets a waiter go on, if it still waits.
    mutating func resume(_ id: ID, _ end: Waiter.End) {
        let queue = queue(of: id.subject)
        guard let found = queue.waiter(id.number) else { return }
        put(queue.filter { $0 !== found }, for: id.subject)
        wake(found, end)
    }

    private func queue(of subject: Subject) -> Queue {
        switch subject {
        case .connection(let id): ofConnections[id.rawValue] ?? .empty
        case .listener(let id): ofListeners[id] ?? .empty
        case .log: ofLog
        }
    }

    /// From now on these wait for the subject, and no others.
    private mutating func put(_ queue: Queue, for subject: Subject) {
        switch subject {
        case .connection(let id): ofConnections[id.rawValue] = queue.isEmpty ? nil : queue
        case .listener(let id): ofListeners[id] = queue.isEmpty ? nil : queue
        case .log: ofLog = queue
        }
    }

    private mutating func wake(_ waiter: Waiter, _ end: Waiter.End) {
        count -= 1
        if waiter.isOnLoop { wokenOnLoop += 1 } else { wokenElsewhere += 1 }
        waiter.finish(end)
    }

    /// How many tasks of the loop's own, and others, were let go since this was last asked.
    mutating func takeWoken() -> (onLoop: Int, elsewhere: Int) {
        defer { (wokenOnLoop, wokenElsewhere) = (0, 0) }
        return (wokenOnLoop, wokenElsewhere)
    }

    /// Takes a look for everyone who waits for the connection, which is asked for only then; nil: it is forgotten.
    mutating func examine(_ id: ConnectionID, _ connection: () -> Connection?) {
        guard let waiting = ofConnections[id.rawValue] else { return }
        let connection = connection()
        examine(waiting, for: .connection(id)) { test in
            guard case .connection(let look) = test, let connection else { return .failed(.notFound(id.description)) }
            return look(connection)
        }
    }

    /// Takes a look for everyone who waits for the listener's connections, of which the newest has this ordinal; nil: it
    /// is gone.
    mutating func examine(_ id: ListenerID, accepted: UInt64?) {
        examine(.listener(id)) { test in
            guard case .accepted(let ordinal) = test, let accepted else { return .failed(.notFound(id.description)) }
            return accepted > ordinal ? .done : .pending
        }
    }

    /// Takes a look for everyone who follows the log.
    mutating func examineLog(progress: UInt64) {
        examine(.log) { test in
            guard case .news(let seen) = test, progress <= seen else { return .done }
            return .pending
        }
    }

    /// Lets everyone go who waits for something new, of which there will be nothing.
    mutating func letFollowersGo() {
        for id in Array(ofListeners.keys) { examine(.listener(id)) { _ in .done } }
        examine(.log) { _ in .done }
    }

    private mutating func examine(_ subject: Subject, _ look: (Test) -> Outcome) {
        examine(queue(of: subject), for: subject, look)
    }

    private mutating func examine(_ waiting: Queue, for subject: Subject, _ look: (Test) -> Outcome) {
        let before = count
        let patient = waiting.filter { waiter in
            switch look(waiter.test) {
            case .pending: return true
            case .done: wake(waiter, .done)
            case .failed(let error): wake(waiter, .failed(error))
            }
            return false
        }
        if count < before { put(patient, for: subject) }
    }

    /// Someone waits for the log to grow.
    var hasFollowers: Bool { !ofLog.isEmpty }

    /// Ends the waits whose patience is over.
    mutating func expire(at now: Instant) {
        while let first = deadlines.min, first.instant <= now {
            deadlines.removeMin()
            resume(first.id, .timedOut)
        }
    }

    /// Many short waits with long deadlines must not pile up.
    private mutating func dropStaleDeadlines() {
        guard deadlines.count > 64 + 2 * count else { return }
        deadlines = Heap(deadlines.unordered.filter { isWaiting($0.id) })
    }

    private func isWaiting(_ id: ID) -> Bool { queue(of: id.subject).waiter(id.number) != nil }
}
