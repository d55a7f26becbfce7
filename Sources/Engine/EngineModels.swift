/// How the engine is set up; fixed for its life.
public struct EngineConfiguration: Sendable {
    /// Local ports that the engine chooses from; outside the kernel's `ip_local_port_range`.
    public var portRange: ClosedRange<UInt16> = 20_000...29_999
    /// Networks allowed besides loopback.
    public var allowedTargets: [TargetRule] = []
    /// Records that the segment log keeps.
    public var logCapacity = 262_144
    /// Octets of payload that the log keeps, beyond the prefix inside each record.
    public var logPayloadCapacity = 64 << 20
    /// Most octets of one segment's payload that the log captures.
    public var snapLength = 2_048
    /// Spins this long for the next packet before sleeping.
    public var busyPoll = Interval.zero
    /// Connections that may be open at once; nil: from RLIMIT_NOFILE.
    public var connectionLimit: Int?
    /// False switches the segment log off; for measuring what it costs.
    public var logEnabled = true

    public init() {}
}

/// What to wait for on a connection.
public enum WaitCondition: Hashable, Sendable {
    /// Everything written so far has left.
    case sent
    /// Everything written so far (and our FIN, if there is one) is acknowledged.
    case acknowledged
    case established
    case closed
    case state(State)
    /// The stream up to this offset is acknowledged.
    case acknowledgedThrough(UInt64)
    /// The stream up to this offset has left.
    case sentThrough(UInt64)
    /// A segment from the peer has been accepted since the call.
    case reply
}

/// What became of octets handed to `write`.
public struct WriteReceipt: Sendable {
    /// The stream position of the first octet.
    public var offset: UInt64
    /// The stream position after the last accepted octet.
    public var nextOffset: UInt64
    /// The sequence numbers that belong to them.
    public var firstSequence, nextSequence: SequenceNumber
}

/// How far a stream has come; the members of an answer to `send`.
public struct SendProgress: Sendable {
    /// Stream positions: everything before is acknowledged, sent, accepted.
    public var acknowledged, sent, accepted: UInt64
    /// SND.WND: zero means that the peer has closed its window.
    public var peerWindow: Int
    /// The sequence number of stream position zero.
    public var firstSequence: SequenceNumber
    /// The newest segment in the log.
    public var newestSegment: UInt64
}

/// A piece of the received stream.
public struct ReadResult: Sendable {
    /// The stream position of the first octet.
    public var offset: UInt64
    public var octets: [UInt8]
    /// The peer's FIN stands right behind the last octet.
    public var isFinal: Bool
    /// The stream ended in an error right behind the last octet.
    public var error: CloseReason?
    public var nextOffset: UInt64 { offset + UInt64(octets.count) }
}

/// Asks for received octets.
public struct ReadRequest: Sendable {
    /// nil: from the oldest octet kept.
    public var offset: UInt64?
    public var limit = 65_536
    /// Octets to wait for, at most until `patience` is over or the stream has ended.
    public var minimum = 1
    public var patience = Interval.zero
    /// Asking for a higher offset releases everything before it, and so opens the window.
    public var releases = true
    public init() {}
}

/// What the engine tells of itself.
public struct EngineStatus: Sendable {
    /// 8 hexadecimal digits, new at each start.
    public var run: String
    public var uptime: Interval
    public var openConnections: Int
    public var timeWaitConnections: Int
    public var connectionLimit: Int
    public var portRange: ClosedRange<UInt16>
    public var allowedTargets: [TargetRule]
    public var guardsOpen: Int
    public var guardKinds: [GuardKind]
    public var counters: EngineCounters
}

/// Totals since the start.
public struct EngineCounters: Sendable {
    public var segmentsReceived: UInt64 = 0
    public var segmentsSent: UInt64 = 0
    /// Packets that got no further, by reason.
    public var dropped: [DropReason: UInt64] = [:]
    /// Packets that the kernel dropped because the raw socket's buffer was full (SO_RXQ_OVFL).
    public var receiveOverflows: UInt64 = 0
    /// Packets that the kernel would not take, by errno.
    public var sendErrors: UInt64 = 0
    /// Connections that broke one of our own invariants and were aborted: each is a bug.
    public var internalErrors: UInt64 = 0
    public var connectionsOpened: UInt64 = 0
    public init() {}
}
