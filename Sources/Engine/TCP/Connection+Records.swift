import DequeModule

/// Where the user has drawn a line through what is written (`MSG_EOR`): no segment joins what is on both sides of it.
extension Connection {
    /// What was written so far ends a record. The peer's user can't see where: only the segments are cut there.
    package func endRecord() {
        guard unsentText > 0 else { return }
        var ends = textMarks?.recordEnds ?? []
        while let first = ends.first, first <= acknowledgedPosition { ends.removeFirst() }
        if ends.last != acceptedPosition { ends.append(acceptedPosition) }
        textMarks = TextMarks(recordEnds: ends, pushes: textMarks?.pushes)
    }

    /// Octets that wait to be sent and may stand in one segment: up to the end of their record.
    var nextRun: Int { run(from: nextTextPosition) }

    /// The same, from a position on.
    func run(from position: UInt64) -> Int {
        let written = Int(sendBuffer.end - position)
        guard let end = textMarks?.recordEnds?.first(where: { $0 > position }) else { return written }
        return min(written, Int(end - position))
    }

    /// The octet before this position of the stream is the last of a record.
    func endsRecord(at position: UInt64) -> Bool { textMarks?.recordEnds?.contains(position) ?? false }
}
