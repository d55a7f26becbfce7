/// What is left of a connection in TIME-WAIT: enough to answer for it until 2 MSL are over (RFC 9293 §3.6.1, §3.10.7.4).
package struct TimeWaitRecord: Sendable {
    /// RFC 9293 §3.4.2 takes MSL as 2 minutes; Linux and BSD use 30 s, and so do we.
    package static let msl = Interval.seconds(Int64(30))

    package let id: ConnectionID
    package let sendNxt: SequenceNumber
    package let receiveNxt: SequenceNumber
    package let iss: SequenceNumber
    package let irs: SequenceNumber
    package let firstRecordAt: Instant
    /// SEG.WND of the newest segment that the connection sent.
    private let window: UInt16
    /// nil if timestamps were not negotiated.
    private let timestamps: TimestampState?
    package private(set) var expiry: Instant
    private var challenges = ChallengeThrottle()

    /// Takes over from a connection that has just entered TIME-WAIT.
    package init(_ connection: Connection, at now: Instant) {
        id = connection.id
        sendNxt = connection.send.nxt
        receiveNxt = connection.receive?.nxt ?? SequenceNumber(0)
        iss = connection.send.iss
        irs = connection.receive?.irs ?? SequenceNumber(0)
        window = connection.receive?.announcedUnits ?? 0
        firstRecordAt = connection.firstRecordAt ?? connection.openedAt
        timestamps = connection.negotiated.timestamps ? connection.timestamps : nil
        expiry = now + Self.msl * 2
    }

    /// SEGMENT ARRIVES in TIME-WAIT: its verdict, and the ACK that answers it.
    package mutating func arrive(_ segment: Segment, record: UInt64, at now: Instant) -> (Verdict, OutgoingSegment?) {
        if segment.flags.contains(.rst) {
            // RFC 1337 §3: a RST is ignored here, since an old one would end the quiet time too early.
            return (Verdict(.outOfWindow, .second), nil)
        }
        // RFC 9293 §3.10.7.4, eighth: "TIME-WAIT state: Remain in the TIME-WAIT state. Restart the 2 MSL time-wait timeout."
        if segment.flags.contains(.fin), segment.end == receiveNxt { expiry = now + Self.msl * 2 }
        guard segment.length > 0 || segment.sequence != receiveNxt, challenges.allow(at: now) else {
            return (Verdict(segment.length > 0 ? .duplicate : .oldAck, .first), nil)
        }
        // "The only thing that can arrive in this state is a retransmission of the remote FIN. Acknowledge it".
        var ack = OutgoingSegment(sequence: sendNxt, flags: .ack, cause: .duplicateAck, because: record)
        ack.acknowledgment = receiveNxt
        ack.window = window
        if let timestamps { ack.options.timestamps = timestamps.option(at: now) }
        return (Verdict(segment.length > 0 ? .duplicate : .outOfWindow, .first), ack)
    }
}
