import Engine
import Testing

/// Our words for what is remarkable, against Wireshark's, record by record, without a difference allowed.
@Suite(.longestPatience) struct TsharkAnalysisTests {
    /// What the two say, compared; `count` is how many words were said at all.
    private func compare(_ logs: [LogSnapshot], _ about: String) throws -> [Analysis: Int] {
        let words = Analysis.allCases
        let rows = try Tshark.decode(
            words.map { "tcp.analysis.\($0.rawValue)" }, of: Tshark.capture(logs.flatMap(\.records)))
        let segments = logs.flatMap { log in
            let analyzed = AnalyzedLog(log)
            return log.numbers.compactMap { analyzed[$0] }
        }
        try #require(rows.count == segments.count)
        var said: [Analysis: Int] = [:]
        var differences: [String] = []
        for (segment, row) in zip(segments, rows) {
            let theirs = words.filter { row["tcp.analysis.\($0.rawValue)"] != nil }
            for word in theirs { said[word, default: 0] += 1 }
            if segment.analysis.words != theirs {
                differences.append("\(segment.record.line): ours \(segment.analysis.words), tshark \(theirs)")
            }
        }
        #expect(
            differences.isEmpty,
            "\(about), \(differences.count) of \(rows.count):\n\(differences.prefix(5).joined(separator: "\n"))")
        return said
    }

    @Test("transfers with losses, duplicates, reordering and closed windows are remarked upon alike, at both ends")
    func lossyRuns() throws {
        let first = Tshark.seed
        // One host of each run: the other would send everything a second time.
        let logs = try (first..<first + 40).map { seed in
            var run = LossyRun(seed: seed)
            return try run.log(of: Int(seed % 2), length: 60_000)
        }
        let said = try compare(logs, "seeds from \(first)")
        for word in [
            Analysis.retransmission, .fastRetransmission, .outOfOrder, .duplicateAck, .lostSegment, .windowUpdate,
        ] {
            #expect(said[word, default: 0] > 10, "seeds from \(first): \(word) was hardly said")
        }
    }

    @Test("segments at every edge of the rules are remarked upon alike")
    func edges() throws {
        let seed = Tshark.seed
        var flows = EdgeFlows(seed: seed)
        let said = try compare([flows.log(flows: 200, segments: 50)], "seed \(seed)")
        for word in Analysis.allCases {
            #expect(said[word, default: 0] > 5, "seed \(seed): \(word) was hardly said")
        }
    }
}
