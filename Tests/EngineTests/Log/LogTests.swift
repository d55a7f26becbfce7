import Engine
import TestSupport
import Testing

@Suite struct LogTests {
    private let tuple = FourTuple(local: Endpoint(.loopbackV4, 1017), remote: Endpoint(.loopbackV4, 6666))
    private let context = RecordContext(
        connection: 1, sequenceBase: SequenceNumber(0xffff_fff0), acknowledgmentBase: SequenceNumber(100),
        origin: Instant(nanoseconds: 1_000), windowShift: 7)

    @Test func recordIs256Octets() {
        #expect(MemoryLayout<RecordSlot>.stride == 256)
    }

    @Test func sentSegmentIsKeptAsItIs() throws {
        var log = SegmentLog(capacity: 10, snapLength: 2_048, payloadCapacity: 1 << 20)
        let payload = Array("hello raw".utf8)
        var packet = outbound(fields(), payload: payload, cutAt: 3)
        for _ in 0..<4 { _ = sent(&log, outbound(fields())) }
        let number = log.appendSent(
            &packet, at: Instant(nanoseconds: 5_000), wall: 77, context: context, cause: .rto, because: 2,
            retransmits: 4, before: .established, after: .finWait1)
        #expect(number == 5)
        let record = try #require(log.snapshot()[5])
        #expect(record.number == 5)
        #expect(record.wallTime == 77)
        #expect(record.elapsed == .nanoseconds(4_000))
        #expect(record.connection == ConnectionID(rawValue: 1))
        #expect(record.direction == .outbound)
        #expect(record.cause == .rto)
        #expect(record.because == 2)
        #expect(record.retransmits == 4)
        #expect(record.answers.isEmpty)
        #expect(record.before == .established && record.after == .finWait1)
        #expect(record.payloadLength == 9 && record.captured == 9)
        #expect(record.payload == payload)
        #expect(record.octets == (0..<packet.headerLength).map { packet.header[$0] } + payload)
        #expect(record.relativeSequence(SequenceNumber(0x10)) == 0x20)
        #expect(record.relativeAcknowledgment(SequenceNumber(101)) == 1)
        #expect(record.scaledWindow(512, flags: .ack) == 65_536)
        #expect(record.scaledWindow(512, flags: [.syn, .ack]) == 512)
    }

    @Test func receivedSegmentIsCompletedWithItsFate() throws {
        var log = SegmentLog(capacity: 10, snapLength: 2_048, payloadCapacity: 1 << 20)
        log.setOrigin(Instant(nanoseconds: 500), wall: 0)
        var packet = TestPacket()
        packet.payload = [1, 2, 3]
        let number = receive(&log, packet.octets, answers: [7, 8])
        let record = try #require(log.snapshot()[number])
        #expect(record.direction == .inbound)
        #expect(record.cause == .outOfOrder && record.rule == .seventh)
        #expect(record.answers == [7, 8])
        #expect(record.octets == packet.octets)
        #expect(record.payload == [1, 2, 3])
        #expect(record.elapsed == .nanoseconds(2_000))
        #expect(record.relativeSequence(SequenceNumber(101)) == 1)
        #expect(record.relativeAcknowledgment(SequenceNumber(0xffff_fff1)) == 1)
    }

    @Test func segmentOfNobodyCountsFromTheEnginesStart() throws {
        var log = SegmentLog(capacity: 10, snapLength: 2_048, payloadCapacity: 1 << 20)
        log.setOrigin(Instant(nanoseconds: 500), wall: 0)
        let noise: [UInt8] = [0x45, 1, 2, 3]
        let number = log.appendReceived(noise.span.bytes, view: nil, at: Instant(nanoseconds: 3_000), wall: 0)
        log.complete(
            number, verdict: Verdict(.malformed, .malformed), context: nil, checksum: .unverifiable, before: .closed,
            after: .closed)
        let record = try #require(log.snapshot()[1])
        #expect(record.elapsed == .nanoseconds(2_500))
        #expect(record.connection == nil)
        #expect(record.headerLength == 0)
        #expect(record.octets == noise)
        #expect(record.relativeSequence(SequenceNumber(5)) == nil)
    }

    @Test func ringKeepsTheNewestAndCountsTheRest() {
        var log = SegmentLog(capacity: 1_500, snapLength: 64, payloadCapacity: 0)
        for number in 1...5_000 { #expect(sent(&log, outbound(fields())) == UInt64(number)) }
        #expect(log.newest == 5_000)
        #expect(log.oldest == 3_501)
        #expect(log.evicted == 3_500)
        let snapshot = log.snapshot()
        #expect(snapshot[3_500] == nil)
        #expect(snapshot[3_501]?.number == 3_501)
        #expect(snapshot[5_000]?.number == 5_000)
        #expect(snapshot[5_001] == nil)
        #expect(snapshot[0] == nil)
        #expect(snapshot.numbers(after: 0) == 3_501..<5_001)
        #expect(snapshot.numbers(after: 4_999) == 5_000..<5_001)
        #expect(snapshot.numbers(after: 9_999).isEmpty)
        #expect(snapshot.evicted == 3_500)
    }

    @Test func emptyLogHasNoNumbers() {
        let snapshot = SegmentLog(capacity: 10, snapLength: 64, payloadCapacity: 0).snapshot(run: "00c0ffee")
        #expect(snapshot.newest == 0)
        #expect(snapshot.oldest == 1)
        #expect(snapshot.numbers.isEmpty)
        #expect(snapshot[1] == nil)
        #expect(snapshot.run == "00c0ffee")
    }

    @Test func logThatIsOffKeepsNothing() {
        var log = SegmentLog(capacity: 0, snapLength: 64, payloadCapacity: 0)
        #expect(sent(&log, outbound(fields())) == 0)
        #expect(receive(&log, Captured.syn) == 0)
        #expect(log.newest == 0)
        #expect(log.snapshot().numbers.isEmpty)
    }

    @Test func snapshotStaysAsItWasWhileTheLogGoesOn() {
        var log = SegmentLog(capacity: 4_000, snapLength: 1_024, payloadCapacity: 1 << 20)
        var snapshots: [(snapshot: LogSnapshot, newest: UInt64)] = []
        for number in 0..<10_000 {
            let octet = UInt8(truncatingIfNeeded: number)
            _ = sent(&log, outbound(fields(), payload: Array(repeating: octet, count: 300)))
            if number % 700 == 0 { snapshots.append((log.snapshot(), log.newest)) }
        }
        for (snapshot, newest) in snapshots {
            #expect(snapshot.newest == newest)
            snapshot.forEach(in: snapshot.numbers) { record in
                let octet = UInt8(truncatingIfNeeded: record.number - 1)
                #expect(record.payload == Array(repeating: octet, count: record.captured))
                return true
            }
        }
    }

    @Test func answersSurviveSealing() {
        var log = SegmentLog(capacity: 10_000, snapLength: 64, payloadCapacity: 0)
        for number in 1...3_000 as ClosedRange<UInt64> {
            _ = receive(&log, Captured.data, answers: number % 3 == 0 ? [number, number * 2] : [])
        }
        let snapshot = log.snapshot()
        for number in 1...3_000 as ClosedRange<UInt64> {
            #expect(snapshot[number]?.answers == (number % 3 == 0 ? [number, number * 2] : []))
        }
    }

    @Test func payloadBeyondThePrefixIsKeptUpToTheSnapLength() throws {
        var log = SegmentLog(capacity: 100, snapLength: 2_048, payloadCapacity: 1 << 20)
        let payload = (0..<3_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for cut in [0, 1, 64, 184, 1_000, 2_048, 2_999, 3_000] {
            let number = sent(&log, outbound(fields(), payload: payload, cutAt: cut))
            let record = try #require(log.snapshot()[number])
            #expect(record.payloadLength == 3_000)
            #expect(record.captured == 2_048)
            #expect(record.payload == Array(payload.prefix(2_048)), "cut at \(cut)")
        }
        var packet = TestPacket()
        packet.payload = payload
        let received = log.snapshotAfterReceiving(packet.octets)
        let record = try #require(received)
        #expect(record.captured == 2_048)
        #expect(record.payload == Array(payload.prefix(2_048)))
    }

    @Test func payloadRingDropsTheOldestFirst() throws {
        var log = SegmentLog(capacity: 10_000, snapLength: 4_096, payloadCapacity: 4 << 16)
        for number in 0..<500 {
            let octet = UInt8(truncatingIfNeeded: number)
            _ = sent(&log, outbound(fields(), payload: Array(repeating: octet, count: 4_000)))
        }
        let snapshot = log.snapshot()
        var whole = 0
        snapshot.forEach(in: snapshot.numbers) { record in
            if record.captured == 4_000 {
                whole += 1
            } else {
                #expect(whole == 0, "record \(record.number) lost its payload after a newer one")
                #expect(record.captured == 184 - record.headerLength)
            }
            let octet = UInt8(truncatingIfNeeded: record.number - 1)
            #expect(record.payload == Array(repeating: octet, count: record.captured))
            return true
        }
        #expect((48...66).contains(whole), "\(whole) payloads of 3,856 octets in 256 KiB")
    }

    @Test func tooSmallAPayloadRingLeavesThePrefix() throws {
        var log = SegmentLog(capacity: 10, snapLength: 65_535, payloadCapacity: 1_000)
        let number = sent(&log, outbound(fields(), payload: Array(repeating: 5, count: 4_000)))
        let record = try #require(log.snapshot()[number])
        #expect(record.payload == Array(repeating: 5, count: 184 - record.headerLength))
    }

    @Test func payloadsOfAnySizeAreReadBack() throws {
        var random = SplitMix64.announced("payloads")
        var log = SegmentLog(capacity: 1_000, snapLength: 65_535, payloadCapacity: 64 << 20)
        var payloads: [[UInt8]] = []
        for _ in 0..<300 {
            let payload = [UInt8](
                repeating: .random(in: 0...255, using: &random), count: Int.random(in: 0...65_000, using: &random))
            payloads.append(payload)
            _ = sent(
                &log, outbound(fields(), payload: payload, cutAt: Int.random(in: 0...payload.count, using: &random)))
        }
        let snapshot = log.snapshot()
        for (index, payload) in payloads.enumerated() {
            #expect(try #require(snapshot[UInt64(index + 1)]).payload == payload)
        }
    }

    @Test func readersOnOtherThreadsSeeFinishedRecordsOnly() async {
        let owner = LogOwner()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<300 { await owner.append(30) } }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<100 {
                        let snapshot = await owner.snapshot()
                        for number in snapshot.numbers.suffix(200) {
                            let octet = UInt8(truncatingIfNeeded: number)
                            #expect(snapshot[number]?.payload.allSatisfy { $0 == octet } == true)
                        }
                    }
                }
            }
        }
    }

    private func fields() -> EnvelopedSegment {
        EnvelopedSegment(tuple, sequence: SequenceNumber(0xffff_fff1), flags: [.psh, .ack])
    }

    private func sent(_ log: inout SegmentLog, _ packet: OutboundPacket) -> UInt64 {
        var packet = packet
        return log.appendSent(
            &packet, at: Instant(nanoseconds: 3_000), wall: 0, context: context, cause: .data, because: nil,
            retransmits: nil, before: .established, after: .established)
    }

    private func receive(_ log: inout SegmentLog, _ packet: [UInt8], answers: [UInt64] = []) -> UInt64 {
        let view = try? PacketView(packet)
        let number = log.appendReceived(packet.span.bytes, view: view, at: Instant(nanoseconds: 3_000), wall: 0)
        log.answers += answers
        log.complete(
            number, verdict: Verdict(.outOfOrder, .seventh), context: context, checksum: .good, before: .established,
            after: .established)
        return number
    }
}

extension SegmentLog {
    /// The record of a packet received by nobody.
    fileprivate mutating func snapshotAfterReceiving(_ packet: [UInt8]) -> SegmentRecord? {
        let view = try? PacketView(packet)
        let number = appendReceived(packet.span.bytes, view: view, at: .zero, wall: 0)
        complete(
            number, verdict: Verdict(.accepted, .seventh), context: nil, checksum: .good, before: .closed,
            after: .closed)
        return snapshot()[number]
    }
}

/// Owns a log as the engine does, while readers look at snapshots elsewhere.
private actor LogOwner {
    private var log = SegmentLog(capacity: 3_000, snapLength: 1_000, payloadCapacity: 3 << 16)

    func snapshot() -> LogSnapshot { log.snapshot() }

    func append(_ count: Int) {
        let tuple = FourTuple(local: Endpoint(.loopbackV4, 1017), remote: Endpoint(.loopbackV4, 6666))
        for _ in 0..<count {
            let fields = EnvelopedSegment(tuple, sequence: SequenceNumber(1), flags: .ack)
            let octet = UInt8(truncatingIfNeeded: log.newest + 1)
            var packet = outbound(fields, payload: Array(repeating: octet, count: 700))
            log.appendSent(
                &packet, at: .zero, wall: 0, context: nil,
                cause: .data, because: nil, retransmits: nil, before: .established, after: .established)
        }
    }
}
