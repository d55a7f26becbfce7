/// What is left of a connection in TIME-WAIT: enough to answer for it until 2 MSL are over (RFC 9293 §3.6.1, §3.10.7.4).
package struct TimeWaitRecord: Sendable {
    /// RFC 9293 §3.4.2 takes MSL as 2 minutes; Linux and BSD use 30 s, and so do we unless the user says otherwise.
    package static let msl = Interval.seconds(Int64(30))

    package let id: ConnectionID
    package let tuple: FourTuple
    package let sendNxt: SequenceNumber
    package let receiveNxt: SequenceNumber
    package let iss: SequenceNumber
    package let irs: SequenceNumber
    package let firstRecordAt: Instant
    /// SEG.WND of the newest segment that the connection sent.
    private let window: UInt16
    /// nil if timestamps were not negotiated.
    private let timestamps: TimestampState?
    /// 2 MSL.
    private let duration: Interval
    private let onReset: TimeWaitReset
    /// `Habits.timeWaitHearsAcksOnly`
    private let hearsAcksOnly: Bool
    private let ttl: UInt8
    private let dscp: UInt8
    /// The guard at the local endpoint, held until TIME-WAIT is over.
    package let guardKind: GuardKind
    package private(set) var expiry: Instant
    private let begun: Instant
    private var challenges = ChallengeThrottle()

    /// Takes over from a connection that has just entered TIME-WAIT.
    package init(_ connection: Connection, at now: Instant) {
        id = connection.id
        tuple = connection.tuple
        sendNxt = connection.send.nxt
        receiveNxt = connection.receive?.nxt ?? SequenceNumber(0)
        iss = connection.send.iss
        irs = connection.receive?.irs ?? SequenceNumber(0)
        window = connection.receive?.announcedUnits ?? 0
        firstRecordAt = connection.trail.begin ?? connection.openedAt
        timestamps = connection.negotiated.timestamps ? connection.timestamps : nil
        duration = connection.options.timeWait
        onReset = connection.options.timeWaitReset
        hearsAcksOnly = connection.options.habits.timeWaitHearsAcksOnly
        ttl = connection.options.ttl
        dscp = connection.options.dscp
        guardKind = connection.options.guardKind
        begun = now
        expiry = now + duration
    }

    /// What becomes of the record.
    package enum Outcome: Sendable {
        case stays
        /// A RST ended it.
        case ends
        /// A new connection may begin in its place.
        case yields
    }

    /// SEGMENT ARRIVES in TIME-WAIT: its verdict, the ACK that answers it, and whether the quiet time goes on.
    package mutating func arrive(
        _ segment: Segment, record: UInt64, at now: Instant
    ) -> (Verdict, OutgoingSegment?, Outcome) {
        if segment.flags.contains(.rst) { return arriveReset(segment) }
        if mayBeReopened(by: segment, at: now) { return (Verdict(.accepted, .timeWaitReuse), nil, .yields) }
        if hearsAcksOnly, !segment.flags.contains(.ack) { return (Verdict(.malformed, .fifth), nil, .stays) }
        // RFC 9293 §3.10.7.4, eighth: "TIME-WAIT state: Remain in the TIME-WAIT state. Restart the 2 MSL time-wait timeout."
        if segment.flags.contains(.fin), segment.end == receiveNxt { expiry = now + duration }
        guard segment.length > 0 || segment.sequence != receiveNxt, challenges.allow(at: now) else {
            return (Verdict(segment.length > 0 ? .duplicate : .oldAck, .first), nil, .stays)
        }
        // "The only thing that can arrive in this state is a retransmission of the remote FIN. Acknowledge it".
        let ack = acknowledgment(.duplicateAck, record: record, at: now)
        return (Verdict(segment.length > 0 ? .duplicate : .outOfWindow, .first), ack, .stays)
    }

    /// A SYN that could open a new connection, but nobody listens: RFC 5961 §4.2, "send a challenge ACK".
    package mutating func challenge(record: UInt64, at now: Instant) -> (Verdict, OutgoingSegment?) {
        let isAllowed = challenges.allow(at: now)
        return (
            Verdict(.outOfWindow, .fourth), isAllowed ? acknowledgment(.challengeAck, record: record, at: now) : nil
        )
    }

    private func acknowledgment(_ cause: Cause, record: UInt64, at now: Instant) -> OutgoingSegment {
        var ack = OutgoingSegment(sequence: sendNxt, flags: .ack, cause: cause, because: record)
        ack.acknowledgment = receiveNxt
        ack.window = window
        if let timestamps { ack.options.timestamps = timestamps.option(at: now) }
        return ack
    }

    private func arriveReset(_ segment: Segment) -> (Verdict, OutgoingSegment?, Outcome) {
        // RFC 5961 §3.2 lets only the exact number through, whatever is done with it.
        guard onReset == .close, segment.sequence == receiveNxt else {
            return (Verdict(.outOfWindow, .second), nil, .stays)
        }
        return (Verdict(.accepted, .second), nil, .ends)
    }

    /// RFC 6191 §2: a SYN may open a new connection from TIME-WAIT if its timestamp is newer than the last of the old one, or,
    /// where one side has no timestamps, if its sequence number is (RFC 9293 §3.6.1, MAY-2).
    private func mayBeReopened(by segment: Segment, at now: Instant) -> Bool {
        let flags: TCPFlags = hearsAcksOnly ? [.syn, .ack] : [.syn, .ack, .fin]
        guard segment.flags.intersection(flags) == .syn, !segment.hasIllegalOptions else { return false }
        if let recent = timestamps?.recent, let value = segment.options.timestamps?.value, value != recent {
            return Int32(bitPattern: value &- recent) > 0
        }
        return segment.sequence > receiveNxt
    }

    /// An active OPEN of ours may take the name over: our next timestamp is newer than all of the old connection's, by a tick
    /// at least, so that PAWS tells the two apart (RFC 6191 §2; Linux waits a second, too, if nothing else is said).
    package func mayBeReused(after delay: Interval, at now: Instant) -> Bool {
        timestamps != nil && now - begun >= delay
    }

    /// Tells the connection that takes the name over what its SYN may echo.
    func leaveStamp(to connection: Connection) {
        if let timestamps { connection.timestamps.inherit(timestamps) }
    }

    /// RFC 9293 §3.6.1, MAY-2 (1): the new initial sequence number must be "larger than the largest sequence number it used on
    /// the previous connection incarnation".
    package func successor(of wanted: SequenceNumber) -> SequenceNumber {
        // RFC 6191 leaves the distance open. A window's worth beyond, so that nothing of the old stream is in the new window.
        wanted > sendNxt ? wanted : sendNxt + 65_536
    }

    /// IP header fields of its answers.
    package var hopLimitAndDSCP: (ttl: UInt8, dscp: UInt8) { (ttl, dscp) }
}
