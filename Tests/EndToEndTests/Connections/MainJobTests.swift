import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The tutorial's job, over HTTP, against the tutorial's server.
    @Suite struct MainJob {
        /// The tutorial's birthday as an initial sequence number.
        private static let initialSequence = 19_890_602

        @Test func handshakeDataEchoAndCloseAgainstAForkingServer() throws {
            let server = try CEchoServer()
            try Service.run { service in
                try Self.open(to: server.port, over: service)
                let sent = try service.post("/v1/connections/demo/send", ["text": "hello raw"])
                #expect(sent.status == 200, "\(sent)")
                #expect(sent.json["accepted"] == 9)
                #expect(sent.json["firstSequence"].int == Self.initialSequence + 1)
                #expect(sent.json["nextSequence"].int == Self.initialSequence + 10)

                let received = try service.get("/v1/connections/demo/received?minimum=9&wait=5s")
                #expect(received.text == "hello raw")
                #expect(received.fields["stream-offset"] == "0")
                #expect(received.fields["stream-next-offset"] == "9")
                #expect(received.fields["stream-final"] == "false")

                // The riddle's first half: the server has echoed the text, and shows nothing.
                #expect(server.printed == "")
                let closed = try service.post("/v1/connections/demo/close")
                #expect(closed.status == 200, "\(closed)")
                // Its second half: our FIN lets the child exit, and that flushes what it printed.
                #expect(server.process.output.wait(within: .patience) { $0.hasSuffix("\nhello raw") })

                let ended = try service.get("/v1/connections/demo?wait=state:TIME-WAIT&timeout=5s").json
                #expect(ended["state"] == "TIME-WAIT")
                #expect(ended["send"]["una"].int == Self.initialSequence + 11)
                #expect(ended["counters"]["retransmissions"] == 0)
                let rest = try service.get("/v1/connections/demo/received?offset=9&release=0")
                #expect(rest.body.isEmpty)
                #expect(rest.fields["stream-final"] == "true")
            }
        }

        /// Opens the connection "demo", and looks at what the answer says of it.
        private static func open(to port: UInt16, over service: Service) throws {
            let local = try KernelSocket.freePort()
            let opened = try service.post(
                "/v1/connections",
                [
                    "remote": "127.0.0.1:\(port)", "local": "127.0.0.1:\(local)", "name": "demo",
                    "initialSequence": JSON.number(Double(initialSequence)),
                ])
            try #require(opened.status == 201, "\(opened)")
            let id = try #require(opened.json["id"].string)
            #expect(opened.fields["location"] == "/v1/connections/\(id)")
            #expect(opened.json["state"] == "ESTABLISHED")
            #expect(opened.json["local"] == ["address": "127.0.0.1", "port": JSON.number(Double(local))])
            #expect(opened.json["send"]["iss"].int == initialSequence)
            #expect(opened.json["send"]["nxt"].int == initialSequence + 1)
        }

        @Test func everyRepresentationOfTheLogTellsTheSameStory() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try Self.talk(to: server, over: service, initialSequence: Self.initialSequence)
                let id = try #require(connection.split(separator: "/").last)
                let page = try service.get("/v1/segments?connection=\(id)").json
                let records = page["segments"].elements
                #expect(page["evicted"] == 0)
                #expect(page["dropped"] == 0)
                #expect(page["next"] == records.last?["number"])

                let lines = try service.get("/v1/segments?connection=\(id)&format=ndjson")
                #expect(lines.fields["content-type"]?.hasPrefix("application/x-ndjson") == true)
                let parsed = try lines.text.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
                #expect(parsed == records)

                let text = try service.get("/v1/segments?connection=\(id)&format=text")
                #expect(text.fields["content-type"]?.hasPrefix("text/plain") == true)
                let rows = text.text.split(separator: "\n")
                #expect(rows.count == records.count, "\(text.text)")
                #expect(rows.allSatisfy { $0.contains("\(server.port)") })

                let head = try service.client.send("HEAD", "/v1/segments?connection=\(id)")
                #expect(head.status == 200)
                #expect(head.body.isEmpty)
            }
        }

        @Test func theLogKnowsWhyEachSegmentWasSentAndWhatBecameOfIt() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try Self.talk(to: server, over: service, initialSequence: Self.initialSequence)
                let records = try service.segments(of: connection)
                try #require(records.count >= 8)
                let numbers = records.compactMap { $0["number"].int }
                #expect(numbers == Array(1...records.count), "numbered from 1 without gaps, and no echo recorded twice")

                let (syn, synAck, ack) = (records[0], records[1], records[2])
                #expect(syn["direction"] == "out")
                #expect(syn["cause"] == "syn")
                #expect(syn["tcp"]["flags"] == ["SYN"])
                #expect(syn["tcp"]["sequence"].int == Self.initialSequence)
                #expect(syn["tcp"]["checksum"]["verdict"] == "good")
                #expect(syn["because"] == .null)
                #expect(synAck["direction"] == "in")
                #expect(synAck["cause"] == "accepted")
                #expect(synAck["rule"] == "rfc9293-3.10.7.3-fourth")
                #expect(synAck["answers"] == [1])
                #expect(synAck["before"]["state"] == "SYN-SENT")
                #expect(synAck["after"]["state"] == "ESTABLISHED")
                #expect(["good", "offloaded"].contains(synAck["tcp"]["checksum"]["verdict"].string))
                #expect(ack["cause"] == "ack")
                #expect(ack["because"] == 2)

                let data = records.first { $0["cause"] == "data" }
                #expect(data?["tcp"]["sequence"].int == Self.initialSequence + 1)
                #expect(data?["tcp"]["relativeSequence"] == 1)
                #expect(data?["payload"]["length"] == 9)
                #expect(records.contains { $0["cause"] == "fin" && $0["direction"] == "out" })
                #expect(!records.contains { $0["tcp"]["flags"].elements.contains("RST") })
                #expect(records.allSatisfy { $0["retransmits"] == .null })
            }
        }

        @Test func oneSegmentShowsEveryFieldAndEveryBit() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try Self.talk(to: server, over: service, initialSequence: Self.initialSequence)
                let record = try #require(
                    try service.segments(of: connection).first { $0["cause"] == "data" && $0["direction"] == "out" })
                let segment = try service.get("/v1/segments/\(try #require(record["number"].int))").json
                let octets = try #require(segment["hex"].string.flatMap(Self.octets(ofHex:)))
                #expect(octets.suffix(9).elementsEqual("hello raw".utf8))
                #expect(octets.count == segment["ip"]["length"].int)

                let rows = segment["bits"].elements.map { ($0.string ?? "").filter { "01".contains($0) } }
                let drawn = rows.joined()
                let real = octets.map { octet in
                    let digits = String(octet, radix: 2)
                    return String(repeating: "0", count: 8 - digits.count) + digits
                }.joined()
                #expect(drawn == real)
                #expect(rows.dropLast().allSatisfy { $0.count == 32 })

                let fields = segment["fields"].elements
                #expect(fields.allSatisfy { $0["name"].string?.isEmpty == false && ($0["bitLength"].int ?? 0) > 0 })
                let sequence = fields.first { $0["value"].int == Self.initialSequence + 1 }
                // Behind an IPv4 header of 20 octets and the two ports.
                #expect(sequence?["bitOffset"] == 192)
                #expect(sequence?["bitLength"] == 32)

                let decoded = try service.post("/v1/segments/decode", ["hex": segment["hex"]])
                #expect(decoded.status == 200, "\(decoded)")
                #expect(decoded.json["tcp"]["sequence"].int == Self.initialSequence + 1)
            }
        }

        @Test func theLogTellsAFollowerWhenSomethingComes() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try service.connect(to: server.port)
                let next = try #require(try service.get("/v1/segments").json["next"].int)
                let empty = try service.get("/v1/segments?after=\(next)").json
                #expect(empty["segments"] == [])
                #expect(empty["next"].int == next)

                let page = try inParallel(
                    { try service.get("/v1/segments?after=\(next)&wait=10s").json },
                    { _ = try service.post("\(connection)/send", ["hex": "00ff1b"]) })
                #expect(page["segments"][0]["number"].int == next + 1)

                // A peer, or a user, must not drive anyone's terminal.
                _ = try service.get("\(connection)/received?minimum=3&wait=5s")
                let text = try service.get("/v1/segments?format=text&payload=text").text
                #expect(text.utf8.allSatisfy { $0 == 0x0a || (0x20..<0x7f).contains($0) })
            }
        }

        /// The job up to TIME-WAIT; returns the connection's path.
        private static func talk(
            to server: EchoServer, over service: Service, initialSequence: Int
        ) throws -> String {
            let connection = try service.connect(
                to: server.port, ["initialSequence": .number(Double(initialSequence))])
            #expect(try service.post("\(connection)/send", ["text": "hello raw"]).status == 200)
            #expect(try service.get("\(connection)/received?minimum=9&wait=5s").text == "hello raw")
            #expect(try service.post("\(connection)/close").status == 200)
            #expect(try service.get("\(connection)?wait=state:TIME-WAIT&timeout=5s").json["state"] == "TIME-WAIT")
            return connection
        }

        private static func octets(ofHex text: String) -> [UInt8]? {
            let digits = text.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
            guard digits.count.isMultiple(of: 2) else { return nil }
            return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }
    }
}
