import Foundation
import RawTCPWeb
import TestSupport
import Testing

/// Requests with content: continuation, limits, back-pressure and what handlers leave unread.
@Suite struct ServerContentTests {
    private static let close = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test func continueIsSentWhenTheHandlerAsksForContent() async throws {
        try await withServer { port, _ in
            let transcript = try await onThread {
                let client = try ServerClient(port: port)
                defer { client.close() }
                client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n")
                let interim = client.read(through: "\r\n\r\n")
                client.send("hello" + Self.close)
                return (interim: interim, rest: client.readToEnd())
            }
            #expect(transcript.interim.octets == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            #expect(transcript.rest.answers().map(\.text) == ["hello", "GET a /last []\n"])
        }
    }

    @Test func withoutContinueTheConnectionEnds() async throws {
        try await withServer { port, _ in
            let request = "POST /ignore HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
            let transcript = try await ServerClient.talk(port: port, request)
            #expect(transcript.statuses == [200])
            #expect(transcript.answers().first?.fields["connection"] == "close")
            #expect(transcript.ending == .closed)
        }
    }

    @Test func contentBeyondTheHandlersLimitIsRefusedUnread() async throws {
        try await withServer { port, _ in
            let transcript = try await ServerClient.talk(
                port: port, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n")
            #expect(transcript.statuses == [413])
            #expect(transcript.ending == .closed)
        }
    }

    @Test(arguments: ["Content-Length: 4194304\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n400000\r\n"])
    func answersSurviveContentThatNobodyWanted(framing: String) async throws {
        try await withServer { port, _ in
            let content = [UInt8](repeating: 120, count: 4 << 20)
            let transcript = try await ServerClient.talk(
                port: port, [Array("POST /echo HTTP/1.1\r\nHost: a\r\n\(framing)".utf8), content])
            #expect(transcript.statuses == [413])
        }
    }

    @Test func aLittleUnreadContentIsDrained() async throws {
        try await withServer { port, _ in
            let head = "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n"
            let content = [UInt8](repeating: 120, count: 65_536)
            let transcript = try await ServerClient.talk(
                port: port, [Array(head.utf8), content, Array(Self.close.utf8)])
            #expect(transcript.statuses == [200, 200])
        }
    }

    @Test func muchUnreadContentEndsTheConnection() async throws {
        try await withServer { port, _ in
            let head = "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"
            let content = [UInt8](repeating: 120, count: 65_537)
            let transcript = try await ServerClient.talk(
                port: port, [Array(head.utf8), content, Array(Self.close.utf8)])
            #expect(transcript.statuses == [200])
            #expect(transcript.answers().first?.fields["connection"] == "close")
        }
    }

    @Test func nothingIsReadUntilTheHandlerAsks() async throws {
        let handler = ServerTestHandler()
        try await withServer(handler) { port, _ in
            let total = 64 << 20
            async let answer = onThread {
                let client = try ServerClient(port: port)
                defer { client.close() }
                client.send("POST /stall HTTP/1.1\r\nHost: a\r\nContent-Length: \(total)\r\n\r\n")
                client.send([1])
                let waiting = DispatchSemaphore(value: 0)
                Task {
                    await handler.events.waitFor("stalled")
                    waiting.signal()
                }
                waiting.wait()
                let taken = client.sendWithoutWaiting(limit: total - 1)
                Task { await handler.events.add("go on") }
                client.send([UInt8](repeating: 2, count: total - 1 - taken))
                return (taken: taken, answer: client.read(answers: 1))
            }
            let result = try await answer
            #expect(result.taken < total / 2, "the kernel's buffers are full, and the server takes nothing out")
            #expect(result.answer.first?.text == "\(total)")
        }
    }

    @Test func truncatedContentIsNoticed() async throws {
        let handler = ServerTestHandler()
        try await withServer(handler) { port, _ in
            _ = try await onThread {
                let client = try ServerClient(port: port)
                defer { client.close() }
                client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
                client.endSending()
                return client.readToEnd()
            }
            await handler.events.waitFor("disconnected")
        }
    }
}

extension ServerClient {
    /// Sends until the server's and the kernel's buffers are full. Returns how many octets were taken.
    fileprivate func sendWithoutWaiting(limit: Int) -> Int {
        let piece = [UInt8](repeating: 2, count: 65_536)
        var taken = 0
        var rounds = 0
        while taken < limit, rounds < 50 {
            let count = Foundation.send(
                descriptor, piece, min(piece.count, limit - taken), Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            if count > 0 {
                (taken, rounds) = (taken + count, 0)
            } else {
                rounds += 1
                var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&writable, 1, 2)
            }
        }
        return taken
    }
}
