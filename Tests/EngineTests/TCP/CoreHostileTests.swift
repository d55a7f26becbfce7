import Engine
import TestSupport
import Testing

/// Segments that make no sense, from peers that mean no good: no invariant breaks, and nothing traps.
@Suite struct CoreHostileTests {
    private static let flags: [TCPFlags] = [.fin, .syn, .rst, .psh, .ack, .urg, .ece, .cwr, .ae]
    /// Positions where the arithmetic turns, relative to what the connection expects.
    private static let offsets = [-70_000, -1_000, -2, -1, 0, 0, 0, 0, 1, 2, 999, 1_000, 4_095, 4_096, 70_000, 1 << 31]

    @Test(arguments: State.allCases)
    func noSegmentBreaksAnInvariant(state: State) throws {
        var random = SplitMix64.announced("hostile peer in \(state)")
        for _ in 0..<40 {
            var host = try Script(state) { setup in
                setup.options.receiveBuffer = 4_096
                setup.options.sendBuffer = 8_192
                setup.options.windowScale = Bool.random(using: &random) ? UInt8.random(in: 0...14, using: &random) : nil
                setup.options.timestamps = Bool.random(using: &random)
                setup.options.sack = Bool.random(using: &random)
                setup.options.congestion = CongestionAlgorithm.allCases.randomElement(using: &random) ?? .newreno
                setup.peerOptions += [.windowScale(UInt8.random(in: 0...255, using: &random)), .sackPermitted]
                if Bool.random(using: &random) { setup.peerOptions.append(.timestamps(value: 0, echo: 0)) }
            }
            for _ in 0..<100 { try step(&host, &random) }
            // Whatever the state is now, it ends.
            try? host.stack.delete(host.id, at: host.now, wall: host.wall)
            while try host.next() != nil {}
            host.advance(.seconds(Int64(600)))
            #expect(host.stack.counters.internalErrors == 0)
        }
    }

    private func step(_ host: inout Script, _ random: inout SplitMix64) throws {
        switch Int.random(in: 0..<24, using: &random) {
        case 0: _ = try? host.write(Int.random(in: 1...5_000, using: &random), push: Bool.random(using: &random))
        case 1: _ = try? host.read(Int.random(in: 1...3_000, using: &random))
        case 2: host.advance(.milliseconds(Int64.random(in: 1...70_000, using: &random)))
        case 3: host.advanceToTimer()
        case 4 where Int.random(in: 0..<8, using: &random) == 0: host.close()
        case 5: while try host.next() != nil {}
        default: attack(&host, &random)
        }
    }

    private func attack(_ host: inout Script, _ random: inout SplitMix64) {
        // Mostly with ACK, or nothing gets past the fifth check.
        var flags: TCPFlags = Int.random(in: 0..<8, using: &random) == 0 ? [] : .ack
        for flag in Self.flags where Int.random(in: 0..<12, using: &random) == 0 { flags.formUnion(flag) }
        if flags.contains(.rst), Int.random(in: 0..<4, using: &random) != 0 { flags.remove(.rst) }
        let snapshot = host.connection?.snapshot
        let expected = snapshot.map { Int($0.receive.nxt - (Script.irs + 1)) } ?? 0
        let edge = snapshot.map { Bool.random(using: &random) ? $0.send.una : $0.send.nxt } ?? Script.iss
        let seq = expected + (Self.offsets.randomElement(using: &random) ?? 0)
        let ack = Int(edge - (Script.iss + 1)) + (Self.offsets.randomElement(using: &random) ?? 0)
        let length = Bool.random(using: &random) ? 0 : Int.random(in: 1...6_000, using: &random)
        let window: UInt16 = [0, 1, 2, 500, 5_000, 65_535].randomElement(using: &random) ?? 0
        host.peerClock &+= UInt32.random(in: 0...3, using: &random) &- 1
        host.peer(flags, seq: seq, ack: ack, length: length, window: window)
    }

    @Test func noOctetsBreakAnInvariant() throws {
        var random = SplitMix64.announced("hostile octets")
        var host = try Script(.established)
        let sane = Script.packet(.ack, seq: 0).octets
        for _ in 0..<5_000 {
            var octets = sane + random.octets(Int.random(in: 0...30, using: &random))
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                octets[Int.random(in: 0..<octets.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            host.deliver(Array(octets.prefix(Int.random(in: 0...octets.count, using: &random))))
            while try host.next() != nil {}
        }
        #expect(host.stack.counters.internalErrors == 0)
    }
}
