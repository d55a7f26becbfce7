import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What those meet who run the service: metrics, readiness, logs, settings.
    @Suite struct Operation {
        @Test func metricsTellStatesCausesDropsAndLatencies() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                _ = try service.connect(to: listener.localPort)
                _ = try service.get("/v1/connections/c9")
                let answer = try service.get("/metrics")
                #expect(answer.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
                for line in [
                    "# TYPE rawtcpweb_internal_errors_total counter", "rawtcpweb_internal_errors_total 0",
                    #"rawtcpweb_connections{state="ESTABLISHED"} 1"#, #"rawtcpweb_connections{state="TIME-WAIT"} 0"#,
                    #"rawtcpweb_segments_by_cause_total{cause="syn"} 1"#,
                    #"rawtcpweb_segments_by_cause_total{cause="accepted"} 1"#,
                    "# TYPE rawtcpweb_http_request_duration_seconds histogram",
                    #"rawtcpweb_http_request_duration_seconds_count{method="POST",route="/v1/connections",status="2xx"} 1"#,
                    #"rawtcpweb_http_request_duration_seconds_count{method="GET",route="/v1/connections/{id}",status="4xx"} 1"#,
                ] {
                    #expect(answer.text.contains(line + "\n"), "\(line) is missing in:\n\(answer.text)")
                }
                // Each line is a comment, or a name, labels and a number.
                let sample = #/[a-z_]+(\{([a-z]+="[^"\\\n]*",?)+\})? [0-9.e+-]+/#
                for line in answer.text.split(separator: "\n") where !line.hasPrefix("# ") {
                    #expect(line.wholeMatch(of: sample) != nil, "\(line)")
                }
            }
        }

        @Test func openMetricsIsChosenByAccept() throws {
            try Service.run { service in
                let wish = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
                let answer = try service.client.send("GET", "/metrics", fields: ["Accept": wish])
                #expect(answer.fields["content-type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
                #expect(answer.text.hasSuffix("\n# EOF\n"))
                #expect(answer.text.contains("# TYPE rawtcpweb_internal_errors counter\n"))
                #expect(answer.text.contains("\nrawtcpweb_internal_errors_total 0\n"))
            }
        }

        @Test func labelsDoNotGrowWithWhatClientsInvent() throws {
            try Service.run { service in
                for number in 1...50 {
                    _ = try service.client.send("BREW\(number)", "/pot\(number)")
                    _ = try service.get("/v1/connections/c\(number)")
                }
                let text = try service.get("/metrics").text
                #expect(text.split(separator: "\n").count { $0.contains("_seconds_count{") } < 8)
            }
        }

        @Test func readinessTellsOfTheSocketAndTheLoop() throws {
            try Service.run { service in
                let answer = try service.get("/readyz")
                #expect(answer.status == 200)
                #expect(answer.json["status"] == "ready")
                #expect(answer.json["rawSocket"] == true)
            }
        }

        @Test func limitsOfHandshakesMayChangeWhileItRuns() throws {
            try Service.run { service in
                let answer = try service.client.send(
                    "PATCH", "/v1/engine", fields: ["Content-Type": "application/json"],
                    body: Array(#"{"limits": {"handshakesPerSecond": 7}}"#.utf8))
                #expect(answer.status == 200)
                #expect(answer.json["limits"]["handshakesPerSecond"] == 7)
                #expect(try service.get("/v1/engine").json["limits"]["handshakesPerSecond"] == 7)
            }
        }

        @Test func logsAreJSONWithTheRequestsIdentity() throws {
            try Service.run(["--log-format", "json"]) { service in
                _ = try service.client.send("DELETE", "/v1/connections/c1", fields: ["Request-Id": "the-one"])
                #expect(service.process.errors.wait(within: .patience) { $0.contains("the-one") })
                // What stands behind the last newline may be half a line.
                let text = service.process.errors.text
                for line in text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n") {
                    #expect((try? JSON(parsing: Array(line.utf8))) != nil, "\(line)")
                }
            }
        }

        // MARK: Settings

        private func settings(_ arguments: [String], _ environment: [String]) throws -> String {
            try ChildProcess.run(["env"] + environment + [Checkout.program, "serve", "--print-config"] + arguments)
        }

        @Test func theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() throws {
            let directory = try TemporaryDirectory()
            let file = try directory.write(
                """
                # A comment, and an empty line.

                snaplen = 100
                log-segments = 1000
                allow-target = 192.0.2.0/24
                allow-target = 198.51.100.0/24:80
                insecure = true
                port-range = 30000-30999
                """, to: "settings")
            let environment = ["RAWTCPWEB_CONFIG=\(file)", "RAWTCPWEB_SNAPLEN=200", "RAWTCPWEB_LOG_SEGMENTS=2000"]
            let text = try settings(["--snaplen", "300"], environment)
            for lines in [
                "# command line\nsnaplen = 300\n", "# environment\nlog-segments = 2000\n",
                "# file\nallow-target = 192.0.2.0/24\nallow-target = 198.51.100.0/24:80\n",
                "# file\ninsecure = true\n", "# file\nport-range = 30000-30999\n",
                "# default\nlisten = 127.0.0.1:8080\n",
            ] {
                #expect(text.contains(lines), "\(lines) is missing in:\n\(text)")
            }
            // A list is replaced, not added to.
            let replaced = try settings(["--allow-target=203.0.113.0/24"], environment)
            #expect(replaced.contains("# command line\nallow-target = 203.0.113.0/24\n#"))
            // What is printed is a file that says the same.
            let printed = try directory.write(text, to: "printed")
            let again = try settings(["--config", printed], [])
            let values = { (text: String) in text.split(separator: "\n").filter { !$0.hasPrefix("# ") } }
            #expect(values(again) == values(text))
        }

        @Test(arguments: [
            ("snaplem = 5", "did you mean snaplen?"), ("snaplen", "name = value"),
            ("snaplen = 5\nsnaplen = 6", "twice"),
            ("insecure = perhaps", "true or false"), ("snaplen = many", "snaplen"),
        ])
        func aMistakeInTheFileIsNamed(text: String, named: String) throws {
            let directory = try TemporaryDirectory()
            let file = try directory.write(text, to: "settings")
            let process = try ChildProcess([Checkout.program, "serve", "--print-config", "--config", file])
            #expect(try process.wait(within: .patience) != .exited(0))
            #expect(process.errors.waitForEnd(within: .patience))
            #expect(process.errors.text.contains(named), "\(process.diagnosis)")
        }

        @Test func everySettingHasItsThreeSources() throws {
            let help = try ChildProcess.run([Checkout.program, "serve", "--help"])
            let flags = Set(help.matches(of: #/--([a-z][a-z-]+)/#).map { String($0.output.1) })
            let text = try settings([], [])
            let printed = Set(text.matches(of: #/(?m)^(?:# )?([a-z-]+) =/#).map { String($0.output.1) })
            #expect(flags.subtracting(printed) == ["config", "print-config", "help", "version"])
            #expect(printed.subtracting(flags) == [])
        }

        // MARK: Client commands

        @Test func connectCarriesStandardInputAndOutput() throws {
            let server = try EchoServer()
            try Service.run { service in
                let octets = [UInt8]((0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
                let directory = try TemporaryDirectory()
                try Data(octets).write(to: URL(filePath: directory.path + "/in"))
                let program = "\(Checkout.program) connect 127.0.0.1:\(server.port)"
                let command =
                    "\(program) --service http://127.0.0.1:\(service.client.port) < \(directory.path)/in > \(directory.path)/out"
                try ChildProcess.run(["sh", "-c", command])
                #expect(try Data(contentsOf: URL(filePath: directory.path + "/out")) == Data(octets))

                let refused = try ChildProcess([
                    Checkout.program, "connect", "192.0.2.1:80", "--service", "http://127.0.0.1:\(service.client.port)",
                ])
                #expect(try refused.wait(within: .patience) == .exited(1))
                #expect(refused.errors.waitForEnd(within: .patience))
                #expect(refused.errors.text.contains("403"))
            }
        }

        @Test func logPrintsSegmentsAsALineEach() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                let connection = try service.connect(to: listener.localPort)
                _ = try service.post("\(connection)/send", ["text": "a bell \u{7}"])
                let text = try ChildProcess.run([
                    Checkout.program, "log", "--service", "http://127.0.0.1:\(service.client.port)",
                ])
                #expect(text.split(separator: "\n").count == 5)
                #expect(text.utf8.allSatisfy { $0 == 10 || (0x20...0x7e).contains($0) })
            }
        }

        @Test(arguments: ["bash", "zsh", "fish"]) func completionsComeFromTheProgramItself(shell: String) throws {
            let script = try ChildProcess.run([Checkout.program, "--generate-completion-script", shell])
            #expect(script.contains("allow-target"))
        }
    }
}
