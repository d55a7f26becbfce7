import Engine
import Testing

/// RFC 9293 §3.6.1 and §3.10.7.4, RFC 1337, RFC 6191.
@Suite struct CoreTimeWaitTests {
    private let tuple = FourTuple(local: Script.local, remote: Script.remote)

    @Test("RFC 9293 MUST-13: TIME-WAIT lasts 2 MSL, which can be set", arguments: [0, 1, 120])
    func durationIsConfigurable(seconds: Int64) throws {
        var host = try Script(.timeWait) { $0.options.timeWait = .seconds(seconds) }
        if seconds > 0 {
            host.advance(.seconds(seconds) - .milliseconds(1))
            host.expectState(.timeWait)
        }
        host.advance(.milliseconds(1))
        host.expectState(.closed, because: .normal)
    }

    @Test("RFC 1337: a RST does not end TIME-WAIT")
    func resetIsIgnoredByDefault() throws {
        var host = try Script(.timeWait)
        host.peer(.rst, seq: 1)
        host.expectState(.timeWait)
        try host.expectNothing()
    }

    @Test("RFC 9293 §3.10.7.4: where asked for, an exact RST ends TIME-WAIT")
    func exactResetEndsTimeWaitWhereAskedFor() throws {
        var host = try Script(.timeWait) { $0.options.timeWaitReset = .close }
        host.peer(.rst, seq: 5)
        host.expectState(.timeWait)
        host.peer(.rst, seq: 1)
        host.expectVerdict(.accepted, .second)
        host.expectState(.closed, because: .normal)
        #expect(host.stack.isFree(tuple))
    }

    @Test("RFC 9293 §3.10.5: ABORT deletes the TCB in TIME-WAIT, and the port is free")
    func abortEndsTimeWait() throws {
        var host = try Script(.timeWait)
        host.abort()
        host.expectState(.closed, because: .normal)
        try host.expectNothing()
        #expect(host.stack.isFree(tuple) && host.stack.timeWaitIDs.isEmpty)
    }

    // MARK: Reuse by the peer

    /// A listener's connection that we closed first.
    private func served(timestamps: Bool = false) throws -> Script {
        var host = try Script(.listen) { setup in
            setup.options.timestamps = timestamps
            if timestamps { setup.peerOptions.append(.timestamps(value: 0, echo: 0)) }
        }
        host.peerSYN()
        try host.expect([.syn, .ack])
        host.peer(.ack, ack: 0)
        host.close()
        try host.expect([.fin, .ack], seq: 0)
        host.peer([.fin, .ack], ack: 1)
        try host.expect(.ack, ack: 1)
        host.expectState(.timeWait)
        return host
    }

    @Test("RFC 9293 MAY-2: a SYN with a newer sequence number opens a new connection, which starts beyond the old one")
    func newerSequenceReopens() throws {
        var host = try served()
        host.peer(.syn, seq: 100_000, options: [.maximumSegmentSize(1_000)])
        host.expectVerdict(.accepted, .listenThird)
        let answer = try host.expect([.syn, .ack], ack: 100_001)
        #expect(answer.header.sequence > Script.iss + 2)
        #expect(try host.stack.connection(ConnectionID(rawValue: 2)).state == .synReceived)
        host.expectState(.closed, because: .normal)
    }

    @Test func anOlderSequenceOnlyEarnsAnAck() throws {
        var host = try served()
        host.peer(.syn, seq: -500)
        try host.expect(.ack, seq: 1, ack: 1)
        host.expectState(.timeWait)
    }

    @Test("RFC 9293 SHLD-4, RFC 6191: a newer timestamp reopens, whatever the sequence number")
    func newerTimestampReopens() throws {
        var host = try served(timestamps: true)
        host.peerClock &+= 1
        host.peer(.syn, seq: -5_000)
        try host.expect([.syn, .ack])
        host.expectState(.closed, because: .normal)
    }

    @Test("RFC 6191: an older timestamp does not reopen, though the sequence number is newer")
    func olderTimestampDoesNotReopen() throws {
        var host = try served(timestamps: true)
        host.peerClock &-= 1
        host.peer(.syn, seq: 100_000)
        try host.expect(.ack, seq: 1, ack: 1)
        host.expectState(.timeWait)
    }

    @Test func withoutAListenerASynIsChallenged() throws {
        var host = try Script(.timeWait)
        host.peer(.syn, seq: 100_000)
        host.expectVerdict(.outOfWindow, .fourth)
        try host.expect(.ack, seq: 1, ack: 1, cause: .challengeAck)
        host.expectState(.timeWait)
    }

    // MARK: Reuse by ourselves

    private func ended(timestamps: Bool = true) throws -> Script {
        try Script(.timeWait) { setup in
            setup.options.timestamps = timestamps
            if timestamps { setup.peerOptions.append(.timestamps(value: 0, echo: 0)) }
        }
    }

    private func reopening(_ host: Script) -> OpenRequest {
        var request = OpenRequest(remote: Script.remote)
        request.options = host.setup.options
        request.options.reuseTimeWait = true
        return request
    }

    @Test("RFC 6191: where asked for, an active open takes its name over from TIME-WAIT")
    func activeReuse() throws {
        var host = try ended()
        host.advance(.seconds(Int64(2)))
        _ = try host.stack.open(reopening(host), tuple: tuple, routeMTU: 1_500, at: host.now)
        #expect(try host.expect(.syn).header.sequence > Script.iss + 2)
        host.expectState(.closed, because: .normal)
    }

    @Test(arguments: [(timestamps: false, seconds: 2), (timestamps: true, seconds: 0)])
    func activeReuseNeedsTimestampsThatTellTheTwoApart(timestamps: Bool, seconds: Int64) throws {
        var host = try ended(timestamps: timestamps)
        host.advance(.seconds(seconds))
        #expect(throws: StackError.self) {
            try host.stack.open(reopening(host), tuple: tuple, routeMTU: 1_500, at: host.now)
        }
        host.expectState(.timeWait)
    }
}
