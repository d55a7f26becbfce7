import Engine
import Foundation
import Testing

/// Thousands of connections through simulated networks, on virtual time. A failure prints its seed; `SEED=…` repeats that
/// trial alone, `RUNS=…` sets how many there are of each kind, `SEEDS=fresh` has them begin anywhere.
@Suite(.serialized) struct SimulationTests {
    /// Every way to begin and to end, each with every seed, on two threads.
    @Test func everyOctetArrivesInOrderAndTheConnectionEnds() async throws {
        let kinds = Trial.Opening.allCases.flatMap { opening in Trial.Ending.allCases.map { (opening, $0) } }
        let tally = try await withThrowingTaskGroup(of: Tally.self) { group in
            for (opening, ending) in kinds {
                group.addTask { try Self.runAll(opening, ending) }
            }
            var tally = Tally()
            for try await part in group { tally.add(part) }
            return tally
        }
        print(tally)
        // One seed, repeated for its story, is no sample, nor are the few of a debug build: each brings its weather to all kinds.
        #if !DEBUG
            guard Seeds.all.count >= Seeds.standard else { return }
            #expect(tally.segments >= 100 * tally.runs)
            #expect(tally.lossyRuns * 10 >= 3 * tally.runs)
            #expect(tally.narrowedRuns > 0)
            #expect(tally.runs >= 10_000)
        #endif
    }

    private static func runAll(_ opening: Trial.Opening, _ ending: Trial.Ending) throws -> Tally {
        var tally = Tally()
        let journal = try SeedJournal("\(opening)-\(ending)")
        for seed in Seeds.all {
            try journal.note(seed)
            var trial = Trial(seed: seed, opening: opening, ending: ending)
            do throws(TrialFailure) {
                try trial.run()
            } catch {
                if Seeds.all.count == 1 { print(trial.story) }
                Issue.record("\(opening), \(ending): \(error)")
                return tally
            }
            tally.note(trial)
        }
        return tally
    }

    @Test(arguments: Trial.Opening.allCases)
    func theSameSeedGivesTheSameLog(opening: Trial.Opening) throws {
        for seed in Seeds.all.prefix(20) {
            var logs: [[[UInt8]]] = []
            for _ in 0..<2 {
                var trial = Trial(seed: seed, opening: opening, ending: .bothClose)
                try trial.run()
                logs.append(trial.log(of: 0) + trial.log(of: 1))
            }
            #expect(logs[0] == logs[1], "SEED=\(seed)")
            #expect(!logs[0].isEmpty)
        }
    }

    @Test func anotherSeedGivesAnotherLog() throws {
        let logs = try [1, 2 as UInt64].map { seed in
            var trial = Trial(seed: seed, opening: .passive, ending: .bothClose)
            try trial.run()
            return trial.log(of: 0)
        }
        #expect(logs[0] != logs[1])
    }
}

extension Trial {
    /// A host's log: each record's octets, with its time, cause and causality.
    func log(of host: SimulatedNetwork.Host) -> [[UInt8]] {
        let snapshot = network[host].log.snapshot()
        var records: [[UInt8]] = []
        snapshot.forEach(in: snapshot.numbers) { record in
            let facts: [UInt64] = [
                UInt64(record.wallTime), UInt64(bitPattern: record.elapsed.nanoseconds), record.because ?? 0,
                record.retransmits ?? 0, UInt64(record.cause.rawValue), UInt64(record.rule.rawValue),
            ]
            let answers = record.answers
            records.append(record.octets + (facts + answers).flatMap { withUnsafeBytes(of: $0, Array.init) })
            return true
        }
        return records
    }
}

extension Trial {
    /// Both hosts' logs as text, for whoever repeats a failed trial.
    var story: String { (0..<2).map { host in lines(of: host).joined(separator: "\n") }.joined(separator: "\n\n") }

    private func lines(of host: SimulatedNetwork.Host) -> [String] {
        let snapshot = network[host].log.snapshot()
        var lines: [String] = []
        snapshot.forEach(in: snapshot.numbers) { record in
            guard let header = try? TCPHeader(parsing: record.octets.span.bytes.extracting(20...)) else { return true }
            lines.append(
                "host \(host) \(record.number) \(record.elapsed.seconds) \(record.direction.name) "
                    + "\(record.cause.name) \(header.flags.setNames.joined(separator: ",")) "
                    + "SEQ=\(header.sequence) ACK=\(header.acknowledgment) WND=\(header.window) "
                    + "LEN=\(record.payloadLength) \(record.before) > \(record.after)")
            return true
        }
        return lines
    }
}

/// What the trials of a run amounted to.
struct Tally: CustomStringConvertible {
    var runs = 0
    var segments = 0
    /// Runs in which the network lost at least one packet.
    var lossyRuns = 0
    /// Runs in which the path became narrower on the way.
    var narrowedRuns = 0
    var repairs: [Cause: Int] = [:]
    var undone = 0

    mutating func note(_ trial: Trial) {
        runs += 1
        segments += trial.network.counters.sent
        if trial.network.counters.lost > 0 { lossyRuns += 1 }
        if trial.wasNarrowed { narrowedRuns += 1 }
        for host in 0..<2 {
            for cause in Cause.repairs {
                repairs[cause, default: 0] += trial.network[host].counters.repairs[cause] ?? 0
            }
            undone += trial.network[host].snapshots.reduce(0) { $0 + $1.counters.spuriousRecoveries }
        }
    }

    mutating func add(_ other: Tally) {
        runs += other.runs
        segments += other.segments
        lossyRuns += other.lossyRuns
        narrowedRuns += other.narrowedRuns
        repairs.merge(other.repairs, uniquingKeysWith: +)
        undone += other.undone
    }

    var description: String {
        let causes = Cause.repairs.map { "\($0.name) \(repairs[$0] ?? 0)" }.joined(separator: ", ")
        return "simulation: \(runs) runs, \(segments / max(runs, 1)) segments each on average, "
            + "\(lossyRuns * 100 / max(runs, 1)) % with loss, \(narrowedRuns) with a narrowing path; \(causes), undone \(undone)"
    }
}

/// The seeds of this run: always the same, so that a test fails for everybody or for nobody. Fresh ones are for whoever looks
/// for what nobody has met yet, as `make check` does.
enum Seeds {
    static let all: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SEED"].flatMap({ UInt64($0) }) { return [seed] }
        let first = environment["SEEDS"] == "fresh" ? UInt64.random(in: 0...UInt64.max >> 16) : 19_890_602
        let count = environment["RUNS"].flatMap { Int($0) } ?? standard
        print("simulation: \(count) seeds from \(first) on")
        return (0..<UInt64(count)).map { first + $0 }
    }()

    /// Two ways to begin times four to end make 10,000 runs in release.
    #if DEBUG
        static let standard = 20
    #else
        static let standard = 1_250
    #endif
}

/// Keeps the seed of the running trial in a file, since a broken invariant traps and nobody is left to print it.
struct SeedJournal {
    private let file: FileHandle

    init(_ name: String) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "rawtcpweb-simulation-\(name).seed")
        try Data().write(to: url)
        file = try FileHandle(forWritingTo: url)
        print("simulation \(name): after a trap the seed stands in \(url.path)")
    }

    /// The trial with this seed begins.
    func note(_ seed: UInt64) throws {
        try file.seek(toOffset: 0)
        try file.write(contentsOf: Data("SEED=\(seed)\n".utf8))
    }
}
