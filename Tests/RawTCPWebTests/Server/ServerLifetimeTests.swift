import Foundation
import RawTCPWeb
import TestSupport
import Testing

/// Timeouts, clients that go away, and the server's own end.
@Suite struct ServerLifetimeTests {
    private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    @Test func idleConnectionsAreClosedWithoutAWord() async throws {
        try await withServer(limits: limits { $0.idleTimeout = .milliseconds(50) }) { port, _ in
            let fresh = try await ServerClient.talk(port: port, "")
            #expect(fresh.octets.isEmpty && fresh.ending == .closed)
        }
        // Long enough for a request to come before it is over, however busy the host is.
        try await withServer(limits: limits { $0.idleTimeout = .seconds(2) }) { port, _ in
            let used = try await ServerClient.talk(port: port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(used.statuses == [200] && used.ending == .closed)
        }
    }

    @Test func slowHeadsAreRefusedHoweverTheyTrickle() async throws {
        try await withServer(limits: limits { $0.headTimeout = .milliseconds(200) }) { port, _ in
            let transcript = try await onThread {
                let client = try ServerClient(port: port)
                defer { client.close() }
                client.send("GET / HTTP/1.1\r\n")
                var readable = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
                while poll(&readable, 1, 10) == 0 { client.send("a: b\r\n") }
                return client.readToEnd()
            }
            #expect(transcript.statuses == [408])
        }
    }

    @Test func slowContentTimesOut() async throws {
        try await withServer(limits: limits { $0.bodyTimeout = .milliseconds(50) }) { port, _ in
            let transcript = try await ServerClient.talk(
                port: port, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
            #expect(transcript.statuses == [408])
            #expect(transcript.ending == .closed)
        }
    }

    /// `/echo` holds the content until it is complete.
    @Test func slowContentTimesOutHoweverItTrickles() async throws {
        try await withServer(limits: limits { $0.bodyTimeout = .milliseconds(200) }) { port, _ in
            let transcript = try await onThread {
                let client = try ServerClient(port: port)
                defer { client.close() }
                client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
                var rounds = 0
                var readable = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
                while rounds < 2_000, poll(&readable, 1, 10) == 0 {
                    client.send("x")
                    rounds += 1
                }
                return (rounds: rounds, answer: client.readToEnd())
            }
            #expect(transcript.rounds < 2_000, "the server gives up before the client does")
            #expect(transcript.answer.statuses == [408])
        }
    }

    @Test func clientsThatDoNotReadAreCut() async throws {
        let handler = ServerTestHandler()
        try await withServer(handler, limits: limits { $0.writeTimeout = .milliseconds(100) }) { port, _ in
            let client = try ServerClient(port: port)
            defer { client.close() }
            client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            await handler.events.waitFor("stream ended")
        }
    }

    @Test(
        "a reset cancels the handler at once, behind content that nobody reads as well",
        arguments: [
            "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nsome of it",
        ])
    func aResetCancelsTheHandler(request: String) async throws {
        let handler = ServerTestHandler()
        try await withServer(handler, limits: limits { $0.halfCloseGrace = .seconds(3600) }) { port, _ in
            let client = try ServerClient(port: port)
            client.send(request)
            await handler.events.waitFor("waiting")
            client.reset()
            await handler.events.waitFor("cancelled")
        }
    }

    @Test func afterAnEOFTheHandlerHasAGrace() async throws {
        let handler = ServerTestHandler()
        // Each exchange has it: the quick one must be over before.
        try await withServer(handler, limits: limits { $0.halfCloseGrace = .seconds(2) }) { port, _ in
            let transcript = try await onThread {
                let client = try ServerClient(port: port)
                defer { client.close() }
                client.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\nGET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
                client.endSending()
                return client.readToEnd()
            }
            #expect(transcript.statuses == [200, 200])
            #expect(await handler.events.all == ["waiting", "cancelled"])
        }
    }

    @Test func aStreamEndsWhenItsReaderGoes() async throws {
        let handler = ServerTestHandler()
        try await withServer(handler) { port, _ in
            let client = try ServerClient(port: port)
            client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await onThread { client.read(through: "....").octets.count }
            client.close()
            await handler.events.waitFor("stream ended")
        }
    }

    @Test func stoppingClosesIdleConnectionsAndFinishesRunningExchanges() async throws {
        let handler = ServerTestHandler()
        try await withServer(handler) { port, server in
            let idle = try ServerClient(port: port)
            idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await onThread { idle.read(answers: 1).count } == 1)
            let busy = try ServerClient(port: port)
            busy.send("POST /stall HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
            await handler.events.waitFor("stalled")
            async let stopped: Void = server.stop(patience: .seconds(60))
            let idleEnd = try await onThread { idle.readToEnd() }
            #expect(idleEnd.octets.isEmpty && idleEnd.ending == .closed)
            #expect(throws: (any Error).self) { try ServerClient(port: port) }
            await handler.events.add("go on")
            busy.send("b")
            let busyEnd = try await onThread { busy.readToEnd() }
            #expect(busyEnd.answers().map(\.text) == ["2"])
            #expect(busyEnd.answers().first?.fields["connection"] == "close")
            await stopped
            idle.close()
            busy.close()
        }
    }

    @Test func stoppingCutsWhatOutlastsItsPatience() async throws {
        let handler = ServerTestHandler()
        try await withServer(handler) { port, server in
            let client = try ServerClient(port: port)
            client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            await handler.events.waitFor("waiting")
            await server.stop(patience: .milliseconds(20))
            await handler.events.waitFor("cancelled")
            let end = try await onThread { client.readToEnd() }
            #expect(end.octets.isEmpty && end.ending != .silent)
            client.close()
        }
    }

    @Test func manyConnectionsAtOnceAreAllAnswered() async throws {
        try await withServer { port, server in
            let clients = try (0..<300).map { _ in try ServerClient(port: port) }
            clients.forEach { $0.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n") }
            let answers = try await onThread { clients.flatMap { $0.read(answers: 1) } }
            #expect(answers.count == 300)
            #expect(await server.connectionCount == 300)
            clients.forEach { $0.close() }
        }
    }

    @Test func fastStreamsLeaveRoomForOthers() async throws {
        try await withServer { port, _ in
            let streams = try (0..<8).map { _ in try ServerClient(port: port) }
            let reading = Task {
                await withTaskGroup { group in
                    for stream in streams {
                        group.addTask { _ = try? await onThread { stream.discardToEnd() } }
                    }
                }
            }
            streams.forEach { $0.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n") }
            let answers = try await ServerClient.talk(port: port, "GET / HTTP/1.0\r\n\r\n").answers()
            #expect(answers.count == 1)
            streams.forEach { $0.endBoth() }
            await reading.value
            streams.forEach { $0.close() }
        }
    }

    @Test func stoppingDoesNotWaitForARequestThatHasOnlyBegun() async throws {
        try await withServer(limits: limits { $0.lingerTimeout = .seconds(3600) }) { port, server in
            let client = try ServerClient(port: port)
            client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTT")
            #expect(try await onThread { client.read(answers: 1).count } == 1)
            await server.stop(patience: .seconds(3600))
            #expect(try await onThread { client.readToEnd() }.octets.isEmpty)
            client.close()
        }
    }

    @Test(arguments: [("127.0.0.1", AF_INET, "127.0.0.1:"), ("::1", AF_INET6, "[::1]:")])
    func clientsAreKnownByTheirAddress(address: String, family: Int32, prefix: String) async throws {
        try await withServer(address: address) { port, _ in
            let text = try await onThread {
                let client = try ServerClient(port: port, family: family)
                defer { client.close() }
                client.send("GET /client HTTP/1.1\r\nHost: a\r\n\r\n")
                return client.read(answers: 1).first?.text
            }
            #expect(text?.hasPrefix(prefix) == true && text?.hasSuffix(" true") == true, "\(text ?? "nothing")")
        }
    }

    @Test func beyondTheLimitConnectionsWaitInTheBacklog() async throws {
        var limits = HTTPLimits()
        limits.connections = 1
        // The first is told that there are too many, and must not make room before it closes.
        limits.lingerTimeout = .seconds(3600)
        try await withServer(limits: limits) { port, _ in
            let first = try ServerClient(port: port)
            first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await onThread { first.read(answers: 1).count } == 1)
            let second = try ServerClient(port: port)
            second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await onThread { second.read(answers: 1, patience: 0.05).isEmpty })
            first.close()
            let answers = try await onThread { second.read(answers: 1) }
            #expect(answers.count == 1)
            second.close()
        }
    }

    @Test func aPortInUseIsSaidSo() async throws {
        try await withServer { port, _ in
            let other = try HTTPServer(address: "127.0.0.1", port: port, handler: ServerTestHandler())
            let error = await #expect(throws: ServerError.self) { try await other.start() }
            #expect(error?.isAddressInUse == true)
        }
    }
}

extension ServerClient {
    /// Reads and drops until the connection ends.
    fileprivate func discardToEnd() {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while recv(descriptor, &buffer, buffer.count, 0) > 0 {}
    }

    fileprivate func endBoth() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
