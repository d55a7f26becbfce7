/// The log as it was at one moment; a value that may cross threads and be read at leisure.
public struct LogSnapshot: Sendable {
    /// The run of the service that the numbers belong to.
    public let run: String
    /// The newest record's number; 0 if there is none yet.
    public let newest: UInt64
    /// The oldest record's number.
    public let oldest: UInt64
    /// Packets that the kernel dropped before the engine saw them.
    public let dropped: UInt64
    private let chunks: [LogChunk]
    private let payloads: KeptPayloads
    private let journal: KeptEvents
    private let echoes: EchoSheet
    /// The options that are shown by name.
    package let definitions: [OptionDefinition]

    init(
        run: String, newest: UInt64, oldest: UInt64, dropped: UInt64, chunks: [LogChunk], payloads: KeptPayloads,
        journal: KeptEvents, echoes: EchoSheet = EchoSheet(), definitions: [OptionDefinition] = []
    ) {
        self.run = run
        self.newest = newest
        self.oldest = oldest
        self.dropped = dropped
        self.chunks = chunks
        self.payloads = payloads
        self.definitions = definitions
        self.journal = journal
        self.echoes = echoes
    }

    /// Grows with every record and every event: two snapshots with the same progress tell the same.
    public var progress: UInt64 { newest + journal.count }
    /// The place behind everything that is here.
    package var end: LogPosition { max(LogPosition(newest), journal.newest) }
    /// The newest event that is no longer kept.
    package var newestEvictedEvent: LogPosition { journal.evicted }

    /// What happened behind `position`, up to the events after the segment `number`, oldest first.
    package func events(after position: LogPosition, through number: UInt64) -> [LogEvent] {
        journal.events(after: position, through: number)
    }

    /// How many records have left the ring.
    public var evicted: UInt64 { oldest - 1 }
    /// The numbers of the records that are here.
    public var numbers: Range<UInt64> { oldest..<newest + 1 }

    /// The record with this number, if it is still (and already) here.
    public subscript(number: UInt64) -> SegmentRecord? {
        guard numbers.contains(number), let first = chunks.first else { return nil }
        let chunk = chunks[Int((number - first.first) / UInt64(LogChunk.length))]
        let slot = chunk.records.place(Int(number - chunk.first)).pointee
        return SegmentRecord(
            number: number, slot: slot, chunk: chunk, payloads: payloads, echo: echoes[number], definitions: definitions
        )
    }

    /// The numbers of the records after `number`, oldest first.
    public func numbers(after number: UInt64) -> Range<UInt64> {
        guard number < newest else { return newest + 1..<newest + 1 }
        return max(oldest, number + 1)..<newest + 1
    }

    /// Hands over the records with these numbers, oldest first, until the body returns false.
    public func forEach(in range: Range<UInt64>, _ body: (SegmentRecord) throws -> Bool) rethrows {
        for number in range.clamped(to: numbers) {
            guard let record = self[number], try body(record) else { return }
        }
    }
}
