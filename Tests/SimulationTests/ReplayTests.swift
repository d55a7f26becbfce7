import Engine
import Testing

/// What happened on a connection, written as a script, happens again on virtual time: to the segment, and within 10 ms.
@Suite(.longestPatience) struct ReplayTests {
    /// A connection through a bad network as its two ends recorded it.
    private func scripts(seed: UInt64) throws -> [ReplayScript] {
        var random = SplitMix64(seed: seed)
        var weather = Weather(&random)
        // What a router says is not in the log.
        weather.narrows = false
        let family: IPAddress.Family = random.chance(0.5) ? .v4 : .v6
        if family == .v6 { weather.mtu = max(weather.mtu, 1_280) }
        let personality = Personality.allCases.randomElement(using: &random) ?? .standard
        let ending = Trial.Ending.allCases.randomElement(using: &random) ?? .firstCloses
        let opening = random.chance(0.1) ? Trial.Opening.simultaneous : .passive
        var trial = Trial(
            seed: seed, opening: opening, ending: ending, weather: weather, family: family, personality: personality)
        // Whether all went well is another test's matter; what happened is to come again.
        try? trial.run()
        return try trial.ends.compactMap { end -> ReplayScript? in
            guard let id = end.id else { return nil }
            let log = trial.network[end.host].log.snapshot()
            // A trial keeps 4,096 records; one whose beginning is gone says so, which is another test's matter.
            guard log.oldest == 1 else { return nil }
            let segments = log.records.filter { $0.connection == id }.map {
                DecodedSegment($0, analysis: AnalysisSet())
            }
            return ReplayScript(segments, try trial.network[end.host].connection(id).use)
        }
    }

    @Test("nearly all connections through bad networks come again whole, from both ends")
    func connectionsComeAgain() throws {
        let first = Tshark.seed
        var whole = 0
        var cut: [String] = []
        for seed in first..<first + 150 {
            for script in try scripts(seed: seed) {
                if script.isWhole {
                    whole += 1
                } else {
                    let lines = script.text.split(separator: "\n")
                    let place = lines.firstIndex { $0.hasPrefix("// From") || $0.hasPrefix("// A script") } ?? 0
                    cut.append(
                        "seed \(seed): \(lines[max(0, place - 2)...min(place + 1, lines.count - 1)].joined(separator: "\n"))"
                    )
                }
            }
        }
        // One that takes another turn somewhere is cut there and says so; that must stay rare.
        #expect(
            cut.count * 50 <= whole,
            "\(cut.count) of \(whole + cut.count) are cut:\n\(cut.prefix(12).joined(separator: "\n"))")
        print("replay: \(whole) scripts whole, \(cut.count) cut")
        if let first = cut.first { print(first) }
        #expect(whole > 200)
    }
}
