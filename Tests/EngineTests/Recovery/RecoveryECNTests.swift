import Engine
import Testing

/// Explicit congestion notification (RFC 3168).
@Suite struct RecoveryECNTests {
    private func negotiated(_ change: (inout Script.Setup) -> Void = { _ in }) throws -> Script {
        var host = Script(setup(change))
        _ = try host.openWithECN()
        host.peerSYN([.ack, .ece])
        try host.expect(.ack, seq: 0)
        return host
    }

    private func setup(_ change: (inout Script.Setup) -> Void = { _ in }) -> Script.Setup {
        var setup = Script.Setup()
        setup.options.ecn = true
        change(&setup)
        return setup
    }

    @Test func offerIsAPairOfFlagsAndItsAnswerIsOne() throws {
        let host = try negotiated()
        #expect(host.connection?.snapshot.negotiated.ecn == true)
    }

    @Test func repeatedSYNOffersNothingAnyMore() throws {
        var host = Script(setup())
        _ = try host.openWithECN()
        host.advanceToTimer()
        try host.expect(.syn, seq: -1, cause: .rto)
        host.peerSYN([.ack, .ece])
        #expect(host.connection?.snapshot.negotiated.ecn == false)
    }

    @Test(arguments: [TCPFlags.ack, [.ack, .ece, .cwr], [.ack, .cwr]])
    func anythingElseThanECEInTheAnswerMeansNo(flags: TCPFlags) throws {
        var host = Script(setup())
        _ = try host.openWithECN()
        host.peerSYN(flags)
        try host.expect(.ack, seq: 0)
        host.expectState(.established)
        #expect(host.connection?.snapshot.negotiated.ecn == false)
    }

    @Test(arguments: [true, false])
    func peersOfferNeverBreaksTheHandshake(isWanted: Bool) throws {
        var host = Script(setup { $0.options.ecn = isWanted })
        host.listen()
        host.peerSYN([.ece, .cwr])
        try host.expect(isWanted ? [.syn, .ack, .ece] : [.syn, .ack], seq: -1, ack: 0)
        host.peer(.ack, ack: 0)
        #expect(host.stack.snapshots.first?.state == .established)
        #expect(host.stack.snapshots.first?.negotiated.ecn == isWanted)
    }

    @Test func newTextIsCapableAndNothingElse() throws {
        var host = try negotiated()
        try host.write(1_000)
        #expect(try host.expect(.ack, cause: .data).codepoint == .capable0)
        host.advanceToTimer()
        #expect(try host.expect(.ack, cause: .rto).codepoint == .notCapable)
        host.peer(.ack, ack: 1_000, length: 1)
        host.advance(.milliseconds(50))
        #expect(try host.expect(.ack, length: 0).codepoint == .notCapable)
    }

    @Test func echoReducesTheWindowOnceAndIsAnsweredWithCWR() throws {
        var host = try negotiated()
        try host.write(30_000)
        for place in 0..<10 { try host.expect(.ack, seq: place * 1_000) }
        host.peer([.ack, .ece], ack: 1_000)
        #expect(host.congestion?.window == 5_000)
        #expect(host.counters?.congestionEchoes == 1)
        host.peer([.ack, .ece], ack: 2_000)
        host.peer([.ack, .ece], ack: 8_000)
        #expect(host.counters?.congestionEchoes == 1)
        try host.expect([.ack, .cwr], seq: 10_000, cause: .data)
        try host.expect(.ack, seq: 11_000, cause: .data)
        #expect(host.counters?.retransmissions == 0)
    }

    @Test func congestionIsEchoedUntilThePeerHasReduced() throws {
        var host = try negotiated()
        host.peer(.ack, length: 100, codepoint: .congestion)
        try host.expect([.ack, .ece], ack: 100)  // at once
        host.peer(.ack, length: 100, codepoint: .capable0)
        host.advance(.milliseconds(50))
        try host.expect([.ack, .ece], ack: 200)
        host.peer([.ack, .cwr], length: 100, codepoint: .capable0)
        host.advance(.milliseconds(50))
        try host.expect(.ack, ack: 300)
        #expect(host.connection?.snapshot.ecn.received.congestion == 1)
        #expect(host.connection?.snapshot.ecn.received.capable0 == 2)
    }

    @Test func pathThatErasesTheCodepointIsShown() throws {
        var host = try negotiated()
        for _ in 0..<9 { host.peer(.ack, length: 10) }
        #expect(host.connection?.snapshot.ecn.received.isBleached == false)
        host.peer(.ack, length: 10)
        #expect(host.connection?.snapshot.ecn.received.isBleached == true)
    }
}

extension Script {
    /// OPEN, up to an ECN-setup SYN.
    mutating func openWithECN() throws -> SentSegmentView {
        try openQuietly()
        return try expect([.syn, .ece, .cwr], seq: -1)
    }
}
