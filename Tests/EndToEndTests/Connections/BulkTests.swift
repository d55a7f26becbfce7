import Engine
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Many octets both ways at once, and what happens when nobody reads them.
    @Suite struct Bulk {
        /// Over loopback, where the kernel's segments are up to 64 KiB long.
        @Test(arguments: [1, 64]) func randomMebibytesComeBackEqual(mebibytes: Int) throws {
            let server = try EchoServer()
            try Service.run { service in
                try Self.echo(mebibytes << 20, over: service, through: try service.connect(to: server.port))
            }
        }

        /// A small MSS and a small window: many segments, and a sequence space that wraps on the way.
        @Test func aMebibyteComesBackInSmallSegmentsAcrossTheEndOfSequenceSpace() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try service.connect(
                    to: server.port, ["mss": 1_460, "receiveBuffer": 65_536, "initialSequence": 4_294_900_000])
                try Self.echo(1 << 20, over: service, through: connection)
                let end = try service.get(connection).json
                #expect(end["send"]["una"].int == (4_294_900_001 + 1 << 20) % (1 << 32))
            }
        }

        @Test func anOffsetMakesARetryHarmless() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try service.connect(to: server.port)
                #expect(
                    try service.post("\(connection)/send?offset=0", octets: Array("hello ".utf8)).json["nextOffset"]
                        == 6)
                let retry = try service.post("\(connection)/send?offset=0", octets: Array("hello raw".utf8))
                #expect(retry.json["nextOffset"] == 9, "\(retry)")
                #expect(try service.get("\(connection)/received?minimum=9&wait=5s").text == "hello raw")
                expectProblem(try service.post("\(connection)/send?offset=10", octets: [1]), 409, "offset-gap")
            }
        }

        @Test func readingAgainGivesTheSameOctetsUntilAHigherOffsetReleasesThem() throws {
            let server = try EchoServer()
            try Service.run { service in
                let connection = try service.connect(to: server.port)
                _ = try service.post("\(connection)/send", ["text": "hello raw"])
                #expect(try service.get("\(connection)/received?minimum=9&wait=5s").text == "hello raw")
                #expect(try service.get("\(connection)/received?offset=0").text == "hello raw")
                #expect(try service.get("\(connection)/received?offset=6&release=0").text == "raw")
                #expect(try service.get("\(connection)/received?offset=0").text == "hello raw")
                #expect(try service.get("\(connection)/received?offset=6").text == "raw")
                expectProblem(try service.get("\(connection)/received?offset=0"), 410, "offset-released")
            }
        }

        /// Both windows close, and our probe stands in the peer's; then somebody reads.
        @Test func whatStandsStillFlowsAgainOnceSomebodyReads() throws {
            let network = try NetworkNamespace.withStandardBuffers()
            let server = try EchoServer(in: network)
            try Service.run(in: network) { service in
                let connection = try service.connect(to: server.port, ["receiveBuffer": 65_536])
                var random = SplitMix64(seed: 2)
                let octets = random.octets(32 << 20)
                let stuck = try service.post("\(connection)/send?timeout=2s", octets: octets)
                expectProblem(stuck, 504, "timed-out")
                let accepted = try #require(stuck.json["accepted"].int)
                let isEqual = try service.readAll(accepted, from: connection) == Array(octets.prefix(accepted))
                #expect(isEqual, "\(accepted) octets were accepted")
            }
        }

        @Test func whoeverDoesNotReadIsToldThatTheWindowIsClosed() throws {
            let network = try NetworkNamespace.withStandardBuffers()
            let server = try EchoServer(in: network)
            try Service.run(in: network) { service in
                let connection = try service.connect(
                    to: server.port, ["receiveBuffer": 65_536, "sendBuffer": 262_144])
                var random = SplitMix64(seed: 1)
                let answer = try service.post("\(connection)/send?timeout=2s", octets: random.octets(32 << 20))
                expectProblem(answer, 504, "timed-out")
                #expect(answer.json["detail"].string?.contains("window") == true, "\(answer)")
                let accepted = try #require(answer.json["accepted"].int, "\(answer)")
                #expect((65_536..<(32 << 20)).contains(accepted))
                #expect(answer.json["nextOffset"].int == accepted)
                // The connection goes on: once somebody reads, the octets move again.
                #expect(try service.get("\(connection)/received?minimum=4096&wait=5s").body.count >= 4_096)
                #expect(try service.get(connection).json["state"] == "ESTABLISHED")
                #expect(try service.delete(connection).status == 204)
            }
        }

        /// Sends random octets and reads their echo at the same time.
        private static func echo(_ count: Int, over service: Service, through connection: String) throws {
            let seed = UInt64.random(in: 0...(.max))
            var random = SplitMix64(seed: seed)
            let octets = random.octets(count)
            let echoed = try inParallel(
                { try service.readAll(count, from: connection) },
                {
                    let answer = try service.post("\(connection)/send?timeout=30s", octets: octets)
                    #expect(answer.status == 200, "\(answer)")
                    #expect(answer.json["accepted"].int == count)
                    #expect(answer.json["acked"] != .null)
                })
            // Not compared inside the macro: it would print both.
            let isEqual = echoed == octets
            #expect(isEqual, "seed \(seed): \(echoed.count) octets came back")
        }
    }
}
