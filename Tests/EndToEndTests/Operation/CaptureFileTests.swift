import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The files of `--capture-dir`, as others read them.
    @Suite struct CaptureFiles {
        /// Sends single octets for `seconds`, so that there are segments of every moment up to now.
        private static func talk(_ service: Service, to port: UInt16, seconds: Double) throws {
            let connection = try service.connect(to: port)
            let end = Date.now.addingTimeInterval(seconds)
            while Date.now < end { #expect(try service.post("\(connection)/send", ["text": "x"]).status == 200) }
        }

        /// The times of the packets in a file, as tshark reads it, which must find nothing wrong with it.
        private static func packetTimes(in file: String) throws -> [Double] {
            let process = try ChildProcess(["tshark", "-r", file, "-T", "fields", "-e", "frame.time_epoch"])
            #expect(try process.wait(within: .patience) == .exited(0), "\(process.diagnosis)")
            #expect(process.output.waitForEnd(within: .patience))
            return process.output.text.split(separator: "\n").compactMap { Double($0) }
        }

        private static func files(in directory: TemporaryDirectory) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        }

        @Test func afterAKillAtMostTheLastSecondIsMissingAndTheNextStartTakesNewFiles() throws {
            let directory = try TemporaryDirectory()
            let server = try EchoServer()
            let flags = ["--capture-dir", directory.path, "--capture-size", "64MiB"]
            let service = try Service(flags)
            try Self.talk(service, to: server.port, seconds: 1.6)
            let log = try service.get("/v1/segments?limit=10000&fields=time").json
            let logged = log["segments"].elements.compactMap(\.self["time"].string).compactMap(Self.seconds)
            let killed = Date.now.timeIntervalSince1970
            // What comes after the newest record that was read here, an acknowledgment that the peer has delayed, is not compared.
            let flushed = min(killed - 1, try #require(logged.last))
            service.process.signal(SIGKILL)
            #expect(try service.process.wait(within: .patience) == .killed(SIGKILL))

            let left = try Self.files(in: directory)
            let captured = try left.flatMap { try Self.packetTimes(in: "\(directory.path)/\($0)") }
            let due = logged.count { $0 < flushed }
            #expect(due > 10 && captured.count >= due, "\(captured.count) of \(logged.count), of which \(due) are due")
            #expect(captured.count { $0 < flushed } == due)

            let contents = try left.map { try Data(contentsOf: URL(filePath: "\(directory.path)/\($0)")) }
            let next = try Service(flags)
            try Self.talk(next, to: server.port, seconds: 0.1)
            try next.stop()
            let added = try Self.files(in: directory).filter { !left.contains($0) }
            #expect(added.count == 1)
            #expect(try added.allSatisfy { try !Self.packetTimes(in: "\(directory.path)/\($0)").isEmpty })
            #expect(try left.map { try Data(contentsOf: URL(filePath: "\(directory.path)/\($0)")) } == contents)
        }

        /// `2026-11-25T23:00:00.123456789Z` as seconds since 1970.
        private static func seconds(_ text: String) -> Double? {
            guard let dot = text.firstIndex(of: "."), let fraction = Double("0" + text[dot...].dropLast()),
                let whole = try? Date(String(text[..<dot]) + "Z", strategy: .iso8601)
            else { return nil }
            return whole.timeIntervalSince1970 + fraction
        }

        @Test func aFileThatIsStillBeingWrittenIsServedInRangesThatFitTogether() throws {
            let directory = try TemporaryDirectory()
            let server = try EchoServer()
            try Service.run(["--capture-dir", directory.path]) { service in
                try Self.talk(service, to: server.port, seconds: 0.2)
                let entry = try service.get("/v1/captures").json["captures"][0]
                let path = "/v1/captures/\(try #require(entry["file"].string))"
                let head = try service.client.send("GET", path, fields: ["Range": "bytes=0-99"])
                #expect(head.status == 206 && head.body.count == 100)
                let total = try #require(head.fields["content-range"]?.split(separator: "/").last.flatMap { Int($0) })
                let rest = try service.client.send("GET", path, fields: ["Range": "bytes=100-\(total - 1)"])
                #expect(rest.status == 206)
                let file = try directory.write("", to: "joined")
                try Data(head.body + rest.body).write(to: URL(filePath: file))
                _ = try Self.packetTimes(in: file)
                let beyond = try service.client.send("GET", path, fields: ["Range": "bytes=99999999999-"])
                expectProblem(beyond, 416, "range-not-satisfiable")
                #expect(beyond.fields["content-range"]?.hasPrefix("bytes */") == true)
            }
        }
    }
}
