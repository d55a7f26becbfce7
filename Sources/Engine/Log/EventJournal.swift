import DequeModule

/// A full chunk of events, or a copy of the open one: never changed again, so that readers share it.
final class EventChunk: Sendable {
    /// Events of a chunk.
    static let length = 256

    let events: [LogEvent]

    init(_ events: [LogEvent]) { self.events = events }

    /// Where the newest event stands.
    var last: LogPosition { events.last?.position ?? LogPosition(0) }
}

/// What happened between the segments: a bounded ring, read through snapshots like the segments themselves.
struct EventJournal: Sendable {
    /// Chunks kept: 16,384 events in about a megabyte, some minutes of a thousand handshakes a second's worth of replay.
    private static let limit = 64

    private var sealed: Deque<EventChunk> = []
    private var open: [LogEvent] = []
    private var newest = LogPosition(0)
    /// The newest event that is no longer here.
    private var evicted = LogPosition(0)
    /// Events since the start.
    private(set) var count: UInt64 = 0

    /// Notes what happened after the segment `number`.
    mutating func append(_ kind: LogEvent.Kind, after number: UInt64, wall: Int64) {
        let ordinal = newest.number == number ? newest.ordinal + 1 : 1
        newest = LogPosition(number, ordinal)
        open.append(LogEvent(position: newest, wall: wall, kind: kind))
        count += 1
        guard open.count == EventChunk.length else { return }
        sealed.append(EventChunk(open))
        open = []
        open.reserveCapacity(EventChunk.length)
        guard sealed.count > Self.limit, let first = sealed.popFirst() else { return }
        evicted = first.last
    }

    /// What is kept now, for readers.
    var kept: KeptEvents {
        var chunks = [EventChunk](unshared: sealed)
        if !open.isEmpty { chunks.append(EventChunk([LogEvent](unshared: open))) }
        return KeptEvents(chunks: chunks, newest: newest, evicted: evicted, count: count)
    }
}

/// The events that the journal kept at one moment.
struct KeptEvents: Sendable {
    fileprivate let chunks: [EventChunk]
    /// Where the newest event stands.
    let newest: LogPosition
    /// The newest event that was no longer there.
    let evicted: LogPosition
    /// Events since the start.
    let count: UInt64

    /// The events behind `position`, up to those after the segment `number`, oldest first.
    func events(after position: LogPosition, through number: UInt64) -> [LogEvent] {
        // Readers ask for what is new: the search begins at the end.
        var first = chunks.endIndex
        while first > 0, chunks[first - 1].last > position { first -= 1 }
        return chunks[first...].flatMap { chunk in
            chunk.events.filter { $0.position > position && $0.position.number <= number }
        }
    }
}
