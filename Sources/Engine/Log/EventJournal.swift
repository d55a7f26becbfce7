import DequeModule

/// A chunk of events, filled in order.
///
/// `@unchecked Sendable`: as with `RecordBlock`, an event that a reader is told of is never written again, and only the journal adds
/// to them. So readers share even the chunk that is not full yet.
final class EventChunk: @unchecked Sendable {
    /// Events of a chunk.
    static let length = 256

    private let events: UnsafeMutablePointer<LogEvent>
    /// The journal's alone: readers are told how many there were for them.
    fileprivate private(set) var count = 0

    init() { events = .allocate(capacity: Self.length) }

    deinit {
        events.deinitialize(count: count)
        events.deallocate()
    }

    fileprivate func append(_ event: LogEvent) {
        precondition(count < Self.length, "event outside the chunk")
        (events + count).initialize(to: event)
        count += 1
    }

    /// The first so many events; valid as long as the chunk lives.
    fileprivate func prefix(_ count: Int) -> UnsafeBufferPointer<LogEvent> {
        UnsafeBufferPointer(start: events, count: count)
    }
}

/// What happened between the segments: a bounded ring, read through snapshots like the segments themselves.
struct EventJournal: Sendable {
    /// Chunks kept: 16,384 events in about a megabyte, some minutes of a thousand handshakes a second's worth of replay.
    private static let limit = 64

    private var sealed: Deque<EventChunk> = []
    private var open = EventChunk()
    private var newest = LogPosition(0)
    /// The newest event that is no longer here.
    private var evicted = LogPosition(0)
    /// Events since the start.
    private(set) var count: UInt64 = 0

    /// Notes what happened after the segment `number`.
    mutating func append(_ kind: consuming LogEvent.Kind, after number: UInt64, wall: Int64) {
        let ordinal = newest.number == number ? newest.ordinal + 1 : 1
        newest = LogPosition(number, ordinal)
        open.append(LogEvent(position: newest, wall: wall, kind: kind))
        count += 1
        if open.count == EventChunk.length { seal() }
    }

    private mutating func seal() {
        sealed.append(open)
        open = EventChunk()
        guard sealed.count > Self.limit, let oldest = sealed.popFirst() else { return }
        evicted = oldest.prefix(EventChunk.length)[EventChunk.length - 1].position
    }

    /// What is kept now, for readers.
    var kept: KeptEvents {
        var chunks = [EventChunk](unshared: sealed)
        if open.count > 0 { chunks.append(open) }
        let lastCount = open.count > 0 ? open.count : EventChunk.length
        return KeptEvents(chunks: chunks, lastCount: lastCount, newest: newest, evicted: evicted, count: count)
    }
}

/// The events that the journal kept at one moment.
struct KeptEvents: Sendable {
    fileprivate let chunks: [EventChunk]
    /// The events that there were in the last chunk; all others are full.
    fileprivate let lastCount: Int
    /// Where the newest event stands.
    let newest: LogPosition
    /// The newest event that was no longer there.
    let evicted: LogPosition
    /// Events since the start.
    let count: UInt64

    /// The events behind `position`, up to those after the segment `number`, oldest first.
    func events(after position: LogPosition, through number: UInt64) -> [LogEvent] {
        // Readers ask for what is new: the search begins at the end.
        var first = chunks.count
        while first > 0, let last = events(ofChunk: first - 1).last, last.position > position { first -= 1 }
        return (first..<chunks.count).flatMap { chunk in
            events(ofChunk: chunk).filter { $0.position > position && $0.position.number <= number }
        }
    }

    private func events(ofChunk index: Int) -> UnsafeBufferPointer<LogEvent> {
        chunks[index].prefix(index == chunks.count - 1 ? lastCount : EventChunk.length)
    }
}
