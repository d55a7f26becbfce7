import Engine
import Foundation
import TestSupport
import Testing

/// Connections written as shell commands and as Python programs: whatever happened, the languages' own readers take them.
@Suite(.longestPatience) struct ExportTests {
    /// Runs a command on a text in a file; what it complains of, nil if nothing.
    private func complaint(of command: [String], about text: String) throws -> String? {
        let file = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try text.write(to: file, atomically: true, encoding: .utf8)
        let process = try ChildProcess(command + [file.path()])
        let ending = try process.wait(within: .seconds(300))
        guard process.errors.waitForEnd(within: .seconds(30)) else { throw HarnessError(process.diagnosis) }
        return ending == .exited(0) && process.errors.text.isEmpty ? nil : process.errors.text
    }

    /// Both ends of connections through bad networks.
    private func scripts() -> [(seed: UInt64, script: ConnectionScript)] {
        (Tshark.seed..<Tshark.seed + 10).flatMap { seed -> [(seed: UInt64, script: ConnectionScript)] in
            var trial = Trial(
                seed: seed, opening: .passive, ending: seed % 3 == 0 ? .abort : .firstCloses,
                family: seed % 2 == 0 ? .v4 : .v6)
            try? trial.run()
            return trial.ends.compactMap { end in
                guard let id = end.id else { return nil }
                let records = trial.network[end.host].log.snapshot().records.filter { $0.connection == id }
                return (seed, ConnectionScript(records.map { DecodedSegment($0, analysis: AnalysisSet()) }))
            }
        }
    }

    @Test("bash can read the commands, and their bodies are JSON")
    func shellScripts() throws {
        for (seed, script) in scripts() {
            let text = script.curl
            #expect(try complaint(of: ["bash", "-n"], about: text) == nil, "seed \(seed)")
            for line in text.split(separator: "\n") {
                guard let start = line.firstRange(of: "--json '")?.upperBound,
                    let end = line[start...].firstIndex(of: "'")
                else { continue }
                let body = try JSONSerialization.jsonObject(with: Data(line[start..<end].utf8))
                #expect(body is [String: Any], "seed \(seed): \(line)")
            }
            #expect(text.contains("/v1/connections"), "seed \(seed)")
        }
    }

    @Test("Python can compile the programs, which send each of our segments once")
    func pythonPrograms() throws {
        let compile = "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')"
        for (seed, script) in scripts() {
            #expect(try complaint(of: ["python3", "-c", compile], about: script.scapy) == nil, "seed \(seed)")
        }
    }
}
