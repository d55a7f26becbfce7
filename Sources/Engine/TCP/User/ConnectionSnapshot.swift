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

/// Whose TCP speaks.
public enum EngineKind: String, CaseIterable, Hashable, Sendable {
    case raw
    /// The kernel's, by an ordinary socket.
    case kernel
}

/// How a connection began.
public enum ConnectionOrigin: Hashable, Sendable, CustomStringConvertible {
    case active
    case tunnel
    case listener(ListenerID)

    public var description: String {
        switch self {
        case .active: "active"
        case .tunnel: "tunnel"
        case .listener(let id): "listener:\(id)"
        }
    }
}

/// A connection as it is at one moment; a value that may cross threads.
public struct ConnectionSnapshot: Sendable {
    /// The send sequence variables (RFC 9293 §3.3.1) and the send buffer.
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
    /// The receive sequence variables (RFC 9293 §3.3.1) and the receive buffer.
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
        /// nil: nothing urgent is unread.
        public var urgent: Urgent?
    }
    /// Urgent octets that the user has not read (RFC 9293 MUST-33).
    public struct Urgent: Hashable, Sendable {
        /// The stream position of the first octet that is not urgent.
        public var offset: UInt64
        /// Octets up to there.
        public var remaining: Int

        package init(offset: UInt64, remaining: Int) {
            self.offset = offset
            self.remaining = remaining
        }
    }
    /// What both SYNs agreed on, and whether the SYN carried text (RFC 7413).
    public struct Negotiated: Sendable {
        public var windowScale, sack, timestamps, ecn, fastOpen: Bool
    }
    /// The round trip and the timeout that follows from it (RFC 6298).
    public struct RTT: Sendable {
        /// nil until the first sample.
        public var smoothed, variation, minimum: Interval?
        public var rto: Interval
    }
    /// The congestion window (RFC 5681) and who governs it.
    public struct Congestion: Sendable {
        public var algorithm: CongestionAlgorithm
        /// The kernel's word for its own, if the connection is by the kernel.
        public var kernelAlgorithm: String?
        /// cwnd in octets.
        public var window: Int
        /// ssthresh in octets; nil while it is arbitrarily high.
        public var slowStartThreshold: Int?
        public var phase: CongestionPhase
    }
    /// What is known of losses and reordering.
    public struct Recovery: Sendable {
        /// Where loss recovery stands.
        public enum Phase: String, Sendable {
            case open
            /// Something was overtaken or is missing; it may still come.
            case disorder
            case fastRecovery = "fast-recovery"
            /// The retransmission timer has expired.
            case loss
        }
        public var phase: Phase
        /// Octets thought to be in the network (RFC 6675).
        public var pipe: Int
        /// Octets that the peer holds behind holes.
        public var sacked: Int
        /// Segments have been seen to overtake each other (RFC 8985).
        public var hasSeenReordering: Bool
        /// How late a segment may be before it counts as lost.
        public var reorderingWindow: Interval
    }
    /// What was seen of explicit congestion notification (RFC 3168).
    public struct ECN: Sendable {
        /// Segments with text that came while ECN was negotiated, by their codepoint.
        public struct Received: Sendable {
            public var notCapable = 0
            public var capable0 = 0
            public var capable1 = 0
            public var congestion = 0
            public init() {}
            /// Enough text to tell that nothing on it was ever capable: the path erases the codepoint, or the peer sets none.
            public var isBleached: Bool { notCapable >= Self.enough && capable0 + capable1 + congestion == 0 }
            /// A peer's repetitions are not capable by rule; more than the initial window of them and nothing else is no
            /// accident.
            private static let enough = 10
        }
        public var received: Received
    }
    /// Totals of the connection since it began.
    public struct Counters: Sendable {
        public var segmentsSent = 0
        public var segmentsReceived = 0
        /// Octets of text sent, retransmissions included.
        public var bytesSent = 0
        public var bytesAcked = 0
        /// Segments of ours that are known to have arrived, SYN and FIN included.
        public var segmentsDelivered = 0
        public var bytesReceived = 0
        public var retransmissions = 0
        /// Segments sent for each of the causes that repair losses, as the log counts them.
        public var repairs = Repairs()
        /// Recoveries and timeouts that were taken back, because nothing had been lost.
        public var spuriousRecoveries = 0
        /// Times that the window was reduced because the peer echoed a mark of congestion.
        public var congestionEchoes = 0
        public var timeouts = 0
        public var duplicateAcksReceived = 0
        public var outOfOrderReceived = 0
        /// Early segments that were not kept, because there were too many holes.
        public var outOfOrderRefused = 0
        public var segmentsDropped = 0
        public init() {}
    }

    /// What the network last said about the connection's segments (RFC 9293 §3.9.2.2, SHLD-25).
    public struct PathTrouble: Sendable {
        /// "host unreachable (ICMP 3/1 from 10.0.0.1)"
        public var summary: String
        public var type, code: UInt8
        /// Who said it; nil: this host.
        public var from: IPAddress?
        public var at: Instant
        /// How many there were.
        public var count: Int
    }

    /// Segments sent to repair losses, by cause. Half a word each, since every connection has them and most never count.
    public struct Repairs: Hashable, Sendable {
        public var timeout: UInt32 = 0
        public var fastRetransmit: UInt32 = 0
        public var sackRetransmit: UInt32 = 0
        public var rackRetransmit: UInt32 = 0
        public var tailLossProbe: UInt32 = 0
        public init() {}

        /// How many there are of this cause; nil for a cause that repairs nothing.
        public subscript(cause: Cause) -> Int? {
            switch cause {
            case .rto: Int(timeout)
            case .fastRetransmit: Int(fastRetransmit)
            case .sackRetransmit: Int(sackRetransmit)
            case .rackRetransmit: Int(rackRetransmit)
            case .tailLossProbe: Int(tailLossProbe)
            default: nil
            }
        }

        /// A segment with this cause has left.
        mutating func note(_ cause: Cause) {
            switch cause {
            case .rto: timeout &+= 1
            case .fastRetransmit: fastRetransmit &+= 1
            case .sackRetransmit: sackRetransmit &+= 1
            case .rackRetransmit: rackRetransmit &+= 1
            case .tailLossProbe: tailLossProbe &+= 1
            default: break
            }
        }
    }

    public var id: ConnectionID
    public var name: String?
    public var state: State
    public var origin: ConnectionOrigin
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
    /// Octets of the largest packet that the path carries, as far as is known.
    public var pathMTU: Int
    public var networkError: PathTrouble?
    public var negotiated: Negotiated
    public var rtt: RTT
    public var congestion: Congestion
    public var recovery: Recovery
    public var ecn: ECN
    public var counters: Counters
    /// R1 is reached (RFC 9293 SHLD-9): the oldest segment went out four times or more without an answer.
    public var isTroubled: Bool
    /// How long data may stay unacknowledged, whoever said so.
    public var userTimeout: Interval
    public var options: ConnectionOptions
    /// Whose TCP it is.
    public var engine = EngineKind.raw
    /// When it is aborted unless its lease is renewed; nil: never.
    public var leaseExpiry: Instant?
    /// The first and last numbers of its segments in the log; nil before the first.
    public var segments: ClosedRange<UInt64>?
}
