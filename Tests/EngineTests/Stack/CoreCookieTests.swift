import Engine
import Testing

/// SYN cookies (RFC 4987 §3.6), and what the peer's timestamps let them keep.
@Suite struct CoreCookieTests {
    private static let offer: [TCPOption] = [.maximumSegmentSize(1_460), .timestamps(value: 0, echo: 0)]

    /// A listener whose backlog is full from the start, and a peer whose SYN has these options.
    private func host(_ peerOptions: [TCPOption]) -> Script {
        var setup = Script.Setup()
        setup.options.timestamps = true
        setup.options.windowScale = 7
        setup.options.sack = true
        setup.peerOptions = peerOptions
        var host = Script(setup)
        host.listen(backlog: 0)
        return host
    }

    /// Lets the peer acknowledge the cookie that `synAck` is, with an echo of its TSval or of none.
    private func acknowledge(
        _ synAck: SentSegmentView, _ host: inout Script, withTimestamps: Bool = true, text: [UInt8] = []
    ) {
        var answer = Script.packet(.ack, seq: 0)
        answer.payload = text
        answer.tcp.acknowledgment = synAck.header.sequence + 1
        answer.tcp.window = 500
        if withTimestamps, let sent = synAck.timestamps {
            answer.tcp.options = TCPOption.encode([
                .noOperation, .noOperation, .timestamps(value: host.peerClock, echo: sent.value),
            ])
        }
        host.deliver(answer.octets)
    }

    @Test(
        "a cookie keeps every shift and SACK through the timestamps", arguments: 0...14 as ClosedRange<UInt8>,
        [true, false])
    func timestampsKeepWhatTheCookieCannot(shift: UInt8, sack: Bool) throws {
        var host = host(Self.offer + [.windowScale(shift)] + (sack ? [.sackPermitted] : []))
        host.peerSYN()
        let synAck = try host.expect([.syn, .ack], ack: 0)
        #expect(synAck.options.contains(.windowScale(7)))
        #expect(synAck.options.contains(.sackPermitted) == sack)
        #expect(synAck.timestamps?.echo == host.peerClock)
        #expect(host.stack.openCount == 0)
        acknowledge(synAck, &host)
        host.expectState(.established)
        let snapshot = try #require(host.connection?.snapshot)
        #expect(snapshot.negotiated.windowScale && snapshot.negotiated.timestamps && snapshot.negotiated.sack == sack)
        #expect(snapshot.mss == 1_460)
        #expect(snapshot.send.wnd == 500 << Int(shift))
    }

    @Test("a listener that begins with a number of its user's sends no cookie, and answers once there is room")
    func aChosenNumberIsNoCookie() throws {
        var host = host(Self.offer)
        let listener = try #require(host.stack.allListeners.first).id
        host.stack.update(listener) { $0.initialSequence = SequenceNumber(19_890_602) }
        host.peerSYN()
        #expect(try host.next() == nil)
        #expect(host.stack.counters.limits.halfOpen == 1 && host.stack.counters.cookiesSent == 0)
        host.stack.update(listener) { $0.backlog = 1 }
        host.peerSYN()
        #expect(try host.expect([.syn, .ack], ack: 0).header.sequence == SequenceNumber(19_890_602))
    }

    @Test("who wants no cookies lets a SYN without room come again, and who wants nothing else keeps no SYN")
    func whenCookiesAnswerIsAHabit() throws {
        var host = host(Self.offer)
        let listener = try #require(host.stack.allListeners.first).id
        host.stack.update(listener) { $0.options.habits.synCookies = .never }
        host.peerSYN()
        #expect(try host.next() == nil)
        host.stack.update(listener) { listener in
            listener.options.habits.synCookies = .always
            listener.backlog = 8
        }
        host.peerSYN()
        let synAck = try host.expect([.syn, .ack], ack: 0)
        #expect(host.stack.openCount == 0 && host.stack.counters.cookiesSent == 1)
        acknowledge(synAck, &host)
        host.expectState(.established)
    }

    @Test func whatThePeerDidNotOfferIsNotRemembered() throws {
        var host = host(Self.offer)
        host.peerSYN()
        let synAck = try host.expect([.syn, .ack], ack: 0)
        #expect(!synAck.options.contains { $0.kind == 3 || $0.kind == 4 })
        acknowledge(synAck, &host)
        let negotiated = try #require(host.connection?.snapshot.negotiated)
        #expect(negotiated.timestamps && !negotiated.windowScale && !negotiated.sack)
    }

    @Test func withoutTimestampsOnlyTheSegmentSizeIsKept() throws {
        var host = host([.maximumSegmentSize(1_460), .windowScale(9), .sackPermitted])
        host.peerSYN()
        let synAck = try host.expect([.syn, .ack], ack: 0)
        #expect(synAck.options == [.maximumSegmentSize(1_460)])
        acknowledge(synAck, &host)
        let snapshot = try #require(host.connection?.snapshot)
        #expect(!snapshot.negotiated.windowScale && !snapshot.negotiated.sack && !snapshot.negotiated.timestamps)
        #expect(snapshot.send.wnd == 500 && snapshot.mss == 1_460)
    }

    @Test("an ACK without the timestamps that the SYN,ACK agreed to begins a connection without them")
    func lostTimestampsLoseTheRest() throws {
        var host = host(Self.offer + [.windowScale(9), .sackPermitted])
        host.peerSYN()
        acknowledge(try host.expect([.syn, .ack], ack: 0), &host, withTimestamps: false)
        host.expectState(.established)
        let negotiated = try #require(host.connection?.snapshot.negotiated)
        #expect(!negotiated.windowScale && !negotiated.sack && !negotiated.timestamps)
    }

    @Test("the TSval that carries a cookie's options lies at most 64 ms back, and later ones are not older")
    func theClockDoesNotGoBack() throws {
        for wait in 0..<70 {
            var host = host(Self.offer + [.windowScale(14), .sackPermitted])
            host.advance(.milliseconds(Int64(wait)))
            host.peerSYN()
            let synAck = try host.expect([.syn, .ack], ack: 0)
            acknowledge(synAck, &host)
            acknowledge(synAck, &host, text: [1])
            host.advance(.milliseconds(Int64(50)))
            let first = try #require(synAck.timestamps).value
            let second = try #require(try host.next()?.timestamps).value
            #expect(Int32(bitPattern: second &- first) >= 0 && second &- first <= 64 + 50, "\(wait)")
        }
    }
}
