import HeapModule

/// The deadlines of all connections, earliest first.
///
/// Entries are not removed when a timer is stopped or put off: a stale one is recognised when its time comes. A connection so
/// costs a push only when its earliest deadline moves forward, whatever the number of connections. Connections that live shorter
/// than their timers leave theirs behind, so once most entries are stale those are dropped.
struct TimerQueue {
    private struct Entry: Comparable {
        let deadline: Instant
        let id: ConnectionID
        static func < (a: Self, b: Self) -> Bool { a.deadline < b.deadline }
    }

    private var heap = Heap<Entry>()

    /// So many entries may be stale before it is worth a look.
    private static let spare = 64

    /// Deadlines that are queued, stale ones too.
    var count: Int { heap.count }

    /// The earliest deadline; may be a stale one.
    var next: Instant { heap.min?.deadline ?? .distantFuture }

    /// Makes sure that the connection, which is in the table, is looked at when its earliest timer expires.
    mutating func schedule(_ connection: Connection, in table: borrowing ConnectionTable) {
        let deadline = connection.nextDeadline
        guard deadline < connection.standing.queuedDeadline else { return }
        connection.standing.queuedDeadline = deadline
        heap.insert(Entry(deadline: deadline, id: connection.id))
        if heap.count > Self.spare + 2 * table.count { dropStale(in: table) }
    }

    /// Leaves each connection one entry at most: a deadline that was put off, and came back, is queued twice.
    private mutating func dropStale(in table: borrowing ConnectionTable) {
        var kept: Set<ConnectionID> = []
        let current = heap.unordered.filter { entry in
            table[entry.id]?.standing.queuedDeadline == entry.deadline && kept.insert(entry.id).inserted
        }
        heap = Heap(current)
    }

    /// Takes out one entry that is due at `now`.
    mutating func popDue(at now: Instant) -> (id: ConnectionID, deadline: Instant)? {
        guard let entry = heap.min, entry.deadline <= now else { return nil }
        heap.removeMin()
        return (entry.id, entry.deadline)
    }
}
