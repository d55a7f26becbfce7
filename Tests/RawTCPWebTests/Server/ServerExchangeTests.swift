import Foundation
import RawTCPWeb
import TestSupport
import Testing

/// Exchanges with a real server on loopback.
@Suite struct ServerExchangeTests {
    private static let close = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test func everyAnswerCarriesDateServerAndRequestId() async throws {
        try await withServer { port, _ in
            let answer = try #require(try await ServerClient.talk(port: port, Self.close).answers().first)
            #expect(answer.status == 200)
            #expect(answer.fields["server"] == "rawtcpweb/1.2.3")
            #expect(answer.fields["date"].flatMap { HTTPDate($0) } != nil)
            #expect(answer.fields["request-id"]?.isEmpty == false)
            #expect(answer.fields["connection"] == "close")
            #expect(answer.text == "GET a /last []\n")
        }
    }

    @Test(arguments: [("abc.DEF_1-9", true), ("", false), ("a b", false), (String(repeating: "x", count: 65), false)])
    func wellFormedRequestIdsAreKept(id: String, isKept: Bool) async throws {
        try await withServer { port, _ in
            let request = "GET / HTTP/1.1\r\nHost: a\r\nRequest-Id: \(id)\r\nConnection: close\r\n\r\n"
            let answer = try #require(try await ServerClient.talk(port: port, request).answers().first)
            #expect((answer.fields["request-id"] == id) == isKept)
        }
    }

    @Test func connectionsAreKeptAlive() async throws {
        try await withServer { port, server in
            let answers = try await onThread {
                let client = try ServerClient(port: port)
                defer { client.close() }
                return (1...3).flatMap { number in
                    client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                    return client.read(answers: 1)
                }
            }
            #expect(answers.map(\.text) == ["GET a /1 []\n", "GET a /2 []\n", "GET a /3 []\n"])
            #expect(answers.allSatisfy { $0.fields["connection"] == nil })
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer { port, _ in
            let requests = (1...200).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined() + Self.close
            let answers = try await ServerClient.talk(port: port, requests).answers()
            #expect(answers.map(\.text) == (1...200).map { "GET a /\($0) []\n" } + ["GET a /last []\n"])
        }
    }

    @Test func pipelinedContentsDoNotRunIntoEachOther() async throws {
        try await withServer { port, _ in
            let requests =
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                + "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nGET / H" + Self.close
            let answers = try await ServerClient.talk(port: port, requests).answers()
            #expect(answers.map(\.text) == ["hello", "abc", "ignored", "GET a /last []\n"])
        }
    }

    @Test func chunkedContentArrivesWholeHoweverItIsCut() async throws {
        try await withServer { port, _ in
            let request =
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n"
                + "5;name=value\r\nhello\r\n1 ;x\r\n \r\n005\r\nworld\r\n0\r\nTrailer: dropped\r\n\r\n"
            let transcript = try await ServerClient.talk(port: port, request.utf8.map { [$0] })
            #expect(transcript.answers().map(\.text) == ["hello world"])
            #expect(transcript.ending == .closed)
        }
    }

    @Test func streamedAnswersAreChunked() async throws {
        try await withServer { port, _ in
            let request = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n" + Self.close
            let answers = try await ServerClient.talk(port: port, request).answers()
            #expect(answers.first?.fields["transfer-encoding"] == "chunked")
            #expect(answers.first?.text == (1...5).map { "line \($0)\n" }.joined())
            #expect(answers.count == 2)
        }
    }

    @Test func streamedAnswersToHTTP10EndWithTheConnection() async throws {
        try await withServer { port, _ in
            let transcript = try await ServerClient.talk(
                port: port, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try #require(transcript.answers().first)
            #expect(answer.fields["transfer-encoding"] == nil)
            #expect(answer.fields["connection"] == "close")
            #expect(answer.text == (1...5).map { "line \($0)\n" }.joined())
            #expect(transcript.ending == .closed)
        }
    }

    @Test func http10IsKeptAliveOnlyIfAsked() async throws {
        try await withServer { port, _ in
            let asked = "GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n"
            let answers = try await ServerClient.talk(port: port, asked).answers()
            #expect(answers.map { $0.fields["connection"] } == ["keep-alive", "close"])
        }
    }

    @Test func streamsOfDeclaredLengthMustKeepTheirWord() async throws {
        try await withServer { port, _ in
            let kept = try await ServerClient.talk(
                port: port, "GET /declared?give=10 HTTP/1.1\r\nHost: a\r\n\r\n" + Self.close)
            #expect(kept.answers().map(\.content.count) == [10, 15])
            for count in [9, 11] {
                let broken = try await ServerClient.talk(
                    port: port, "GET /declared?give=\(count) HTTP/1.1\r\nHost: a\r\n\r\n" + Self.close)
                #expect(broken.answers().isEmpty)
                #expect(broken.ending != .silent)
            }
        }
    }

    @Test func brokenStreamsNeverLookComplete() async throws {
        try await withServer { port, _ in
            let chunked = try await ServerClient.talk(port: port, "GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(chunked.answers().isEmpty)
            #expect(!String(decoding: chunked.octets, as: UTF8.self).hasSuffix("0\r\n\r\n"))
            let old = try await ServerClient.talk(port: port, "GET /broken HTTP/1.0\r\n\r\n")
            #expect(old.ending == .reset)
        }
    }

    @Test func headIsGetWithoutContent() async throws {
        try await withServer { port, _ in
            let requests =
                "HEAD /declared HTTP/1.1\r\nHost: a\r\n\r\nHEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"
                + "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + Self.close
            let answers = try await ServerClient.talk(port: port, requests).answers(heads: [0, 1, 2])
            #expect(answers.map { $0.fields["content-length"] } == ["10", "13", nil, "15"])
            #expect(answers.map(\.content.count) == [0, 0, 0, 15])
        }
    }

    @Test func noContentHasNeitherContentNorLength() async throws {
        try await withServer { port, _ in
            let answers = try await ServerClient.talk(
                port: port, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n" + Self.close
            ).answers()
            #expect(answers.map(\.status) == [204, 200])
            #expect(answers[0].fields["content-length"] == nil)
            #expect(answers[0].fields["transfer-encoding"] == nil)
        }
    }

    @Test func largeAnswersArriveWhole() async throws {
        try await withServer { port, _ in
            let answer = try await ServerClient.talk(
                port: port, "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            ).answers().first
            #expect(answer?.content.count == 8 << 20)
        }
    }

    @Test func absoluteTargetsOverruleHost() async throws {
        try await withServer { port, _ in
            let request = "GET HTTP://real:80/p?q=1+2&q=%33 HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n\r\n"
            let answer = try await ServerClient.talk(port: port, request).answers().first
            #expect(answer?.text == "GET real:80 /p [q=1 2&q=3]\n")
        }
    }
}
