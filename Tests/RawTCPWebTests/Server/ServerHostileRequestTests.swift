import RawTCPWeb
import TestSupport
import Testing

/// Every hostile request against a real server: the right answers, their number, and the right end.
@Suite struct ServerHostileRequestTests {
    private static let probe = "GET /probe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test(arguments: HTTPHostileRequest.all)
    func hostileRequestsGetWhatTheyDeserve(request: HTTPHostileRequest) async throws {
        try await withServer { port, _ in
            // A request that is cut off has nothing behind it: the probe would complete it.
            let isCut = request.name == "cut in the middle"
            let octets = request.octets + Array((isCut ? "" : Self.probe).utf8)
            let transcript = try await onThread {
                let client = try ServerClient(port: port)
                defer { client.close() }
                client.send(octets)
                if isCut { client.endSending() }
                return client.readToEnd()
            }
            let answers = transcript.answers()
            #expect(transcript.ending == .closed)
            switch request.fate {
            case .keeps:
                #expect(answers.map(\.status) == request.statuses + [200])
                #expect(answers.last?.text == "GET a /probe []\n")
            case .closes:
                #expect(answers.map(\.status) == request.statuses)
                #expect(answers.last?.fields["connection"] == "close")
                #expect(!answers.contains { $0.text.contains("/probe") })
            }
        }
    }

    @Test func theTableIsLongEnough() { #expect(HTTPHostileRequest.all.count >= 60) }
}
