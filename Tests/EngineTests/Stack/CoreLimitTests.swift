import Engine
import Testing

/// The limits that all connections share: each refuses, counts, and lets others in once there is room again.
@Suite struct CoreLimitTests {
    private func host(_ limits: @escaping (inout StackConfiguration) -> Void) -> Script {
        var setup = Script.Setup()
        setup.limits = limits
        return Script(setup)
    }

    @Test func listenersTogetherMayHaveSoManyConnectionsInTheirHandshake() throws {
        var host = host { $0.halfOpenLimit = 1 }
        host.listen(backlog: 8)
        host.peerSYN()
        try host.expect([.syn, .ack])
        #expect(host.stack.halfOpen == 1)
        host.deliver(Script.packet(.syn, seq: -1, from: Endpoint(Script.remote.address, 8)).octets)
        #expect(host.stack.openCount == 1)
        #expect(host.stack.counters.limits.halfOpen == 1 && host.stack.counters.cookiesSent == 1)
        try host.expect([.syn, .ack])
        host.peer(.ack, seq: 0, ack: 0)
        try host.expectNothing()
        #expect(host.stack.halfOpen == 0)
        host.deliver(Script.packet(.syn, seq: -1, from: Endpoint(Script.remote.address, 9)).octets)
        #expect(host.stack.openCount == 2)
        #expect(host.stack.counters.limits.halfOpen == 1)
    }

    @Test func aSynBeyondTheConnectionLimitIsIgnoredAndCounted() throws {
        var host = host { $0.connectionLimit = 1 }
        host.listen(backlog: 8)
        host.peerSYN()
        try host.expect([.syn, .ack])
        host.deliver(Script.packet(.syn, seq: -1, from: Endpoint(Script.remote.address, 8)).octets)
        try host.expectNothing()
        #expect(host.stack.openCount == 1)
        #expect(host.stack.counters.limits.connections == 1)
    }

    @Test func anOpenBeyondTheConnectionLimitIsRefusedAndCounted() throws {
        var host = host { $0.connectionLimit = 0 }
        #expect(throws: StackError.connectionLimit(0)) { try host.open() }
        #expect(host.stack.counters.limits.connections == 1)
    }

    @Test func timersOfConnectionsThatAreGoneDoNotPileUp() throws {
        var host = host { _ in }
        let tuple = FourTuple(local: Script.local, remote: Script.remote)
        for _ in 0..<1_000 {
            let id = try host.stack.open(
                OpenRequest(remote: Script.remote), tuple: tuple, routeMTU: 1_500, at: host.now)
            while host.stack.pollTransmit(at: host.now, wall: 0) != nil {}
            try host.stack.delete(id, at: host.now, wall: 0)
            while host.stack.pollTransmit(at: host.now, wall: 0) != nil {}
        }
        // Those of SYNs would be looked at a second later, one by one; none is left that has nobody, but for a few.
        #expect((1...64).contains(host.stack.queuedDeadlines))
        let live = try host.stack.open(OpenRequest(remote: Script.remote), tuple: tuple, routeMTU: 1_500, at: host.now)
        while host.stack.pollTransmit(at: host.now, wall: 0) != nil {}
        host.stack.advance(to: host.now + .seconds(Int64(1)), wall: 0)
        #expect(try host.stack.connection(live).state == .synSent)
        #expect(host.stack.pollTransmit(at: host.now + .seconds(Int64(1)), wall: 0) != nil, "the SYN is repeated")
    }

    @Test func octetsBehindHolesAreBoundedOverAllConnections() throws {
        var host = try Script(.established) { $0.limits = { $0.outOfOrderLimit = 1_500 } }
        host.peer(.ack, seq: 1_000, length: 1_000)
        try host.expect(.ack, ack: 0, cause: .duplicateAck)
        #expect(host.stack.outOfOrder == 1_000)
        host.peer(.ack, seq: 3_000, length: 501)
        host.expectVerdict(.outOfWindow, .seventh)
        try host.expect(.ack, ack: 0, cause: .duplicateAck)
        #expect(host.stack.outOfOrder == 1_000 && host.stack.counters.limits.outOfOrder == 1)
        host.peer(.ack, seq: 3_000, length: 500)
        host.expectVerdict(.outOfOrder, .seventh)
        #expect(host.stack.outOfOrder == 1_500)
        // In order there is always room: it gives room back.
        host.peer(.ack, seq: 0, length: 1_000)
        host.expectVerdict(.accepted)
        #expect(host.stack.outOfOrder == 500)
        #expect(try host.read().count == 2_000)
    }

    @Test func aConnectionThatEndsGivesItsOctetsBehindHolesBack() throws {
        var host = try Script(.established)
        host.peer(.ack, seq: 0, length: 10)
        host.peer(.ack, seq: 40_000, length: 1_000)
        #expect(host.stack.outOfOrder == 1_000)
        host.abort()
        #expect(host.stack.outOfOrder == 0)
        #expect(host.connection?.snapshot.receive.outOfOrder == 0)
        #expect(try host.read() == (0..<10).map { UInt8($0) })
    }

    @Test func whatIsBehindHolesIsCountedThroughOverlaps() {
        var queue = ReassemblyQueue()
        let octets = [UInt8](repeating: 7, count: 100)
        for position: UInt64 in [50, 300, 120, 40, 350, 60] { _ = queue.insert(octets.span.bytes, at: position) }
        #expect(queue.outOfOrder == queue.ranges.reduce(0) { $0 + Int($1.end - $1.start) })
        #expect(queue.outOfOrder == 330)
        _ = queue.insert(octets.span.bytes, at: 0)
        #expect(queue.next == 220 && queue.outOfOrder == 150)
        queue.dropRanges()
        #expect(queue.outOfOrder == 0 && queue.read(from: 0, limit: 300).count == 220)
    }
}
