import HeapModule

/// Those who wait for something to become true of the engine, each suspended in a call of its own.
struct WaiterTable {
    /// How a wait ended.
    enum End: Sendable {
        case done
        case timedOut
        case cancelled
        case failed(EngineError)
    }

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
    enum Test {
        /// Asked of the connection after each of its changes.
        case connection((Connection) -> Outcome)
        /// The listener has accepted more connections than this.
        case accepted(after: UInt64)
        /// The log has come further than this.
        case news(after: UInt64)
    }

    private struct Waiter {
        let number: UInt64
        let deadline: Instant
        let test: Test
        /// Its task runs on the engine's own loop.
        let isOnLoop: Bool
        /// Unsafe, that is, not watched over: a waiter is resumed by whoever takes it out of the table, and only then.
        let continuation: UnsafeContinuation<End, Never>
    }

    /// Those who wait for one subject, mostly a single one: it needs no array.
    private struct Queue {
        private var first: Waiter?
        private var others: [Waiter] = []

        var isEmpty: Bool { first == nil }
        var count: Int { first == nil ? 0 : 1 + others.count }

        mutating func append(_ waiter: Waiter) {
            if first == nil { first = waiter } else { others.append(waiter) }
        }

        func forEach(_ body: (Waiter) -> Void) {
            guard let first else { return }
            body(first)
            for waiter in others { body(waiter) }
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
    private var ofLog = Queue()
    private var count = 0
    private var deadlines = Heap<Deadline>()
    private var lastNumber: UInt64 = 0
    /// Since this was last asked: tasks of the loop's own, and others, that were let go.
    private var wokenOnLoop = 0, wokenElsewhere = 0

    var isEmpty: Bool { count == 0 }
    /// The earliest deadline; may be that of a waiter long gone.
    var nextDeadline: Instant { deadlines.min?.instant ?? .distantFuture }

    /// A name for a waiter that is about to be added.
    mutating func makeID(for subject: Subject) -> ID {
        lastNumber += 1
        return ID(subject: subject, number: lastNumber)
    }

    /// Adds a waiter; `isOnLoop`: its task runs on the engine's own loop.
    mutating func add(
        _ id: ID, until deadline: Instant, test: Test, isOnLoop: Bool, continuation: UnsafeContinuation<End, Never>
    ) {
        let waiter = Waiter(
            number: id.number, deadline: deadline, test: test, isOnLoop: isOnLoop, continuation: continuation)
        var queue = take(id.subject)
        queue.append(waiter)
        put(queue, for: id.subject)
        count += 1
        guard deadline != .distantFuture else { return }
        deadlines.insert(Deadline(instant: deadline, id: id))
        dropStaleDeadlines()
    }

    /// Lets a waiter go on, if it still waits.
    mutating func resume(_ id: ID, _ end: End) {
        var found: Waiter?
        var patient = Queue()
        take(id.subject).forEach { waiter in
            if waiter.number == id.number { found = waiter } else { patient.append(waiter) }
        }
        put(patient, for: id.subject)
        guard let found else { return }
        count -= 1
        wake(found, end)
    }

    /// Takes out all who wait for the subject.
    private mutating func take(_ subject: Subject) -> Queue {
        switch subject {
        case .connection(let id): ofConnections.removeValue(for: id.rawValue) ?? Queue()
        case .listener(let id): ofListeners.removeValue(forKey: id) ?? Queue()
        case .log: exchange(&ofLog, with: Queue())
        }
    }

    /// Puts back those who go on waiting.
    private mutating func put(_ queue: Queue, for subject: Subject) {
        guard !queue.isEmpty else { return }
        switch subject {
        case .connection(let id): ofConnections[id.rawValue] = queue
        case .listener(let id): ofListeners[id] = queue
        case .log: ofLog = queue
        }
    }

    private mutating func wake(_ waiter: Waiter, _ end: End) {
        if waiter.isOnLoop { wokenOnLoop += 1 } else { wokenElsewhere += 1 }
        waiter.continuation.resume(returning: end)
    }

    /// How many tasks of the loop's own, and others, were let go since this was last asked.
    mutating func takeWoken() -> (onLoop: Int, elsewhere: Int) {
        defer { (wokenOnLoop, wokenElsewhere) = (0, 0) }
        return (wokenOnLoop, wokenElsewhere)
    }

    /// Takes a look for everyone who waits for the connection, which is asked for only then; nil: it is forgotten.
    mutating func examine(_ id: ConnectionID, _ connection: () -> Connection?) {
        let waiting = take(.connection(id))
        guard !waiting.isEmpty else { return }
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
        examine(take(subject), for: subject, look)
    }

    private mutating func examine(_ waiting: Queue, for subject: Subject, _ look: (Test) -> Outcome) {
        var patient = Queue()
        waiting.forEach { waiter in
            switch look(waiter.test) {
            case .pending: patient.append(waiter)
            case .done: wake(waiter, .done)
            case .failed(let error): wake(waiter, .failed(error))
            }
        }
        count -= waiting.count - patient.count
        put(patient, for: subject)
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

    private func isWaiting(_ id: ID) -> Bool {
        let queue =
            switch id.subject {
            case .connection(let id): ofConnections[id.rawValue]
            case .listener(let id): ofListeners[id]
            case .log: ofLog
            }
        var isFound = false
        queue?.forEach { isFound = isFound || $0.number == id.number }
        return isFound
    }
}
