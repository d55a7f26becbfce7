import Engine

/// The log as a stream of lines: what is kept, and on demand what comes.
package struct SegmentStream: Sendable {
    /// How a record becomes a line.
    package enum Form: Sendable {
        case ndjson
        case text
    }

    package var engine: any EngineService
    package var query: SegmentQuery
    package var form: Form
    package var payload: PayloadEncoding?
    /// The most records; nil: all.
    package var limit: Int?
    /// Goes on when the end is reached, until the query's connection is closed.
    package var follows: Bool

    /// Records rendered from one snapshot: a slow reader pins no more of the log than this.
    private static let batch = 1_024
    /// Wakes a follower no more often than this, however fast the log grows.
    private static let pace = Duration.milliseconds(20)

    /// Writes the lines.
    package func write(to writer: BodyWriter) async throws {
        let start = await engine.log()
        var position = first(in: start)
        let end = start.newest
        var remaining = limit ?? .max
        while remaining > 0 {
            // Asked before the log is read: what the last segment did to the connection is in the log by then.
            let isOver = follows ? await isConnectionClosed() : false
            let log = await engine.log()
            var lines = gap(after: position, in: log)
            position = max(position, log.oldest - 1)
            let last = follows ? log.newest : min(end, log.newest)
            for number in log.numbers(after: position).prefix(Self.batch) where number <= last && remaining > 0 {
                position = number
                guard let record = log[number], query.matches(record) else { continue }
                lines += line(record)
                remaining -= 1
            }
            if !lines.isEmpty { try await writer.write(lines) }
            guard position >= last else { continue }
            if !follows || isOver { return }
            await engine.waitForRecord(after: position, patience: .seconds(Int64(1)))
            try await Task.sleep(for: Self.pace)
        }
    }

    /// The number before the first record to examine. A follower without a position starts now.
    private func first(in log: LogSnapshot) -> UInt64 {
        switch query.position {
        case .oldest: follows ? log.newest : log.oldest - 1
        case .after(let number): number
        case .before, .last:
            SegmentPage(query, in: log, limit: limit ?? .max).records.first.map { $0.number - 1 } ?? log.newest
        }
    }

    private func isConnectionClosed() async -> Bool {
        guard let id = query.connection else { return false }
        guard let snapshot = try? await engine.connection(id) else { return true }
        return snapshot.state == .closed
    }

    private func gap(after position: UInt64, in log: LogSnapshot) -> [UInt8] {
        guard position + 1 < log.oldest else { return [] }
        let (from, to) = (position + 1, log.oldest - 1)
        switch form {
        case .ndjson: return (["gap": ["from": .number(from), "to": .number(to)]] as JSON).serialized()
        case .text: return Array("# records \(from) to \(to) are no longer kept\n".utf8)
        }
    }

    private func line(_ record: SegmentRecord) -> [UInt8] {
        switch form {
        case .ndjson: return SegmentModel(record).json(payload: payload).serialized()
        case .text:
            let line = record.line
            guard let payload, record.payloadLength > 0 else { return Array((line + "\n").utf8) }
            let text =
                switch payload {
                case .text: record.payloadText
                case .hex: Hex.encode(record.payload)
                case .base64: Base64.encode(record.payload)
                }
            return Array("\(line), \(text)\n".utf8)
        }
    }
}
