/// What the loopback device handed back of a segment that we had sent.
public struct WireEcho: Hashable, Sendable {
    /// When the kernel took it, in nanoseconds since 1970.
    public var wallTime: Int64
    /// The header fields that are not as we wrote them, by the names that they have in a described packet.
    public var rewritten: [String]

    public init(wallTime: Int64, rewritten: [String]) {
        self.wallTime = wallTime
        self.rewritten = rewritten
    }
}

/// The echoes of the records that the log keeps. An echo may come when its record's chunk is sealed already, so it does not
/// lie in the record; it goes with the log's ring all the same.
struct EchoSheet: Sendable {
    /// By chunks of as many records as the log's own: what a reader shares with us is copied at most once a snapshot.
    private var chunks: [UInt64: [UInt64: WireEcho]] = [:]

    /// Nobody has asked for echoes, or none has come.
    var isEmpty: Bool { chunks.isEmpty }

    /// Keeps the echo of the record `number`, and forgets those of records before `oldest`.
    mutating func note(_ echo: WireEcho, of number: UInt64, oldest: UInt64) {
        let chunk = Self.chunk(of: number)
        if chunks[chunk] == nil { chunks = chunks.filter { $0.key >= Self.chunk(of: oldest) } }
        chunks[chunk, default: [:]][number] = echo
    }

    /// The echo of the record `number`; nil if none has come.
    subscript(number: UInt64) -> WireEcho? {
        chunks.isEmpty ? nil : chunks[Self.chunk(of: number)]?[number]
    }

    private static func chunk(of number: UInt64) -> UInt64 { number / UInt64(LogChunk.length) }
}

extension SegmentLog {
    /// Folds the echo of a sent segment into its record, if that is still here.
    package mutating func note(_ echo: WireEcho, of number: UInt64) {
        guard (oldest...max(oldest, newest)).contains(number) else { return }
        echoes.note(echo, of: number, oldest: oldest)
    }

    /// What came back of the segment that this record tells of; nil: nothing, or nobody looks.
    package func echo(of number: UInt64) -> WireEcho? { number < oldest ? nil : echoes[number] }
}
