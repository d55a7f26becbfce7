import ArgumentParser
import Engine

/// `rawtcpweb doctor`: proves on this host what works.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "doctor", abstract: "Prove on this host what works.")

    func run() async throws {
        let report = await diagnose()
        let width = report.checks.map(\.name.count).max() ?? 0
        for check in report.checks {
            let name = check.name + String(repeating: " ", count: width - check.name.count)
            StandardStream.output.write("\(check.verdict.rawValue)  \(name)  \(check.detail)\n")
            if let remedy = check.remedy { StandardStream.output.write("      \(remedy)\n") }
        }
        if report.checks.contains(where: { $0.verdict == .fail }) { throw ExitCode.failure }
    }

    /// With a running engine all of it; without a raw socket, what can be told without.
    private func diagnose() async -> DoctorReport {
        let configuration = EngineConfiguration()
        do throws(EngineError) {
            let engine = try Engine(configuration: configuration)
            defer { engine.stop() }
            try await engine.start()
            return await engine.diagnose()
        } catch {
            return .ofHost(portRange: configuration.portRange)
        }
    }
}
