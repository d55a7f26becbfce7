/// How the kernel is kept from resetting a connection that it does not know (docs/architecture.md, "The reset guard").
public enum GuardKind: String, CaseIterable, Hashable, Sendable {
    /// A listener that drops everything, one for each local endpoint.
    case socket
    /// One for a whole range of ports, by a program in the kernel's socket lookup.
    case range
    /// A table of nftables that drops the kernel's RSTs.
    case nftables
    /// Nothing: the kernel resets the connection.
    case none
}

/// How loss is found with a peer that sends selective acknowledgments; without them it is duplicate ACKs, always.
public enum LossDetection: String, CaseIterable, Hashable, Sendable {
    /// By time, with tail loss probes (RFC 8985).
    case rack
    /// By the number of segments that have arrived behind a hole (RFC 6675).
    case sack
}

/// Everything about a connection that its user may set; the defaults are the engine's.
public struct ConnectionOptions: Hashable, Sendable {
    /// The MSS that our SYN announces; nil: from the route's MTU (RFC 9293 §3.7.1, MUST-67).
    public var mss: UInt16?
    /// The shift that our SYN offers, 0 … 14; nil leaves the option out (RFC 7323 §2).
    public var windowScale: UInt8? = 7
    /// Whether our SYN permits selective acknowledgments (RFC 2018 §2).
    public var sack = true
    /// Whether our SYN offers timestamps (RFC 7323 §3).
    public var timestamps = true
    /// Most octets that the receive side holds, and so the largest window: 4,096 … 1 GiB.
    public var receiveBuffer = 1 << 20
    /// Most octets that wait to be sent or acknowledged: 4,096 … 1 GiB.
    public var sendBuffer = 1 << 20
    /// IPv4 time to live, 1 … 255 (RFC 9293 MUST-49: must be configurable).
    public var ttl: UInt8 = 64
    /// Differentiated services code point, 0 … 63 (RFC 9293 MUST-48).
    public var dscp: UInt8 = 0
    public var congestion = CongestionAlgorithm.cubic
    /// How loss is found with a peer that sends selective acknowledgments.
    public var lossDetection = LossDetection.rack
    /// Whether our SYN offers explicit congestion notification, and a peer's offer is taken up (RFC 3168).
    public var ecn = false
    /// Nagle's algorithm (RFC 9293 §3.7.4); off, since a lab wants to see what it sends.
    public var nagle = false
    /// Delays a lone ACK (RFC 9293 §3.8.6.3).
    public var delayedAck = true
    /// How long data may stay unacknowledged before the connection is aborted; nil: R2 (100 s; 180 s for a SYN).
    public var userTimeout: Interval?
    /// Announces our user timeout to the peer, and follows the peer's unless `userTimeout` is set (RFC 5482 §3.1, whose
    /// ENABLED "Defaults to false").
    public var userTimeoutOption = false
    /// Probes of an idle connection; nil: none (RFC 9293 MUST-25: "they MUST default to off").
    public var keepAlive: KeepAlive?
    /// Text and a cookie in the SYN (RFC 7413); off, since a network may replay a SYN.
    public var fastOpen = false
    /// Options that the user makes up; see `optionOverflow` for how many.
    public var customOptions: [CustomOption] = []
    /// Drops received octets as they arrive: for connections that are only watched.
    public var autoRelease = false
    /// How long TIME-WAIT lasts: 2 MSL, 0 … 240 s.
    public var timeWait = TimeWaitRecord.msl * 2
    /// What a RST does to TIME-WAIT.
    public var timeWaitReset = TimeWaitReset.ignore
    /// Lets an active open take over its own name out of TIME-WAIT where that is safe (RFC 6191); off, since a user who asks for
    /// a port wants to know that it is still in use.
    public var reuseTimeWait = false
    public var guardKind = GuardKind.socket

    /// What our stack does as one implementation or another does it; `Personality` has the sets with names.
    public var habits: Habits {
        get { sharedHabits.value }
        set { sharedHabits = SharedHabits(newValue) }
    }

    /// What they say of the retransmission timeout.
    var timeoutBounds: RTOBounds { sharedHabits.timeoutBounds }

    /// By reference: they are many, and nearly all connections have the same.
    private var sharedHabits = SharedHabits.standard

    public init() {}
}

/// Habits that any number of connections have.
private final class SharedHabits: Hashable, Sendable {
    static let standard = SharedHabits(Habits())

    let value: Habits
    let timeoutBounds: RTOBounds

    init(_ value: Habits) {
        self.value = value
        timeoutBounds = RTOBounds(
            minimum: value.minimumRTO, maximum: value.maximumRTO, extra: value.extraRTO,
            granularity: value.leastVariation)
    }

    static func == (a: SharedHabits, b: SharedHabits) -> Bool { a === b || a.value == b.value }
    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

/// When an idle connection is probed (RFC 9293 §3.8.4).
public struct KeepAlive: Hashable, Sendable {
    /// Silence before the first probe. MUST-28: "MUST default to no less than two hours".
    public var idle = Interval.seconds(Int64(7_200))
    /// Between probes; 75 s as Linux and BSD.
    public var interval = Interval.seconds(Int64(75))
    /// Probes without any answer that end the connection; 9 as Linux. MUST-29 forbids to take one for an end.
    public var count = 9

    public init() {}
}

/// What a RST does to a connection in TIME-WAIT.
public enum TimeWaitReset: String, CaseIterable, Hashable, Sendable {
    /// RFC 1337 §3, fix F1: "Ignore RST segments in TIME-WAIT state." The default: an old RST would end the quiet time that
    /// protects the next connection of the same name, and nothing waits for it to end.
    case ignore
    /// RFC 9293 §3.10.7.4, second check: "If the RST bit is set, then enter the CLOSED state".
    case close
}
