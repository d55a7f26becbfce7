import ArgumentParser
import Engine

/// `rawtcpweb doctor`: proves on this host what works.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "doctor", abstract: "Prove on this host what works.")

    func run() async throws {
        let engine = try await Service.openEngine(EngineConfiguration())
        let report = await engine.diagnose()
        let width = report.checks.map(\.name.count).max() ?? 0
        for check in report.checks {
            let name = check.name + String(repeating: " ", count: width - check.name.count)
            StandardStream.output.write("\(check.verdict.rawValue)  \(name)  \(check.detail)\n")
            if let remedy = check.remedy { StandardStream.output.write("      \(remedy)\n") }
        }
        await engine.shutDown(patience: .zero)
        engine.stop()
        if report.checks.contains(where: { $0.verdict == .fail }) { throw ExitCode.failure }
    }
}
