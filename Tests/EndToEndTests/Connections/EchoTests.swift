import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Our own segments, as the loopback device hands them back to the raw socket.
    @Suite struct Echoes {
        /// Waits until every segment of ours that is in the log has come back: the last may have left a moment ago.
        private static func awaitEchoes(_ service: Service) throws {
            let haveCome = try service.waits {
                try service.get("/v1/segments?direction=out&limit=10000").json["segments"].elements
                    .allSatisfy { $0["wireTime"].string != nil }
            }
            #expect(haveCome)
        }

        /// What the records of one connection say of their echoes, ours and the peer's apart.
        private static func echoes(
            of connection: String, _ service: Service
        ) throws -> (ours: [JSON], theirs: [JSON]) {
            let records = try service.segments(of: connection)
            return (records.filter { $0["direction"] == "out" }, records.filter { $0["direction"] == "in" })
        }

        @Test(arguments: ["127.0.0.1", "[::1]"])
        func sentRecordsTellWhenTheyLeftAndWhatTheKernelRewrote(host: String) throws {
            let address = host.trimmingCharacters(in: ["[", "]"])
            let listener = try KernelSocket.listening(at: address)
            try Service.run(["--observe-echo"]) { service in
                let connection = try service.connect(to: "\(host):\(listener.localPort)")
                #expect(try service.post("\(connection)/send", ["text": "hello"]).status == 200)
                try Self.awaitEchoes(service)
                let (ours, theirs) = try Self.echoes(of: connection, service)
                #expect(ours.count >= 3)
                for record in ours {
                    #expect(record["kernelRewrote"] == [], "\(record)")
                    let time = try #require(record["time"].string)
                    let wireTime = try #require(record["wireTime"].string, "\(record)")
                    #expect(wireTime >= time)
                    #expect(wireTime.hasSuffix("Z"))
                }
                #expect(theirs.allSatisfy { $0["wireTime"] == .null && $0["kernelRewrote"] == .null })
                // None of them is a second record.
                let everything = try service.get("/v1/segments").json["segments"].elements
                #expect(everything.count == ours.count + theirs.count)
            }
        }

        @Test func theIDThatTheKernelChoosesIsSeen() throws {
            let listener = try KernelSocket.listening()
            try Service.run(["--observe-echo"]) { service in
                let answer = try service.post(
                    "/v1/segments?wait=reply",
                    ["remote": "127.0.0.1:\(listener.localPort)", "flags": ["SYN"], "ip": ["dontFragment": false]])
                #expect(answer.json["kernelRewrote"] == ["ip.id", "ip.checksum"], "\(answer)")
                let number = answer.json["segments"][0].int ?? 0
                #expect(try service.get("/v1/segments/\(number)").json["kernelRewrote"] == ["ip.id", "ip.checksum"])
                // A length that lies is parsed by nobody, and comes back all the same.
                let odd = try service.post(
                    "/v1/segments",
                    ["remote": "127.0.0.1:\(listener.localPort)", "flags": ["SYN"], "dataOffset": 15])
                let oddNumber = odd.json["segments"][0].int ?? 0
                try Self.awaitEchoes(service)
                #expect(try service.get("/v1/segments/\(oddNumber)").json["wireTime"].string != nil)
            }
        }

        @Test func aSegmentBetweenTwoOfOursIsStillTwoRecords() throws {
            try Service.run(["--observe-echo"]) { service in
                let listener = try service.post("/v1/listeners", ["local": 0, "service": "echo"]).json
                let port = listener["local"]["port"].int ?? 0
                let connection = try service.connect(to: UInt16(port))
                try service.expectEcho(of: "hello", over: connection)
                try Self.awaitEchoes(service)
                let records = try service.get("/v1/segments?filter=tcp.len%3E0").json["segments"].elements
                let sent = records.filter { $0["direction"] == "out" }
                #expect(records.count == 2 * sent.count)
                #expect(sent.allSatisfy { $0["wireTime"].string != nil })
            }
        }

        @Test func itIsSwitchedOnAndOffWhileTheServiceRuns() throws {
            let listener = try KernelSocket.listening()
            try Service.run { service in
                #expect(try service.get("/v1/engine").json["observeEcho"] == false)
                for observes in [true, false] {
                    let body = Array(#"{"observeEcho": \#(observes)}"#.utf8)
                    let answer = try service.client.send(
                        "PATCH", "/v1/engine", fields: ["Content-Type": "application/json"], body: body)
                    #expect(answer.json["observeEcho"] == .bool(observes), "\(answer)")
                    let connection = try service.connect(to: listener.localPort)
                    if observes { try Self.awaitEchoes(service) }
                    let (ours, _) = try Self.echoes(of: connection, service)
                    #expect(ours.allSatisfy { ($0["wireTime"].string != nil) == observes })
                    #expect(try service.delete(connection).status == 204)
                }
            }
        }
    }
}
