import Engine
import Testing

/// What impairments do to single segments, on virtual time.
@Suite struct ImpairmentTests {
    private func settings(
        _ kind: ImpairmentKind, _ stream: Direction, match: SegmentMatch = .any, seed: UInt64 = 7
    ) -> ImpairmentSettings {
        var settings = ImpairmentSettings(name: "bent", kind: kind, seed: seed)
        settings.stream = stream
        settings.match = match
        return settings
    }

    private func host(
        _ kind: ImpairmentKind, _ stream: Direction, match: SegmentMatch = .any,
        _ change: (inout ImpairmentSettings) -> Void = { _ in }
    ) throws -> Script {
        var host = try Script(.established)
        var settings = settings(kind, stream, match: match)
        change(&settings)
        host.stack.impair(settings)
        return host
    }

    private func records(_ host: Script, _ action: ImpairmentAction) -> [SegmentRecord] {
        let log = host.stack.log.snapshot()
        return log.numbers.compactMap { log[$0] }.filter { $0.impairment?.action == action }
    }

    @Test func theNthMatchThatWeSendIsDroppedAndTheTimerRepeatsIt() throws {
        var host = try host(.drop(nth: 2, count: 1), .outbound, match: .data)
        try host.write(3_000)
        try host.expect(.ack, seq: 0, length: 1_000)
        try host.expect(.ack, seq: 2_000, length: 1_000)
        let dropped = records(host, .dropped)
        #expect(dropped.map(\.payloadLength) == [1_000])
        #expect(dropped.first?.impairment == RecordedImpairment(name: "bent", action: .dropped, onWire: false))
        #expect(dropped.first?.cause == .data)
        host.peer(.ack, ack: 1_000)
        host.advanceToTimer()
        let again = try host.expect(.ack, seq: 1_000, length: 1_000, cause: .rto)
        #expect(again.record?.retransmits == dropped.first?.number)
    }

    @Test func whatIsDroppedOnTheWayInNeverArrived() throws {
        var host = try host(.loss, .inbound)
        host.peer(.ack, length: 10)
        host.expectVerdict(.impaired)
        #expect(records(host, .dropped).map { $0.impairment?.onWire } == [true])
        #expect(try host.read() == [])
        host.advance(.milliseconds(500))
        try host.expectNothing()
    }

    @Test func aDelayedSegmentArrivesWhenItsTimeHasCome() throws {
        var host = try host(.delay(latency: .milliseconds(40), jitter: .zero), .inbound)
        host.peer(.ack, length: 10)
        host.advance(.milliseconds(39))
        #expect(try host.read() == [])
        host.advance(.milliseconds(1))
        #expect(try host.read().count == 10)
        #expect(records(host, .delayed).map(\.cause) == [.accepted])
    }

    @Test func delayedSegmentsKeepTheirOrderWhateverTheJitter() throws {
        var host = try host(.delay(latency: .milliseconds(40), jitter: .milliseconds(40)), .outbound)
        for _ in 0..<20 {
            try host.write(100)
            host.advance(.microseconds(500))
        }
        host.advance(.milliseconds(100))
        for index in 0..<20 { try host.expect(.ack, seq: index * 100, length: 100) }
    }

    @Test func aDuplicateIsASecondRecordThatNamesTheFirst() throws {
        var host = try host(.duplicate, .outbound, match: .data)
        try host.write(100)
        let first = try host.expect(.ack, seq: 0, length: 100)
        let second = try host.expect(.ack, seq: 0, length: 100)
        #expect(first.record?.impairment == nil)
        #expect(second.record?.impairment?.action == .duplicated)
        #expect(second.record?.retransmits == first.record?.number)
    }

    @Test func aDuplicateOnTheWayInIsJudgedLikeAnyOther() throws {
        var host = try host(.duplicate, .inbound)
        host.peer(.ack, length: 10)
        host.expectVerdict(.duplicate)
        #expect(records(host, .duplicated).map { $0.impairment?.onWire } == [false])
        #expect(try host.read().count == 10)
    }

    @Test func aSegmentWaitsUntilEnoughOthersHaveOvertakenIt() throws {
        let kind = ImpairmentKind.reorder(gap: 2, latency: .seconds(Int64(1)))
        var host = try host(kind, .outbound, match: .data)
        try host.write(1_000)
        try host.expectNothing()
        // What follows overtakes it.
        host.stack.updateImpairment(settings(kind, .outbound, match: .rst))
        try host.write(2_000)
        try host.expect(.ack, seq: 1_000)
        try host.expect(.ack, seq: 2_000)
        host.advance(.zero)
        try host.expect(.ack, seq: 0)
    }

    @Test func aSegmentThatNobodyOvertakesGoesOnInTheEnd() throws {
        var host = try host(.reorder(gap: 1, latency: .milliseconds(30)), .outbound, match: .data)
        try host.write(100)
        host.advance(.milliseconds(29))
        try host.expectNothing()
        host.advance(.milliseconds(1))
        try host.expect(.ack, seq: 0, length: 100)
    }

    @Test func damageShowsInTheChecksum() throws {
        var host = try host(.corrupt(offset: nil, octets: 3), .inbound)
        host.peer(.ack, length: 100)
        host.expectVerdict(.badChecksum)
        #expect(records(host, .corrupted).map(\.checksumVerdict) == [.bad])
        #expect(try host.read() == [])
    }

    @Test func aChecksumLeftToTheHardwareIsFilledInBeforeTheDamage() throws {
        var host = try host(.corrupt(offset: 20, octets: 1), .inbound)
        // The folded sum of the pseudo-header alone.
        var packet = Script.packet(.ack, seq: 0)
        packet.payload = [1, 2, 3]
        var sum = Checksum()
        sum.addPseudoHeader(source: packet.ip.source, destination: packet.ip.destination, length: 23)
        packet.checksum = sum.folded
        host.deliver(packet.octets)
        host.expectVerdict(.badChecksum)
    }

    @Test func damageOnTheWayOutLeavesTheSendBufferAlone() throws {
        var host = try host(.corrupt(offset: nil, octets: 2), .outbound, match: .data) { $0.seed = 3 }
        try host.write(500)
        let damaged = try host.expect(.ack, seq: 0, length: 500)
        #expect(damaged.payload != (0..<500).map { UInt8(truncatingIfNeeded: $0) })
        #expect(damaged.record?.checksumVerdict == .bad)
        host.stack.removeImpairment("bent")
        host.advanceToTimer()
        let repaired = try host.expect(.ack, seq: 0, length: 500, cause: .rto)
        #expect(repaired.payload == (0..<500).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test func aRateSpacesSegmentsAndItsQueueHasAnEnd() throws {
        let kind = ImpairmentKind.rate(octetsPerSecond: 104_000, burst: 0, queue: 3_200)
        var host = try host(kind, .outbound, match: .data)
        try host.write(5_000)
        host.advance(.zero)
        try host.expectNothing()
        // 1,040 octets each: 10 ms. Three fit the queue, the others find it full.
        for index in 0..<3 {
            host.advance(.milliseconds(10))
            try host.expect(.ack, seq: index * 1_000)
        }
        #expect(records(host, .dropped).count == 2)
        #expect(records(host, .delayed).count == 3)
    }

    @Test func aHeldSegmentGoesOnWhenItIsReleasedEditedIfWished() throws {
        var host = try host(.hold(limit: 10), .outbound, match: .data)
        try host.write(2_000)
        try host.expectNothing()
        let held = host.stack.heldSegments(by: "bent").map(\.record)
        #expect(held.count == 2)
        _ = host.stack.releaseHeld(by: "bent", record: held[1], at: host.now, wall: host.wall)
        let first = try host.expect(.ack, seq: 1_000, length: 1_000)
        #expect(first.record?.impairment == RecordedImpairment(name: "bent", action: .held, onWire: true))
        _ = host.stack.releaseHeld(by: "bent", record: nil, at: host.now, wall: host.wall) { segment in
            segment.payload = Array("edited".utf8)
            segment.flags.insert(.urg)
        }
        let second = try host.expect([.ack, .urg], seq: 0, length: 6)
        #expect(second.payload == Array("edited".utf8))
        #expect(second.record?.impairment?.action == .edited)
        #expect(second.record?.checksumVerdict == .good)
        #expect(second.record?.retransmits == held[0])
    }

    @Test func aHeldSegmentOnTheWayInArrivesWhenItIsReleased() throws {
        var host = try host(.hold(limit: 1), .inbound, match: .data)
        host.peer(.ack, length: 5)
        host.expectVerdict(.impaired)
        host.peer(.ack, length: 5)
        #expect(records(host, .dropped).count == 1)
        #expect(try host.read() == [])
        let held = host.stack.heldSegments(by: "bent").map(\.record)
        let released = host.stack.releaseHeld(by: "bent", record: nil, at: host.now, wall: host.wall)
        #expect(try host.read().count == 5)
        let record = try #require(host.stack.log.snapshot()[released[0]])
        #expect(record.cause == .accepted)
        #expect(record.retransmits == held[0])
    }

    @Test func onlyItsConnectionIsImpaired() throws {
        var host = try host(.loss, .inbound) { $0.connection = ConnectionID(rawValue: 99) }
        host.peer(.ack, length: 10)
        host.expectVerdict(.accepted)
    }

    // MARK: Chance

    @Test func theSameSeedLosesTheSameSegments() throws {
        func losses(_ seed: UInt64) throws -> [UInt64] {
            var host = try host(.loss, .inbound) {
                $0.seed = seed
                $0.probability = 0.05
            }
            for _ in 0..<4_000 { host.peer(.ack) }
            return records(host, .dropped).map(\.number)
        }
        let first = try losses(7)
        #expect(try losses(7) == first)
        #expect(try losses(8) != first)
        // 4,000 throws of 0.05: 200, with a standard deviation of 13.8; four of them either way.
        #expect((145...255).contains(first.count))
        #expect(first.count == 209)
    }

    @Test(arguments: [
        ImpairmentKind.loss, .delay(latency: .milliseconds(1), jitter: .zero), .duplicate,
        .reorder(gap: 1, latency: .milliseconds(1)), .corrupt(offset: 4, octets: 1), .hold(limit: 1_000),
    ])
    func everyKindChoosesTheSameSegmentsForASeed(kind: ImpairmentKind) throws {
        var host = try host(kind, .inbound) { $0.probability = 0.25 }
        for _ in 0..<400 { host.peer(.ack) }
        let counters = host.stack.impairmentList.first?.counters
        #expect(counters?.matched == 400)
        // 400 throws of a quarter: 100, with a standard deviation of 8.7; this seed's are these.
        #expect(counters?.impaired == 98)
    }

    @Test func jitterIsSpreadEvenlyAroundTheLatency() throws {
        var host = try host(.delay(latency: .milliseconds(40), jitter: .milliseconds(10)), .inbound)
        var waits: [Double] = []
        for _ in 0..<2_000 {
            let start = host.now
            host.peer(.ack)
            host.advance(host.stack.nextDeadline - start)
            waits.append((host.now - start).seconds * 1_000)
        }
        #expect(waits.allSatisfy { (30.0...50.0).contains($0) })
        let mean = waits.reduce(0, +) / 2_000
        // An even spread of ±10 ms has a deviation of 5.77 ms: of the mean of 2,000, 0.13 ms. Four of them either way.
        #expect((39.48...40.52).contains(mean))
        let outer = waits.count { abs($0 - 40) > 5 }
        // Half of them lie in the outer half: 1,000, with a deviation of 22.4.
        #expect((910...1_090).contains(outer))
    }
}
