import Engine
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The time series of a connection: `GET /v1/connections/{id}/history`.
    @Suite struct History {
        private static let columns: JSON = ["elapsed", "cwnd", "ssthresh", "srtt", "rto", "inflight", "snd_wnd"]

        /// A connection that has sent so many octets, and has heard the last of them back: nothing more comes then.
        private static func afterSending(_ count: Int, _ body: (Service, String) throws -> Void) throws {
            let server = try EchoServer()
            try Service.run { service in
                // Short segments: more acknowledgments than the history has rows.
                let connection = try service.connect(to: server.port, ["mss": 536, "autoRelease": true])
                var random = SplitMix64(seed: 7)
                _ = try service.post("\(connection)/send?timeout=60s", octets: random.octets(count))
                // The window that the peer opens while it reads makes rows, too.
                let isQuiet = try service.waits {
                    try service.get(connection).json["counters"]["bytesReceived"].int == count
                }
                #expect(isQuiet)
                try body(service, "\(connection)/history")
            }
        }

        @Test func everyColumnIsShownUnlessSomeAreAskedFor() throws {
            try Self.afterSending(100_000) { service, history in
                let all = try service.get(history).json
                #expect(all["fields"] == Self.columns)
                #expect(!all["rows"].elements.isEmpty)
                #expect(all["rows"].elements.allSatisfy { $0.elements.count == 7 })
                let some = try service.get("\(history)?fields=inflight,cwnd").json
                #expect(some["fields"] == ["elapsed", "inflight", "cwnd"])
                #expect(some["rows"].elements.allSatisfy { $0.elements.count == 3 })
                // Ten segments of the MSS, as RFC 6928 §2 has it.
                #expect(some["rows"][0][2].int ?? 0 >= 5_360)
            }
        }

        @Test func timeNeverRunsBackAndNoRowRepeatsTheOneBefore() throws {
            try Self.afterSending(1 << 20) { service, history in
                let rows = try service.get(history).json["rows"].elements.map(\.elements)
                for (row, next) in zip(rows, rows.dropFirst()) {
                    #expect(row[0].number ?? 0 <= next[0].number ?? 0)
                    #expect(row.dropFirst() != next.dropFirst())
                }
            }
        }

        @Test func aReaderGoesOnWhereItStopped() throws {
            try Self.afterSending(100_000) { service, history in
                let all = try service.get(history).json
                let newest = try #require(all["next"].int)
                #expect(all["rows"].elements.count == newest)
                let tail = try service.get("\(history)?after=\(newest - 2)").json
                #expect(tail["rows"].elements == Array(all["rows"].elements.suffix(2)))
                let nothing = try service.get("\(history)?after=\(newest)").json
                #expect(nothing["rows"] == [] && nothing["next"].int == newest && nothing["evicted"] == 0)
            }
        }

        @Test(arguments: ["fields=cwnd,window", "fields=cwnd,cwnd", "fields=", "after=-1", "after=x", "before=1"])
        func anUnknownColumnOrParameterIsNamed(query: String) throws {
            try Self.afterSending(1) { service, history in
                let answer = try service.get("\(history)?\(query)")
                expectProblem(answer, 422, "invalid-request")
                let name = query.split(separator: "=")[0]
                #expect("\(answer.json["errors"][0])".contains(name), "\(answer)")
                if name == "fields" { #expect(answer.text.contains("cwnd, ssthresh, srtt, rto, inflight, snd_wnd")) }
            }
        }
    }
}

extension JSON {
    fileprivate var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }
}
