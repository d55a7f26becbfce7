import HeapModule

/// Those who wait for something to become true of the engine, each suspended in a call of its own.
struct WaiterTable {
    /// Whose changes call for a look.
    enum Subject: Hashable, Sendable {
        case log
        case connection(ConnectionID)
        case listener(ListenerID)
    }

    /// How a wait ended.
    enum End: Sendable {
        case done
        case timedOut
        case cancelled
        case failed(EngineError)
    }

    /// What a look at the stack told.
    enum Outcome {
        case pending
        case done
        case failed(EngineError)
    }

    /// Names a waiter; never used twice.
    typealias ID = UInt64
    typealias Test = (borrowing TCPStack) -> Outcome

    private struct Waiter {
        let subject: Subject
        let test: Test
        let continuation: CheckedContinuation<End, Never>
    }

    private struct Deadline: Comparable {
        let instant: Instant
        let id: ID
        static func < (a: Self, b: Self) -> Bool { a.instant < b.instant }
    }

    private var waiters: [ID: Waiter] = [:]
    private var bySubject: [Subject: [ID]] = [:]
    private var deadlines = Heap<Deadline>()
    private var lastID: ID = 0

    var isEmpty: Bool { waiters.isEmpty }
    /// The earliest deadline; may be that of a waiter long gone.
    var nextDeadline: Instant { deadlines.min?.instant ?? .distantFuture }

    /// A name for a waiter that is about to be added.
    mutating func makeID() -> ID {
        lastID += 1
        return lastID
    }

    /// Adds a waiter.
    mutating func add(
        _ id: ID, on subject: Subject, until deadline: Instant, test: @escaping Test,
        continuation: CheckedContinuation<End, Never>
    ) {
        waiters[id] = Waiter(subject: subject, test: test, continuation: continuation)
        bySubject[subject, default: []].append(id)
        if deadline != .distantFuture { deadlines.insert(Deadline(instant: deadline, id: id)) }
    }

    /// Lets a waiter go on, if it still waits.
    mutating func resume(_ id: ID, _ end: End) {
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        bySubject[waiter.subject]?.removeAll { $0 == id }
        if bySubject[waiter.subject]?.isEmpty == true { bySubject[waiter.subject] = nil }
        waiter.continuation.resume(returning: end)
    }

    /// Takes a look for everyone who waits for `subject`.
    mutating func examine(_ subject: Subject, _ stack: borrowing TCPStack) {
        guard let ids = bySubject[subject] else { return }
        for id in ids {
            guard let waiter = waiters[id] else { continue }
            switch waiter.test(stack) {
            case .pending: continue
            case .done: resume(id, .done)
            case .failed(let error): resume(id, .failed(error))
            }
        }
    }

    /// Someone waits for `subject`.
    func hasWaiters(on subject: Subject) -> Bool { bySubject[subject] != nil }

    /// Ends the waits whose patience is over.
    mutating func expire(at now: Instant) {
        while let first = deadlines.min, first.instant <= now {
            deadlines.removeMin()
            resume(first.id, .timedOut)
        }
        // Many short waits with long deadlines must not pile up.
        if waiters.isEmpty { deadlines = Heap() }
    }
}
