/// A connection that the kernel owns, followed from outside: by the raw socket's copies of its segments. On loopback those of
/// both directions come; elsewhere only the peer's, whose acknowledgments tell how far ours have come.
package struct FollowedConnection: Sendable {
    package let id: ConnectionID
    package let tuple: FourTuple
    /// What its records say: observed, or the kernel's twin of a connection.
    package let cause: Cause
    package var name: String?
    package let openedAt: Instant
    /// The initial sequence numbers; unless the handshake was seen, each is one less than the first number seen.
    package private(set) var iss, irs: SequenceNumber?
    /// The SYNs were seen, so that relative numbers count from the connection's own beginning.
    package private(set) var knowsBeginning = false
    /// SND.UNA, SND.NXT and RCV.NXT as far as segments have told.
    package private(set) var una, nxt, receiveNext: SequenceNumber?
    /// The windows that both sides announced last, as they stand in the header.
    package private(set) var ownWindow: UInt16 = 0
    package private(set) var peerWindow: UInt16 = 0
    private(set) var ownScale: UInt8 = 0
    private(set) var peerScale: UInt8 = 0
    package private(set) var sent = 0
    package private(set) var received = 0
    /// nil until a segment has told.
    package internal(set) var state: State?
    /// Behind our FIN, once it has been seen.
    var end: SequenceNumber?
    package private(set) var firstRecordAt: Instant?
    package private(set) var lastRecord: UInt64?
    /// Crafted segments of ours that the loopback device will hand back.
    private var echoes: [Echo] = []

    private struct Echo: Hashable {
        let sequence: SequenceNumber
        let checksum: UInt16
        let length: Int
    }

    package init(id: ConnectionID, tuple: FourTuple, cause: Cause, name: String?, at now: Instant) {
        self.id = id
        self.tuple = tuple
        self.cause = cause
        self.name = name
        openedAt = now
    }

    /// What its records count from.
    func context(_ direction: Direction, at now: Instant) -> RecordContext {
        RecordContext(
            connection: id.rawValue, sequenceBase: iss ?? SequenceNumber(0),
            acknowledgmentBase: irs ?? SequenceNumber(0),
            origin: firstRecordAt ?? now, windowShift: direction == .outbound ? ownScale : peerScale)
    }

    /// Learns from a segment.
    mutating func note(_ segment: Segment, _ direction: Direction, record: UInt64, at now: Instant) {
        if firstRecordAt == nil { firstRecordAt = now }
        lastRecord = record
        if segment.flags.contains(.syn) { knowsBeginning = true }
        switch direction {
        case .outbound:
            sent += 1
            Self.learn(segment, base: &iss, next: &nxt, otherBase: &irs, otherEdge: &receiveNext)
            ownWindow = segment.window
            if segment.flags.contains(.syn) { ownScale = min(segment.options.windowScale ?? 0, 14) }
        case .inbound:
            received += 1
            Self.learn(segment, base: &irs, next: &receiveNext, otherBase: &iss, otherEdge: &una)
            if let una, nxt.map({ $0 < una }) ?? true { nxt = una }
            peerWindow = segment.window
            if segment.flags.contains(.syn) { peerScale = min(segment.options.windowScale ?? 0, 14) }
        }
        follow(segment, direction)
    }

    private static func learn(
        _ segment: Segment, base: inout SequenceNumber?, next: inout SequenceNumber?, otherBase: inout SequenceNumber?,
        otherEdge: inout SequenceNumber?
    ) {
        if segment.flags.contains(.syn) {
            base = segment.sequence
        }
        if base == nil { base = segment.sequence + -1 }
        if next.map({ $0 < segment.end }) ?? true { next = segment.end }
        guard segment.flags.contains(.ack) else { return }
        if otherBase == nil { otherBase = segment.acknowledgment + -1 }
        if otherEdge.map({ $0 < segment.acknowledgment }) ?? true { otherEdge = segment.acknowledgment }
    }

    // MARK: Echoes

    /// A crafted segment leaves in the connection's name: the loopback device will hand it back.
    mutating func expectEcho(of datagram: [UInt8]) {
        guard let view = try? PacketView(parsing: datagram.span.bytes) else { return }
        echoes.append(Echo(sequence: view.segment.sequence, checksum: view.checksum, length: view.payloadLength))
        // More than a burst of them has got lost on the way: they are not coming any more.
        if echoes.count > 10_000 { echoes.removeFirst(5_000) }
    }

    /// The segment is one that was crafted here, and has its record.
    mutating func isEcho(_ view: PacketView) -> Bool {
        let echo = Echo(sequence: view.segment.sequence, checksum: view.checksum, length: view.payloadLength)
        guard let index = echoes.firstIndex(of: echo) else { return false }
        echoes.remove(at: index)
        return true
    }
}
