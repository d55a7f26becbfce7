import DequeModule

/// Names a listener within one run of the engine; printed `l1`, `l2`, …
public struct ListenerID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Reads `l1`; nil for anything else.
    public init?(_ text: String) {
        guard text.first == "l", text.utf8.count <= 11, let number = UInt32(text.dropFirst()), number > 0,
            String(number) == text.dropFirst()
        else { return nil }
        rawValue = number
    }

    public var description: String { "l\(rawValue)" }
}

/// The connections that a listener has accepted, in order, with their ordinals. The newest are kept.
package struct AcceptedConnections: Sendable {
    /// As many as the closed connections that stay readable, and some.
    private static let capacity = 4_096

    private var ids = Deque<ConnectionID>()
    /// The ordinal of the newest; 0 before the first, which has 1.
    package private(set) var last: UInt64 = 0

    package init() {}

    package mutating func append(_ id: ConnectionID) {
        ids.append(id)
        last += 1
        if ids.count > Self.capacity { ids.removeFirst() }
    }

    /// Those behind this ordinal that are kept.
    package func entries(after ordinal: UInt64) -> [ConnectionID] {
        ordinal >= last ? [] : Array(ids.suffix(Int(clamping: last - ordinal)))
    }
}

/// A local endpoint in LISTEN (RFC 9293 §3.10.1, passive OPEN).
package struct Listener: Sendable {
    package let id: ListenerID
    package let local: Endpoint
    /// What its connections start with.
    package var options: ConnectionOptions
    /// Most connections that may be in their handshake at once.
    package var backlog: Int
    /// Octets of the largest datagram that its connections may send.
    package let routeMTU: Int
    /// Connections in their handshake now.
    package var halfOpen = 0
    package var name: String?
    /// Where its connections' numbers begin; nil: RFC 6528 decides for each.
    package var initialSequence: SequenceNumber?
    /// What its connections send first.
    package var payload: [UInt8] = []
    package var accepted = AcceptedConnections()
    /// The key of its Fast Open cookies; nil: the stack's own secret.
    package var fastOpenKey: FastOpenKey?
    /// When a SYN cookie went out last; nil before the first.
    package var lastCookieAt: Instant?

    package init(id: ListenerID, local: Endpoint, options: ConnectionOptions, backlog: Int, routeMTU: Int) {
        self.id = id
        self.local = local
        self.options = options
        self.backlog = backlog
        self.routeMTU = routeMTU
    }

    /// What a segment does to a listener.
    package enum Disposition: Sendable {
        /// A connection begins.
        case accept
        /// The backlog is full: a SYN,ACK goes out that keeps no state here.
        case cookie
        /// The backlog is full, and there is no cookie: none is wanted, or none could be told from the number that every
        /// connection shall begin with. The peer will ask again.
        case full
        case reset
        case ignore
    }

    /// SEGMENT ARRIVES in LISTEN (RFC 9293 §3.10.7.2).
    package func judge(_ segment: Segment) -> (Verdict, Disposition) {
        // First, check for a RST: "An incoming RST segment could not be valid … and should be ignored."
        if segment.flags.contains(.rst) { return (Verdict(.outOfWindow, .listenFirst), .ignore) }
        // Second, check for an ACK: "Any acknowledgment is bad if it arrives on a connection still in the LISTEN state."
        if segment.flags.contains(.ack) { return (Verdict(.oldAck, .listenSecond), .reset) }
        // Fourth: any other segment without SYN "should … be dropped".
        guard segment.flags.contains(.syn) else { return (Verdict(.outOfWindow, .listenFourth), .ignore) }
        // MUST-7, as in the synchronized states: reset, and the log tells the cause.
        if segment.hasIllegalOptions { return (Verdict(.malformed, .malformed), .reset) }
        // Third, check for a SYN.
        let hasRoom = halfOpen < backlog && options.habits.synCookies != .always
        return (Verdict(.accepted, .listenThird), hasRoom ? .accept : overflow)
    }

    /// What becomes of a SYN for which there is no room.
    package var overflow: Disposition {
        initialSequence == nil && options.habits.synCookies != .never ? .cookie : .full
    }
}
