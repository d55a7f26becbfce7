import Engine
import Foundation
import Testing

/// The table of loss recovery: every path and controller, on virtual time, against what was stored.
///
/// `UPDATE_TABLE=1` stores the new one; the difference then shows in the tree.
@Suite(.serialized) struct LossTableTests {
    private static let seed: UInt64 = 19_890_602
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "loss-recovery.txt")

    private func measureAll() async throws -> [LossResult] {
        try await withThrowingTaskGroup(of: (Int, LossResult).self) { group in
            for (place, cell) in LossCell.all.enumerated() {
                group.addTask { (place, try cell.measure(seed: Self.seed)) }
            }
            var results: [(Int, LossResult)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    // Minutes in debug, where it is no test at all: a release build measures it.
    #if !DEBUG
        @Test
    #endif
    func recoveryIsNoWorseThanTheStoredTable() async throws {
        let results = try await measureAll()
        let lines = [LossResult.header] + results.map(\.line)
        if ProcessInfo.processInfo.environment["UPDATE_TABLE"] != nil {
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: Self.file)
        }
        let stored = try String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(stored.count == lines.count)
        for (line, old) in zip(lines, stored) where line != old { print("- \(old)\n+ \(line)") }
        for (result, old) in zip(results, stored.dropFirst()) { compare(result, with: old) }
        for result in results { judge(result) }
    }

    /// A row may drift, since every change of timing draws other dice; it may not become worse.
    private func compare(_ result: LossResult, with old: String) {
        let columns = old.split(separator: " ").map(String.init)
        guard columns.count == 9, let share = Double(columns[4]), let spurious = Double(columns[7]),
            let timeouts = Int(columns[8])
        else {
            Issue.record("no such row: \(old)")
            return
        }
        // Long runs settle; in a minute at high loss a few hundred segments decide.
        let drift = result.cell.seconds > 100 ? 0.9 : 0.8
        #expect(result.capacityShare >= share * drift - 0.005, "goodput: \(result.line), stored \(old)")
        #expect(result.spurious * 100 <= spurious * 1.5 + 0.3, "spurious: \(result.line), stored \(old)")
        #expect(result.timeouts <= timeouts * 3 / 2 + 3, "timeouts: \(result.line), stored \(old)")
    }

    /// What holds whatever is stored.
    private func judge(_ result: LossResult) {
        // A lost repetition is told by what follows it, so up to one loss in a hundred nothing needs a timeout.
        if result.cell.loss <= 0.01 { #expect(result.timeouts == 0, "\(result.line)") }
        if result.cell.loss == 0, result.cell.reordering > 0 { #expect(result.spurious < 0.01, "\(result.line)") }
    }

    // MARK: Fairness

    /// Octets that each of two flows gets through a shared path in a minute.
    private func share(
        _ first: CongestionAlgorithm, _ second: CongestionAlgorithm, roundTrip: Int, seed: UInt64 = Self.seed
    ) throws -> [Double] {
        var path = NetworkPath()
        path.delay = .microseconds(Int64(roundTrip) * 500)
        path.rate = 1_250_000
        path.queueLimit = max(1_250_000 * roundTrip / 1_000, 32 << 10)
        // So that drops do not always meet the same flow.
        path.jitter = .microseconds(200)
        var bulk = BulkNetwork(seed: seed, path: path)
        try bulk.open(first)
        try bulk.open(second)
        try bulk.run(for: .seconds(Int64(60)))
        return try bulk.outcomes().map { Double($0.octets) }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func twoCubicFlowsShareTheBottleneck(seed: UInt64) throws {
        let octets = try share(.cubic, .cubic, roundTrip: 40, seed: seed)
        let fair = (octets[0] + octets[1]) / 2
        for own in octets { #expect(abs(own - fair) <= 0.1 * fair, "\(octets)") }
        #expect(octets[0] + octets[1] > 0.85 * 60 * 1_250_000)
    }

    /// No worse off than beside its own kind, whoever comes first.
    @Test func cubicLeavesRenoItsShareOfASmallPath() throws {
        var alone = 0.0
        var beside = 0.0
        for seed in 1...4 as ClosedRange<UInt64> {
            alone += try share(.newreno, .newreno, roundTrip: 10, seed: seed).reduce(0, +) / 2
            beside += try share(.cubic, .newreno, roundTrip: 10, seed: seed)[1] / 2
            beside += try share(.newreno, .cubic, roundTrip: 10, seed: seed)[0] / 2
        }
        #expect(beside >= 0.9 * alone, "\(beside) octets beside cubic, \(alone) beside newreno")
    }
}
