import Engine
import Testing

@Suite struct CoreOptionTests {
    private func script(_ state: State, _ options: [CustomOption]) throws -> Script {
        try Script(state) { $0.options.customOptions = options }
    }

    // MARK: The user's own options

    @Test func customOptionsStandWhereTheyWereAskedFor() throws {
        let options = [
            CustomOption(kind: 253, data: [1], place: .syn), CustomOption(kind: 254, data: [2, 2], place: .data),
            CustomOption(kind: 252, data: [], place: .every),
        ]
        var host = Script(Script.Setup())
        var request = OpenRequest(remote: Script.remote)
        request.options = host.setup.options
        request.options.customOptions = options
        let tuple = FourTuple(local: Script.local, remote: Script.remote)
        _ = try host.stack.open(request, tuple: tuple, routeMTU: 1_500, at: host.now)
        let syn = try host.expect(.syn)
        #expect(syn.options.contains(.unknown(kind: 253, data: [1])))
        #expect(syn.options.contains(.unknown(kind: 252, data: [])))
        #expect(!syn.options.contains(.unknown(kind: 254, data: [2, 2])))
        host.peerSYN(.ack)
        #expect(try host.expect(.ack).options.filter { $0.kind > 250 } == [.unknown(kind: 252, data: [])])
        try host.write(10)
        let data = try host.expect(.ack, length: 10).options
        #expect(data.filter { $0.kind > 250 } == [.unknown(kind: 254, data: [2, 2]), .unknown(kind: 252, data: [])])
    }

    @Test func textLeavesRoomForTheOptionsOfItsSegment() throws {
        var host = try script(.established, [CustomOption(kind: 253, data: [1, 2, 3], place: .data)])
        try host.write(2_000)
        #expect(try host.expect(.ack, seq: 0, length: 992).header.options.count == 8)
    }

    @Test func aRepeatedSegmentCarriesThemToo() throws {
        var host = try script(.established, [CustomOption(kind: 253, data: [1], place: .data)])
        try host.write(10)
        try host.expect(.ack, length: 10)
        host.advanceToTimer()
        let repeated = try host.expect(.ack, seq: 0, length: 10, cause: .rto)
        #expect(repeated.options.contains(.unknown(kind: 253, data: [1])))
    }

    @Test func theyGiveWayToNothingButLeaveSACKItsRoom() throws {
        var host = try Script(.established) { setup in
            setup.options.sack = true
            setup.peerOptions.append(.sackPermitted)
            setup.options.customOptions = [
                CustomOption(kind: 253, data: [UInt8](repeating: 7, count: 18), place: .every)
            ]
        }
        for start in [2_000, 4_000, 6_000] { host.peer(.ack, seq: start, length: 10) }
        for _ in 0..<3 {
            let ack = try host.expect(.ack, ack: 0)
            #expect(ack.header.options.count <= 40)
            #expect(ack.options.contains { $0.kind == 253 })
        }
    }

    @Test func changedOptionsGoWithTheNextSegment() throws {
        var host = try Script(.established)
        try host.change { $0.customOptions = [CustomOption(kind: 253, data: [9], place: .data)] }
        try host.write(1)
        #expect(try host.expect(.ack, length: 1).options.contains(.unknown(kind: 253, data: [9])))
    }

    // MARK: RFC 9293 §3.1

    @Test("RFC 9293 MUST-7: an illegal option length resets the connection, and the log tells why")
    func illegalOptionLengthResets() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 5, options: [.malformed(octets: [8, 0])])
        host.expectVerdict(.malformed, .malformed)
        host.expectState(.closed, because: .aborted)
        try host.expect([.rst, .ack], seq: 0)
    }

    @Test("RFC 9293 MUST-7: outside the window an illegal length ends nothing")
    func illegalOptionLengthOutsideTheWindowOnlyEarnsAnAck() throws {
        var host = try Script(.established)
        host.peer(.ack, seq: 100_000, options: [.malformed(octets: [8, 0])])
        host.expectState(.established)
        try host.expect(.ack, seq: 0, ack: 0)
    }

    @Test("RFC 9293 MUST-7: an illegal length in a SYN is answered with a reset", arguments: [State.listen, .synSent])
    func illegalOptionLengthInASyn(state: State) throws {
        var host = try Script(state)
        host.peerSYN(state == .listen ? [] : .ack, adding: [.malformed(octets: [3, 9])])
        host.expectVerdict(.malformed, .malformed)
        let reset = try #require(try host.next())
        #expect(reset.header.flags.contains(.rst))
        #expect(host.stack.openCount == 0)
    }

    @Test("RFC 9293 MUST-5, MUST-6: options come in any segment, and those nobody knows are ignored")
    func unknownOptionsAreIgnoredInEverySegment() throws {
        var host = try Script(.listen)
        host.peerSYN(adding: [.unknown(kind: 200, data: [1, 2, 3])])
        try host.expect([.syn, .ack])
        host.peer(.ack, ack: 0, options: [.unknown(kind: 201, data: [])])
        host.peer(.ack, length: 3, options: [.noOperation, .unknown(kind: 202, data: [5])])
        host.peer([.fin, .ack], options: [.unknown(kind: 203, data: [])])
        host.expectState(.closeWait)
    }

    @Test("RFC 9293 MUST-65: MSS stands in SYNs only")
    func mssIsSentInSynsOnly() throws {
        var host = try Script(.established)
        try host.write(10)
        host.close()
        while let sent = try host.next() { #expect(!sent.options.contains { $0.kind == 2 }) }
    }

    // MARK: RFC 5482

    @Test func userTimeoutIsAnnouncedInTheSyn() throws {
        var host = Script(Script.Setup())
        try host.openAnnouncing(.seconds(Int64(250)))
    }

    @Test func peersUserTimeoutIsFollowedWithinItsLimits() throws {
        var host = try Script(.listen) { $0.options.userTimeoutOption = true }
        host.peerSYN(adding: [.userTimeout(inMinutes: true, value: 5)])
        #expect(try host.expect([.syn, .ack]).options.contains(.userTimeout(inMinutes: false, value: 100)))
        host.peer(.ack, ack: 0)
        #expect(host.connection?.snapshot.userTimeout == .seconds(Int64(300)))
        try host.write(1)
        host.advance(.seconds(Int64(299)))
        host.expectState(.established)
        host.advance(.seconds(Int64(2)))
        host.expectState(.closed, because: .timeout)
    }

    @Test func aShortUserTimeoutOfThePeerDoesNotUndercutR2() throws {
        var host = try Script(.listen) { $0.options.userTimeoutOption = true }
        host.peerSYN(adding: [.userTimeout(inMinutes: false, value: 1)])
        host.peer(.ack, ack: 0)
        #expect(host.connection?.snapshot.userTimeout == .seconds(Int64(100)))
    }

    @Test func aUserTimeoutOfOurOwnIsNotChangedByThePeer() throws {
        var host = try Script(.listen) { setup in
            setup.options.userTimeoutOption = true
            setup.options.userTimeout = .seconds(Int64(7))
        }
        host.peerSYN(adding: [.userTimeout(inMinutes: true, value: 5)])
        host.peer(.ack, ack: 0)
        #expect(host.connection?.snapshot.userTimeout == .seconds(Int64(7)))
    }

    @Test func aChangedUserTimeoutIsToldWithTheNextSegmentOnly() throws {
        var host = try Script(.established) { $0.options.userTimeoutOption = true }
        try host.change { $0.userTimeout = .some(.seconds(Int64(40_000))) }
        try host.write(1)
        #expect(try host.expect(.ack, length: 1).options.contains(.userTimeout(inMinutes: true, value: 667)))
        try host.write(1)
        #expect(try !host.expect(.ack, length: 1).options.contains { $0.kind == 28 })
    }
}

extension Script {
    fileprivate mutating func openAnnouncing(_ timeout: Interval) throws {
        var request = OpenRequest(remote: Self.remote)
        request.options = setup.options
        request.options.userTimeoutOption = true
        request.options.userTimeout = timeout
        let tuple = FourTuple(local: Self.local, remote: Self.remote)
        _ = try stack.open(request, tuple: tuple, routeMTU: 1_500, at: now)
        #expect(try expect(.syn).options.contains(.userTimeout(inMinutes: false, value: 250)))
    }
}
