import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The experiments of docs/cookbook.md, word for word, in a network where the printed addresses are free.
    @Suite struct Cookbook {
        private struct Experiment {
            let title: String
            let commands: String
        }

        private static func experiments() throws -> [Experiment] {
            let text = try Checkout.text("docs/cookbook.md")
            return text.components(separatedBy: "\n## ").dropFirst().map { section in
                let title = section.prefix { $0 != "\n" }
                let blocks = section.components(separatedBy: "```sh\n").dropFirst()
                let commands = blocks.map { $0.components(separatedBy: "\n```")[0] }
                return Experiment(title: String(title), commands: commands.joined(separator: "\n"))
            }
        }

        @Test func everyExperimentShowsWhatItSays() throws {
            let network = try NetworkNamespace()
            let start = { (arguments: [String], ready: String) throws -> ChildProcess in
                let process = try network.perform { Result { try ChildProcess([Checkout.program] + arguments) } }.get()
                try #require(
                    process.output.wait(within: .patience) { $0.contains(ready) }, "\(process.diagnosis)")
                return process
            }
            let service = try start(["serve"], "8080")
            let echo = try start(["echo", "6666"], "6666")
            let experiments = try Self.experiments()
            #expect(experiments.count == 20)
            let shell = ["bash", "-euo", "pipefail", "-c"]
            for experiment in experiments {
                let run = try network.perform { Result { try ChildProcess(shell + [experiment.commands]) } }.get()
                let ending = try run.wait(within: .patience)
                #expect(ending == .exited(0), "\(experiment.title): \(run.diagnosis)")
                // Its end may be known before all of its output is.
                #expect(run.output.waitForEnd(within: .patience))
                // The last command is the one that says whether it worked, unless it cleans up.
                #expect(run.output.text.contains("true\n"), "\(experiment.title): \(run.diagnosis)")
                let reset = "curl -s --fail -X POST http://127.0.0.1:8080/v1/reset"
                let cleaning = try network.perform { Result { try ChildProcess(shell + [reset]) } }.get()
                #expect(try cleaning.wait(within: .patience) == .exited(0))
            }
            let counters = "curl -s http://127.0.0.1:8080/v1/engine | jq -e '.counters.internalErrors == 0'"
            let check = try network.perform { Result { try ChildProcess(shell + [counters]) } }.get()
            #expect(try check.wait(within: .patience) == .exited(0), "\(check.diagnosis)")
            service.signal(SIGTERM)
            #expect(try service.wait(within: .patience) == .exited(0))
            echo.signal(SIGTERM)
        }
    }
}
