/// Names a listener within one run of the engine; printed `l1`, `l2`, …
public struct ListenerID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public var description: String { "l\(rawValue)" }
}

/// A local endpoint in LISTEN (RFC 9293 §3.10.1, passive OPEN).
package struct Listener: Sendable {
    package let id: ListenerID
    package let local: Endpoint
    /// What its connections start with.
    package var options: ConnectionOptions
    /// Most connections that may be in their handshake at once.
    package let backlog: Int
    /// Octets of the largest datagram that its connections may send.
    package let routeMTU: Int
    /// Connections in their handshake now.
    package var halfOpen = 0

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
        // Third, check for a SYN. With no room left the SYN is dropped, and the peer will repeat it.
        guard halfOpen < backlog else { return (Verdict(.outOfWindow, .listenThird), .ignore) }
        return (Verdict(.accepted, .listenThird), .accept)
    }
}
