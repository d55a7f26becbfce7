/// Names a connection within one run of the engine; printed `c1`, `c2`, …
public struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Reads `c1`; nil for anything else.
    public init?(_ text: String) {
        guard text.first == "c", text.utf8.count <= 11, let number = UInt32(text.dropFirst()), number > 0,
            String(number) == text.dropFirst()
        else { return nil }
        rawValue = number
    }

    public var description: String { "c\(rawValue)" }
}

/// How the kernel is kept from resetting a connection that it does not know (docs/architecture.md, "The reset guard").
public enum GuardKind: String, CaseIterable, Hashable, Sendable {
    case socket
    case none
}

/// The congestion controllers to choose from.
public enum CongestionAlgorithm: String, CaseIterable, Hashable, Sendable {
    case newreno
    case none
}

/// Everything about a connection that its user may set; the defaults are the engine's.
public struct ConnectionOptions: Hashable, Sendable {
    /// The MSS that our SYN announces; nil: from the route's MTU (RFC 9293 §3.7.1, MUST-67).
    public var mss: UInt16?
    /// The shift that our SYN offers, 0 … 14; nil leaves the option out (RFC 7323 §2).
    public var windowScale: UInt8? = 7
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
    public var congestion = CongestionAlgorithm.newreno
    /// Nagle's algorithm (RFC 9293 §3.7.4); off, since a lab wants to see what it sends.
    public var nagle = false
    /// Delays a lone ACK (RFC 9293 §3.8.6.3).
    public var delayedAck = true
    /// How long data may stay unacknowledged before the connection is aborted; nil: R2 (100 s; 180 s for a SYN).
    public var userTimeout: Interval?
    public var guardKind = GuardKind.socket

    public init() {}
}

/// Asks for an active open.
public struct OpenRequest: Sendable {
    public var remote: Endpoint
    /// nil: the route decides.
    public var localAddress: IPAddress?
    /// nil: RFC 6056 decides.
    public var localPort: UInt16?
    public var name: String?
    /// nil: RFC 6528 decides.
    public var initialSequence: SequenceNumber?
    public var options = ConnectionOptions()
    /// Octets to send right after the handshake.
    public var payload: [UInt8] = []

    public init(remote: Endpoint) { self.remote = remote }
}

/// Why a connection came to its end.
public enum CloseReason: String, Hashable, Sendable {
    case normal
    case resetByPeer = "reset-by-peer"
    case aborted
    case refused
    case timeout
    case unreachable
    case leaseExpired = "lease-expired"
    case shutdown
}

/// A connection as it is at one moment; a value that may cross threads.
public struct ConnectionSnapshot: Sendable {
    public struct Send: Sendable {
        public var iss, una, nxt: SequenceNumber
        /// SND.WND in octets, scaled.
        public var wnd: Int
        /// The shift applied to windows that the peer announces.
        public var scale: UInt8
        /// Octets accepted from the user and not yet acknowledged.
        public var buffered: Int
        /// Octets sent and not yet acknowledged.
        public var inFlight: Int
    }
    public struct Receive: Sendable {
        /// Zero until the peer's SYN has come.
        public var irs, nxt: SequenceNumber
        /// RCV.WND in octets.
        public var wnd: Int
        /// The shift applied to windows that we announce.
        public var scale: UInt8
        /// Octets in order that wait for the user.
        public var buffered: Int
        /// Octets that wait for a hole to be filled.
        public var outOfOrder: Int
    }
    public struct Negotiated: Sendable {
        public var windowScale, sack, timestamps, ecn, fastOpen: Bool
    }
    public struct RTT: Sendable {
        /// nil until the first sample.
        public var smoothed, variation, minimum: Interval?
        public var rto: Interval
    }
    public struct Congestion: Sendable {
        public var algorithm: CongestionAlgorithm
        /// cwnd in octets.
        public var window: Int
        /// ssthresh in octets; nil while it is arbitrarily high.
        public var slowStartThreshold: Int?
        public var phase: CongestionPhase
    }
    public struct Counters: Sendable {
        public var segmentsSent = 0
        public var segmentsReceived = 0
        /// Octets of text sent, retransmissions included.
        public var bytesSent = 0
        public var bytesAcked = 0
        public var bytesReceived = 0
        public var retransmissions = 0
        public var timeouts = 0
        public var duplicateAcksReceived = 0
        public var outOfOrderReceived = 0
        public var segmentsDropped = 0
        public init() {}
    }

    public var id: ConnectionID
    public var name: String?
    public var state: State
    public var local: Endpoint
    public var remote: Endpoint
    public var openedAt: Instant
    public var establishedAt: Instant?
    public var closedAt: Instant?
    public var closeReason: CloseReason?
    public var send: Send
    public var receive: Receive
    /// The largest text that we put into one segment.
    public var mss: Int
    public var negotiated: Negotiated
    public var rtt: RTT
    public var congestion: Congestion
    public var counters: Counters
    public var options: ConnectionOptions
    /// The first and last numbers of its segments in the log; nil before the first.
    public var segments: ClosedRange<UInt64>?
}

/// What a congestion controller is doing (RFC 5681).
public enum CongestionPhase: String, Hashable, Sendable {
    case slowStart = "slow-start"
    case congestionAvoidance = "congestion-avoidance"
    case fastRecovery = "fast-recovery"
    case loss
    /// The connection has no congestion control.
    case unlimited
}
