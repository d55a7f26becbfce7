import Engine
import Testing

/// ICMP errors on virtual time (RFC 9293 §3.9.2.2, RFC 5927, RFC 1191).
@Suite struct CoreNetworkErrorTests {
    /// An error that quotes the segment at `seq`, from a router on the way.
    private static func error(_ type: UInt8, _ code: UInt8, mtu: Int? = nil, seq: Int) -> NetworkError {
        NetworkError(
            type: type, code: code, mtu: mtu, offender: IPAddress(v4: 0x0a00_00fe),
            connection: FourTuple(local: Script.local, remote: Script.remote), sequence: Script.iss + 1 + seq)
    }

    // MARK: Who is believed

    @Test(arguments: [-2, 1_000, 1_001, 5_000, 1 << 31]) func aQuoteOfWhatIsNotInFlightDoesNothing(seq: Int) throws {
        var host = try Script(.established)
        try host.write(1_000)
        try host.expect(.ack, seq: 0)
        host.network(Self.error(3, 4, mtu: 576, seq: seq))
        host.network(Self.error(3, 1, seq: seq))
        #expect(host.connection?.snapshot.mss == 1_000)
        #expect(host.connection?.snapshot.networkError == nil)
        #expect(host.stack.counters.networkErrors.disbelieved == 2)
        try host.expectNothing()
    }

    @Test func aQuoteOfAnotherConnectionDoesNothing() throws {
        var host = try Script(.synSent)
        var error = Self.error(3, 3, seq: -1)
        error.connection.remote.port += 1
        host.network(error)
        host.expectState(.synSent)
        #expect(host.stack.counters.networkErrors.foreign == 1)
    }

    @Test func sourceQuenchIsDiscarded() throws {
        var host = try Script(.established)
        try host.write(1_000)
        try host.expect(.ack, seq: 0)
        host.network(Self.error(4, 0, seq: 0))
        #expect(host.connection?.snapshot.networkError == nil)
        #expect(host.stack.counters.networkErrors.discarded == 1)
    }

    // MARK: Hard and soft

    @Test(arguments: [(3, 2), (3, 3), (3, 9), (3, 10), (3, 13)] as [(UInt8, UInt8)])
    func aHardErrorEndsAHandshake(type: UInt8, code: UInt8) throws {
        var host = try Script(.synSent)
        host.network(Self.error(type, code, seq: -1))
        host.expectState(.closed, because: .unreachable)
        try host.expectNothing()
    }

    @Test func aHardErrorEndsTheHandshakeOfAListenerToo() throws {
        var host = try Script(.synReceived)
        host.network(Self.error(3, 3, seq: -1))
        host.expectState(.closed, because: .unreachable)
    }

    @Test(arguments: [(3, 0), (3, 1), (3, 5), (11, 0), (11, 1), (12, 0)] as [(UInt8, UInt8)])
    func aSoftErrorIsOnlyRememberedInAHandshake(type: UInt8, code: UInt8) throws {
        var host = try Script(.synSent)
        host.network(Self.error(type, code, seq: -1))
        host.network(Self.error(type, code, seq: -1))
        host.expectState(.synSent)
        let trouble = try #require(host.connection?.snapshot.networkError)
        #expect((trouble.type, trouble.code, trouble.count) == (type, code, 2))
        #expect(trouble.from == IPAddress(v4: 0x0a00_00fe))
    }

    @Test func aHardErrorIsSoftOnceTheConnectionIsSynchronized() throws {
        var host = try Script(.established)
        try host.write(10)
        try host.expect(.ack, seq: 0)
        host.network(Self.error(3, 3, seq: 0))
        host.expectState(.established)
        #expect(host.connection?.snapshot.networkError?.summary == "port unreachable (ICMP 3/3 from 10.0.0.254)")
    }

    // MARK: Path MTU

    @Test func tooBigLowersTheMSSAndCutsWhatIsInFlight() throws {
        var host = try Script(.established)
        try host.write(2_500)
        for seq in [0, 1_000, 2_000] { try host.expect(.ack, seq: seq) }
        host.network(Self.error(3, 4, mtu: 640, seq: 0))
        #expect(host.connection?.snapshot.mss == 600)
        #expect(host.connection?.snapshot.pathMTU == 640)
        // The two that can't have passed are cut at 600; the third, of 500, is still on its way.
        for (seq, length) in [(0, 600), (600, 400), (1_000, 600), (1_600, 400)] {
            let sent = try host.expect(.ack, seq: seq, cause: .mtuRetransmit)
            #expect(sent.payload.count == length)
            #expect(sent.payload == (seq..<seq + length).map { UInt8(truncatingIfNeeded: $0) })
        }
        try host.expectNothing()
        try host.write(1_000)
        #expect(try host.expect(.ack, seq: 2_500).payload.count == 600)
    }

    @Test func aLossOfSizeIsNoLossOfCongestion() throws {
        var host = try Script(.established)
        try host.write(3_000)
        for seq in [0, 1_000, 2_000] { try host.expect(.ack, seq: seq) }
        let before = host.connection?.snapshot.congestion
        host.network(Self.error(3, 4, mtu: 640, seq: 1_000))
        // RFC 5681 §3.1: as many segments as before, of the new length.
        #expect(try #require(before).window / 1_000 == 10)
        #expect(host.connection?.snapshot.congestion.window == 6_000)
        #expect(host.connection?.snapshot.congestion.phase == before?.phase)
        #expect(host.connection?.snapshot.congestion.slowStartThreshold == before?.slowStartThreshold)
    }

    @Test func theFinStaysBehindTheLastPiece() throws {
        var host = try Script(.established)
        try host.write(900)
        host.close()
        try host.expect([.fin, .ack], seq: 0)
        host.network(Self.error(3, 4, mtu: 640, seq: 0))
        let first = try host.expect(.ack, seq: 0)
        #expect(first.payload.count == 600)
        #expect(try host.expect([.fin, .ack], seq: 600).payload.count == 300)
        host.peer(.ack, ack: 901)
        host.expectState(.finWait2)
    }

    @Test(arguments: [1_040, 2_000, 103, 0]) func aMtuThatHelpsNobodyIsDisbelieved(mtu: Int) throws {
        var host = try Script(.established) { $0.routeMTU = 1_040 }
        try host.write(1_000)
        try host.expect(.ack, seq: 0)
        host.network(Self.error(3, 4, mtu: mtu, seq: 0))
        #expect(host.connection?.snapshot.mss == 1_000)
        #expect(host.stack.counters.networkErrors.disbelieved == 1)
    }

    @Test func anOldRouterIsMetWithTheNextPlateau() throws {
        var host = try Script(.established)
        try host.write(1_000)
        try host.expect(.ack, seq: 0)
        // RFC 1191 §7.1: below 1500 come 1492 and 1006.
        host.network(Self.error(3, 4, seq: 0))
        #expect(host.connection?.snapshot.pathMTU == 1_492)
        host.network(Self.error(3, 4, seq: 0))
        #expect(host.connection?.snapshot.pathMTU == 1_006)
        #expect(host.connection?.snapshot.mss == 966)
    }

    @Test func whatTheHandshakeLearnedHoldsForItsData() throws {
        var host = try Script(.synSent)
        host.network(Self.error(3, 4, mtu: 640, seq: -1))
        host.peerSYN(.ack)
        try host.expect(.ack, seq: 0, ack: 0)
        #expect(host.connection?.snapshot.mss == 600)
    }

    @Test func aRefusedSendIsCutWithoutAnyRouter() throws {
        var host = try Script(.established)
        try host.write(1_000)
        try host.expect(.ack, seq: 0)
        host.stack.shortenPath(of: host.id, to: 640, at: host.now, wall: host.wall)
        #expect(try host.expect(.ack, seq: 0).payload.count == 600)
        #expect(try host.expect(.ack, seq: 600).payload.count == 400)
    }

    @Test func theStackTellsWhichPathGrewShorter() throws {
        var host = try Script(.established)
        try host.write(1_000)
        try host.expect(.ack, seq: 0)
        host.network(Self.error(3, 4, mtu: 640, seq: 0))
        var paths: [Int] = []
        while let event = host.stack.pollEvent() {
            if case .pathShortened(Script.remote.address, let mtu) = event { paths.append(mtu) }
        }
        #expect(paths == [640])
    }

    // MARK: ICMPv6

    @Test(
        arguments: [(1, 4, true), (1, 1, true), (1, 0, false), (1, 3, false), (3, 0, false)] as [(UInt8, UInt8, Bool)])
    func typesOfICMPv6AreHardOrSoft(type: UInt8, code: UInt8, isHard: Bool) {
        var error = Self.error(type, code, seq: 0)
        error.connection = FourTuple(local: Endpoint(.loopbackV6, 1), remote: Endpoint(.loopbackV6, 2))
        #expect(error.kind == (isHard ? .hard : .soft))
        #expect(error.summary.contains("ICMPv6 \(type)/\(code)"))
    }

    // MARK: The kernel's reset

    @Test func theKernelsResetEndsTheConnectionWithoutAnotherOne() throws {
        var host = try Script(.established)
        let reset = Script.packet(.rst, seq: 0, from: Script.local, to: Script.remote)
        host.stack.receiveKernelReset(reset.octets.span.bytes, of: host.id, at: host.now, wall: host.wall)
        host.expectState(.closed, because: .aborted)
        try host.expectNothing()
        let log = host.stack.log.snapshot()
        let record = try #require(log[log.newest])
        #expect((record.direction, record.cause, record.connection) == (.outbound, .observed, host.id))
        #expect(host.connection?.kernelReset == log.newest)
    }
}

extension Script {
    /// The network says something about our segments.
    mutating func network(_ error: NetworkError) { stack.receiveNetworkError(error, at: now, wall: wall) }
}
