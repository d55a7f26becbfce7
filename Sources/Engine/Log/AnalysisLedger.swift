import DequeModule

/// What the analysis says of the records in the log, worked out as readers ask: the engine spends nothing on it.
package struct AnalysisLedger: Sendable {
    private var flows: [FourTuple: FlowAnalysis] = [:]
    private var chunks: Deque<[AnalysisSet]> = []
    /// The number of the first record in `chunks`.
    private var first: UInt64 = 1
    /// The number of the next record to look at.
    private var next: UInt64 = 1
    /// How many flows are looked through for those whose records are gone.
    private var sweepAt = 1_024

    package init() {}

    /// Looks at the records that have come since, and returns what is known of all of them. A connection whose beginning has
    /// left the ring before anybody looked is judged from where the ring begins, as a capture begun late would be.
    package mutating func analyze(_ log: LogSnapshot) -> AnalyzedLog {
        if next < log.oldest { restart(at: log.oldest) }
        for number in log.numbers(after: next - 1) {
            append(log[number].map { judge($0) } ?? AnalysisSet())
        }
        while let oldest = chunks.first, first + UInt64(oldest.count) <= log.oldest, chunks.count > 1 {
            first += UInt64(oldest.count)
            chunks.removeFirst()
        }
        if flows.count > sweepAt {
            flows = flows.filter { $0.value.newest >= log.oldest }
            sweepAt = max(1_024, 2 * flows.count)
        }
        return AnalyzedLog(log, analyses: KeptAnalyses(chunks: [[AnalysisSet]](unshared: chunks), first: first))
    }

    private mutating func restart(at number: UInt64) {
        self = AnalysisLedger()
        first = number
        next = number
    }

    private mutating func append(_ words: AnalysisSet) {
        if (next - first) % UInt64(LogChunk.length) == 0 { chunks.append([]) }
        chunks[chunks.count - 1].append(words)
        next += 1
    }

    private mutating func judge(_ record: SegmentRecord) -> AnalysisSet {
        guard let headers = record.headers, let tcp = headers.tcp else { return AnalysisSet() }
        let source = Endpoint(headers.source, tcp.sourcePort)
        let destination = Endpoint(headers.destination, tcp.destinationPort)
        let isOutbound = record.direction == .outbound
        // A segment between two of our endpoints is two records, each of its own connection.
        let tuple =
            isOutbound
            ? FourTuple(local: source, remote: destination) : FourTuple(local: destination, remote: source)
        return flows[tuple, default: FlowAnalysis()].take(
            tcp, length: record.payloadLength, outbound: isOutbound, number: record.number, wall: record.wallTime)
    }
}

/// What is known of the records of one snapshot.
struct KeptAnalyses: Sendable {
    fileprivate let chunks: [[AnalysisSet]]
    fileprivate let first: UInt64

    fileprivate init(chunks: [[AnalysisSet]], first: UInt64) {
        self.chunks = chunks
        self.first = first
    }

    /// The words of a record; none of one that is no longer known.
    subscript(number: UInt64) -> AnalysisSet {
        guard number >= first, case let index = Int(number - first), index / LogChunk.length < chunks.count,
            case let chunk = chunks[index / LogChunk.length], index % LogChunk.length < chunk.count
        else { return AnalysisSet() }
        return chunk[index % LogChunk.length]
    }
}
