import Engine

/// A log as a short conversation leaves it: SYN out, SYN-ACK in, ACK out, data out, its ACK in.
enum SegmentLogFixture {
    /// A SYN-ACK that a Linux kernel sent over its loopback device, checksum left to hardware that is not there.
    static let synAck: [UInt8] =
        [0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 6, 0x3c, 0xba, 127, 0, 0, 1, 127, 0, 0, 1]
        + [0xcc, 0x3f, 0xa9, 0xc0, 0x02, 0xd9, 0x7f, 0xd8, 0x78, 0xcc, 0x07, 0xf2, 0xa0, 0x12, 0xff, 0xcb]
        + [
            0xfe, 0x30, 0, 0, 2, 4, 0xff, 0xd7, 4, 2, 8, 10, 0x7e, 0x03, 0x73, 0x19, 0x3e, 0x1a, 0x9d, 0x51, 1, 3, 3,
            10,
        ]

    static let tuple = FourTuple(local: Endpoint(.loopbackV4, 43456), remote: Endpoint(.loopbackV4, 52287))
    static let iss = SequenceNumber(0x78cc_07f1)
    static let irs = SequenceNumber(0x02d9_7fd8)

    /// The conversation, `times` over, on connections c1, c2, …
    static func log(times: Int = 1, capacity: Int = 1_000) -> LogSnapshot {
        var log = SegmentLog(capacity: capacity, snapLength: 2_048, payloadCapacity: 1 << 20)
        log.noteDropped(3, at: .zero)
        for connection in 1...max(1, times) { converse(&log, UInt32(connection)) }
        return log.snapshot(run: "00c0ffee")
    }

    /// The conversation once more, on the connection with this number.
    static func converse(_ log: inout SegmentLog, _ connection: UInt32) {
        let context = RecordContext(
            connection: connection, sequenceBase: iss, acknowledgmentBase: irs, origin: .zero, windowShift: 7)
        func send(_ flags: TCPFlags, _ cause: Cause, at time: Int64, payload: [UInt8] = [], because: UInt64? = nil) {
            let sequence = flags == .syn ? iss : iss + 1
            var segment = OutgoingSegment(sequence: sequence, flags: flags, cause: cause, because: because)
            segment.acknowledgment = flags == .syn ? SequenceNumber(0) : irs + 1
            segment.window = 512
            var packet = OutboundPacket(destination: tuple.remote, record: 0)
            if !payload.isEmpty {
                let block = OctetBlock()
                _ = block.append(payload.span.bytes, from: 0)
                packet.payload = OctetSlice(block: block, offset: 0, count: payload.count)
            }
            segment.encode(in: Envelope(tuple), into: &packet)
            let state = flags == .syn ? State.synSent : .established
            log.appendSent(
                &packet, at: Instant(nanoseconds: time), wall: 1_700_000_000_000_000_000 + time, context: context,
                cause: cause, because: because, retransmits: nil, before: flags == .syn ? .closed : state, after: state)
        }
        func receive(_ packet: [UInt8], at time: Int64, _ rule: Rule, answers: [UInt64], from before: State) {
            let span = packet.span.bytes
            var view = try? PacketView(parsing: span)
            let verdict = view?.verifyChecksum(span) ?? .unverifiable
            let number = log.appendReceived(
                span, view: view, at: Instant(nanoseconds: time), wall: 1_700_000_000_000_000_000 + time)
            log.answers += answers
            log.complete(
                number, verdict: Verdict(.accepted, rule), context: context, checksum: verdict, before: before,
                after: .established)
        }
        send(.syn, .syn, at: 0)
        let first = log.newest
        receive(synAck, at: 41_000, .synSentFourth, answers: [first], from: .synSent)
        send(.ack, .ack, at: 50_000, because: first + 1)
        send([.psh, .ack], .data, at: 60_000, payload: Array("hello raw".utf8))
        receive(synAck, at: 90_000, .fifth, answers: [first + 3], from: .established)
    }
}
