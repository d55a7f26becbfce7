import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Connections of the kernel's: those of other programs, and twins of ours.
    @Suite struct KernelConnections {
        @Test func withoutTheFlagNobodyWatchesOtherPrograms() throws {
            try Service.run { service in
                let answer = try service.post("/v1/observations", ["local": "127.0.0.1:1", "remote": "127.0.0.1:2"])
                expectProblem(answer, 403, "observation-disabled")
                #expect(try service.get("/v1/observations").json["observations"] == [])
            }
        }

        @Test func anotherProgramsConnectionIsFollowedAndSpokenInto() throws {
            let file = URL.temporaryDirectory.appending(path: "rawtcpweb-token-\(UUID().uuidString)")
            try Data("secret".utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let listener = try KernelSocket.listening()
            let client = try KernelSocket.connected(to: listener.localPort)
            let peer = try listener.accepted()
            let service = try Service(["--observe", "--token-file", file.path()])
            func send(_ method: String, _ target: String, _ json: JSON? = nil) throws -> HTTPAnswer {
                try service.client.send(
                    method, target, fields: ["Authorization": "Bearer secret", "Content-Type": "application/json"],
                    body: json?.octets())
            }
            let created = try send(
                "POST", "/v1/observations",
                [
                    "local": "127.0.0.1:\(client.localPort)", "remote": "127.0.0.1:\(listener.localPort)",
                    "name": "theirs",
                ])
            try #require(created.status == 201, "\(created)")
            #expect(created.json["id"] == "o1")
            try client.write("one")
            #expect(String(decoding: try peer.read(), as: UTF8.self) == "one")
            let seen = try send("GET", "/v1/segments?connection=o1&wait=5s").json["segments"].elements
            #expect(seen.first?["cause"] == "observed")
            #expect(seen.first?["direction"] == "out")
            // The handshake was not seen: 1 is the first number that was, and "one" takes three.
            let crafted = try send(
                "POST", "/v1/segments",
                ["connection": "theirs", "relativeSequence": 4, "payload": ["text": "two"]])
            try #require(crafted.status == 201, "\(crafted)")
            #expect(String(decoding: try peer.read(), as: UTF8.self) == "two")
            let records = try send("GET", "/v1/segments?connection=o1").json["segments"].elements
            #expect(records.count { $0["cause"] == "crafted" } == 1)
            #expect(records.count { $0["payload"]["length"] == 3 } == 2)
            #expect(try send("DELETE", "/v1/observations/theirs").status == 204)
            try service.stop()
        }

        @Test func offLoopbackTheirNumbersAreLearnedFromWhatComes() throws {
            let file = URL.temporaryDirectory.appending(path: "rawtcpweb-token-\(UUID().uuidString)")
            try Data("secret".utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let (here, there) = (try NetworkNamespace(), try NetworkNamespace())
            try VethPair(here, "10.77.61.1", there, "10.77.61.2").connect()
            let listener = try KernelSocket.listening(at: "10.77.61.2", in: there)
            let client = try KernelSocket.connected(to: listener.localPort, at: "10.77.61.2", in: here)
            let peer = try listener.accepted()
            let flags = ["--observe", "--token-file", file.path(), "--allow-target", "10.77.61.0/24"]
            try Service.run(flags, in: here, token: "secret") { service in
                let created = try service.post(
                    "/v1/observations",
                    [
                        "local": .string("10.77.61.1:\(client.localPort)"),
                        "remote": .string("10.77.61.2:\(listener.localPort)"),
                    ])
                try #require(created.status == 201, "\(created)")
                try peer.write("one")
                #expect(String(decoding: try client.read(), as: UTF8.self) == "one")
                let seen = try service.get("/v1/segments?connection=o1&wait=5s").json["segments"].elements
                #expect(!seen.isEmpty && seen.allSatisfy { $0["direction"] == "in" && $0["cause"] == "observed" })
                // What came acknowledges our program's octets: the next one is known, though none of ours was seen.
                let crafted = try service.post("/v1/segments", ["connection": "o1", "payload": ["text": "two"]])
                try #require(crafted.status == 201, "\(crafted)")
                #expect(String(decoding: try peer.read(), as: UTF8.self) == "two")
            }
        }

        @Test func aTwinByTheKernelIsComparedWithOurs() throws {
            let server = try EchoServer()
            try Service.run { service in
                let ours = try service.connect(to: server.port, ["name": "ours"])
                let theirs = try service.connect(to: server.port, ["name": "theirs", "engine": "kernel"])
                for connection in [ours, theirs] {
                    let sent = try service.post("\(connection)/send", ["text": "hello"])
                    #expect(sent.status == 200, "\(sent)")
                    #expect(try service.get("\(connection)/received?minimum=5&wait=5s").text == "hello")
                }
                let shown = try service.get(theirs).json
                #expect(shown["options"]["engine"] == "kernel")
                #expect(shown["counters"]["bytesAcked"] == 5)
                #expect(shown["negotiated"]["timestamps"] == true)
                let causes = try service.segments(of: theirs).map { $0["cause"] }
                #expect(causes.count >= 6)
                #expect(Set(causes) == ["kernel-twin"])
                let comparison = try service.get("/v1/compare?a=ours&b=theirs").json
                #expect(comparison["a"]["traits"]["syn.mss"].string != nil)
                #expect(comparison["differences"].elements.contains { $0["aspect"] == "syn.window" }, "\(comparison)")
                #expect(try service.post("\(theirs)/close").json["state"].string != "ESTABLISHED")
                #expect(try service.get("\(theirs)?wait=closed&timeout=10s").json["closeReason"] == "normal")
                #expect(try service.delete(theirs).status == 204)
            }
        }

        @Test func aTwinThatIsRefusedSaysSo() throws {
            let port = try KernelSocket.freePort()
            try Service.run { service in
                let answer = try service.post("/v1/connections", ["remote": "127.0.0.1:\(port)", "engine": "kernel"])
                expectProblem(answer, 502, "connection-refused")
            }
        }
    }
}
