/// How the engine is set up; fixed for its life.
public struct EngineConfiguration: Sendable {
    /// Local ports that the engine chooses from; outside the kernel's `ip_local_port_range`.
    public var portRange: ClosedRange<UInt16> = 20_000...29_999
    /// Opens the guard `range` for these local ports.
    public var guardRange: ClosedRange<UInt16>?
    /// Opens the guard `nftables`, for `portRange`.
    public var opensFirewallGuard = false
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
    /// Connections that may be open at once.
    public var connectionLimit = 65_536
    /// Listeners that may stand at once; each holds a guard, and most labs need one.
    public var listenerLimit = 1_024
    /// Connections of all listeners that may be in their handshake at once; beyond it SYN cookies answer.
    public var halfOpenLimit = StackConfiguration.standardHalfOpenLimit
    /// Octets that may lie behind holes, of all connections together.
    public var outOfOrderLimit = StackConfiguration.standardOutOfOrderLimit
    /// False switches the segment log off; for measuring what it costs.
    public var logEnabled = true
    /// The echo of our own segments on loopback is folded into their records.
    public var observesEcho = false
    /// Connections of other programs may be watched, and segments crafted in their names.
    public var observes = false

    /// Told about breaches of the engine's own invariants, with the records that led to them.
    public var onInternalError: @Sendable (String) -> Void = { _ in }

    public init() {}
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
    /// How far the received stream has come.
    public var received: UInt64
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
    public var listenerLimit: Int
    /// Connections of listeners in their handshake, and the most of all listeners together.
    public var halfOpen: Int
    public var halfOpenLimit: Int
    /// Octets behind holes, and the most of all connections together.
    public var outOfOrder: Int
    public var outOfOrderLimit: Int
    public var portRange: ClosedRange<UInt16>
    public var allowedTargets: [TargetRule]
    public var guardsOpen: Int
    /// Guards opened since the start.
    public var guardsOpened: UInt64
    public var guardKinds: [GuardKind]
    /// The echo of our own segments on loopback is folded into their records.
    public var observesEcho: Bool
    public var counters: EngineCounters
    /// Segments by why they were sent or what became of them, since the start.
    public var causes: [Cause: UInt64]
}
