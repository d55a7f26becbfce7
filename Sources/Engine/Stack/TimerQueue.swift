import HeapModule

/// The deadlines of all connections, earliest first.
///
/// Entries are never removed when a timer is stopped or put off: a stale one is recognised when its time comes. A
/// connection so costs a push only when its earliest deadline moves forward, whatever the number of connections.
struct TimerQueue {
    private struct Entry: Comparable {
        let deadline: Instant
        let id: ConnectionID
        static func < (a: Self, b: Self) -> Bool { a.deadline < b.deadline }
    }

    private var heap = Heap<Entry>()

    /// The earliest deadline; may be a stale one.
    var next: Instant { heap.min?.deadline ?? .distantFuture }

    /// Makes sure that the connection is looked at when its earliest timer expires.
    mutating func schedule(_ connection: Connection) {
        let deadline = connection.nextDeadline
        guard deadline < connection.queuedDeadline else { return }
        connection.queuedDeadline = deadline
        heap.insert(Entry(deadline: deadline, id: connection.id))
    }

    /// Takes out one entry that is due at `now`.
    mutating func popDue(at now: Instant) -> (id: ConnectionID, deadline: Instant)? {
        guard let entry = heap.min, entry.deadline <= now else { return nil }
        heap.removeMin()
        return (entry.id, entry.deadline)
    }
}
