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
    /// Segments sent to repair losses, by cause.
    public var repairs = ConnectionSnapshot.Repairs()
    public var connectionsOpened: UInt64 = 0
    /// SYN,ACKs that carried a SYN cookie because a listener's backlog was full.
    public var cookiesSent: UInt64 = 0
    public var networkErrors = NetworkErrors()
    public var limits = LimitsReached()
    public init() {}

    /// How often each limit was reached, and something refused for it.
    public struct LimitsReached: Hashable, Sendable {
        /// Opens that were refused, and SYNs that were ignored.
        public var connections: UInt64 = 0
        /// Listeners that were refused.
        public var listeners: UInt64 = 0
        /// Segments behind a hole that were not kept: the octets of all connections together, or the holes of one.
        public var outOfOrder: UInt64 = 0
        /// SYNs that a cookie answered: a listener's backlog, or that of all listeners together.
        public var halfOpen: UInt64 = 0
    }

    /// ICMP errors about TCP segments of this host.
    public struct NetworkErrors: Sendable {
        public var received: UInt64 = 0
        /// They quoted a connection that is not ours, or over.
        public var foreign: UInt64 = 0
        /// They quoted nothing that is in flight, or claimed what can't be: forged, or late.
        public var disbelieved: UInt64 = 0
        /// Source Quench, which RFC 9293 MUST-55 has discarded.
        public var discarded: UInt64 = 0
    }
}
