import Engine
import Testing

@Suite struct LogRenderingTests {
    private static let tuple = FourTuple(local: Endpoint(.loopbackV4, 52287), remote: Endpoint(.loopbackV4, 43456))
    private let context = RecordContext(
        connection: 7, sequenceBase: SequenceNumber(0x02d9_7fd8), acknowledgmentBase: SequenceNumber(0x78cc_07f1),
        origin: .zero, windowShift: 10)

    @Test func receivedSynIsOneLine() {
        let record = received(Captured.syn, Verdict(.accepted, .listenThird))
        #expect(
            record?.line == """
                     1     0.000041 < c7   127.0.0.1:43456 > 127.0.0.1:52287: Flags [S], seq 2026637297, win 65495, \
                options [mss 65495,sackOK,TS val 1041931601 ecr 0,nop,wscale 10], length 0, accepted
                """)
    }

    @Test func receivedDataCountsFromTheInitialNumbers() {
        let record = received(Captured.data, Verdict(.accepted, .seventh), answers: [3, 4])
        #expect(
            record?.line == """
                     1     0.000041 < c7   127.0.0.1:43456 > 127.0.0.1:52287: Flags [P.], seq 1:10, ack 1, win 65536, \
                options [nop,nop,TS val 1041931601 ecr 2114155289], length 9, accepted, answers 3+4
                """)
        #expect(record?.payloadText == "\"hello raw\"")
    }

    @Test func sentSegmentTellsWhy() {
        var log = SegmentLog(capacity: 10, snapLength: 64, payloadCapacity: 0)
        var fields = EnvelopedSegment(Self.tuple, sequence: SequenceNumber(0x02d9_7fd9), flags: [.fin, .ack])
        fields.acknowledgment = SequenceNumber(0x78cc_07fb)
        for cause in [Cause.data, .rto] {
            var packet = outbound(fields, payload: Array(repeating: 0x41, count: 100))
            log.appendSent(
                &packet, at: Instant(nanoseconds: 1_500_000_000),
                wall: 0, context: context, cause: cause, because: cause == .rto ? nil : 0,
                retransmits: cause == .rto ? 1 : nil, before: .established, after: .finWait1)
        }
        let record = log.snapshot()[2]
        #expect(
            record?.line == """
                     2     1.500000 > c7   127.0.0.1:52287 > 127.0.0.1:43456: Flags [F.], seq 1:101, ack 10, win 0, \
                length 100, rto, retransmits 1, ESTABLISHED -> FIN-WAIT-1
                """)
        #expect(record?.payloadText == "\"\(String(repeating: "A", count: 64))\" and 36 octets more")
    }

    @Test func noiseIsALineToo() {
        let record = received([0xff, 0x1b, 0x5b], Verdict(.malformed, .malformed))
        #expect(record?.line == "     1     0.000041 < c7   3 octets that are no IP packet, malformed")
        #expect(record?.payloadText == "\"\\xff\\x1b[\"")
        #expect(record?.headers == nil)
    }

    @Test func badChecksumIsShown() {
        let record = received(Captured.data, Verdict(.badChecksum, .checksum), checksum: .bad)
        #expect(record?.line.hasSuffix(", bad-checksum, checksum bad") == true)
    }

    @Test func offloadedSegmentTellsWhichChecksumIsRight() throws {
        let record = try #require(received(Captured.data, Verdict(.accepted, .seventh), checksum: .offloaded))
        #expect(record.expectedChecksum == (try PacketHeaders(Captured.data).rightChecksum(Captured.data)))
        #expect(record.expectedChecksum != nil)
    }

    @Test(
        "analysis says in Wireshark's words what the engine knows",
        arguments: [
            (cause: Cause.rto, window: UInt16(1), words: [Analysis.retransmission]),
            (.fastRetransmit, 1, [.retransmission, .fastRetransmission]),
            (.windowUpdate, 1, [.windowUpdate]),
            (.windowProbe, 1, [.zeroWindowProbe]),
            (.duplicateAck, 0, [.duplicateAck, .zeroWindow]),
            (.keepAlive, 1, [.keepAlive]),
            (.data, 1, []),
        ])
    func analysisOfSentSegments(cause: Cause, window: UInt16, words: [Analysis]) throws {
        var log = SegmentLog(capacity: 10, snapLength: 64, payloadCapacity: 0)
        var fields = EnvelopedSegment(Self.tuple, sequence: SequenceNumber(1), flags: .ack)
        fields.window = window
        var packet = outbound(fields)
        log.appendSent(
            &packet, at: .zero, wall: 0, context: context, cause: cause, because: nil, retransmits: nil,
            before: .established, after: .established)
        let record = try #require(log.snapshot()[1])
        #expect(record.ownAnalysis.words == words)
    }

    @Test func repeatedTextThatWeHaveIsSpurious() throws {
        let record = try #require(received(Captured.data, Verdict(.duplicate, .first)))
        #expect(record.ownAnalysis.words == [.retransmission, .spuriousRetransmission])
    }

    private func received(
        _ packet: [UInt8], _ verdict: Verdict, checksum: ChecksumVerdict = .offloaded, answers: [UInt64] = []
    ) -> SegmentRecord? {
        var log = SegmentLog(capacity: 10, snapLength: 2_048, payloadCapacity: 1 << 20)
        let view = try? PacketView(packet)
        let number = log.appendReceived(packet.span.bytes, view: view, at: Instant(nanoseconds: 41_999), wall: 0)
        log.answers += answers
        log.complete(
            number, verdict: verdict, context: context, checksum: checksum, before: .established, after: .established)
        return log.snapshot()[number]
    }
}
