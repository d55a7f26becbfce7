import Engine
import Testing

/// What happened, written as a script, happens again.
@Suite struct ScriptExportTests {
    private func script(_ log: LogSnapshot) -> ConnectionScript {
        let analyzed = AnalyzedLog(log)
        return ConnectionScript(log.numbers.compactMap { analyzed[$0] })
    }

    @Test("a transfer replays on virtual time", arguments: [0, 1], [1, 700, 30_000])
    func aTransferReplays(host: Int, length: Int) throws {
        let log = try LossyRun.log(seed: 5, length: length, lossless: true, host: host, snapLength: 64)
        let text = script(log).text(as: .packetdrill)
        do {
            let report = try ScriptRunner.run(Script(parsing: text), ScriptSetting(seed: 7))
            #expect(report.lines > 8)
        } catch {
            Issue.record("\(error)\n\(text)")
        }
    }

    @Test("a transfer with losses replays on virtual time", arguments: UInt64(1)...4)
    func aLossyTransferReplays(seed: UInt64) throws {
        let log = try LossyRun.log(seed: 2 * seed + 5, length: 20_000, snapLength: 64)
        let text = script(log).text(as: .packetdrill)
        do {
            _ = try ScriptRunner.run(Script(parsing: text), ScriptSetting(seed: seed))
        } catch {
            Issue.record("\(error)\n\(text.prefix(6_000))")
        }
    }

    @Test func aShellScriptMakesTheSameCalls() throws {
        let log = try LossyRun.log(seed: 5, length: 3, lossless: true, snapLength: 64)
        let text = script(log).text(as: .curl)
        #expect(text.contains("\"remote\": \"10.0.0.2:2000\""))
        #expect(text.contains("curl -sf --json '{\"hex\": \"2e2e2e\"}' \"$BASE/v1/connections/$ID/send\""))
        #expect(text.contains("/v1/connections/$ID/close"))
    }

    @Test func aPythonProgramSendsTheSameSegments() throws {
        let log = try LossyRun.log(seed: 5, length: 3, lossless: true, snapLength: 64)
        let text = script(log).text(as: .scapy)
        #expect(text.contains("send(IP(src=\"10.0.0.1\", dst=\"10.0.0.2\", ttl=64"))
        #expect(text.contains("Raw(bytes.fromhex(\"2e2e2e\"))"))
        #expect(
            text.split(separator: "\n").count { $0.hasPrefix("send(") }
                == log.numbers.count { log[$0]?.direction == .outbound })
    }
}
