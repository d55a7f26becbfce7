/// The states of a TCP connection (RFC 9293 §3.3.2), with the RFC's names.
public enum State: UInt8, CaseIterable, Hashable, Sendable {
    case closed
    case listen
    case synSent
    case synReceived
    case established
    case finWait1
    case finWait2
    case closeWait
    case closing
    case lastAck
    case timeWait

    /// The name as RFC 9293 writes it.
    public var name: String {
        switch self {
        case .closed: "CLOSED"
        case .listen: "LISTEN"
        case .synSent: "SYN-SENT"
        case .synReceived: "SYN-RECEIVED"
        case .established: "ESTABLISHED"
        case .finWait1: "FIN-WAIT-1"
        case .finWait2: "FIN-WAIT-2"
        case .closeWait: "CLOSE-WAIT"
        case .closing: "CLOSING"
        case .lastAck: "LAST-ACK"
        case .timeWait: "TIME-WAIT"
        }
    }

    /// The state with this RFC name, or nil.
    public init?(name: String) {
        guard let state = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = state
    }

    /// The edges of RFC 9293 §3.3.2, Figure 5, plus the edge to CLOSED that an abort, a reset or a timeout takes from
    /// everywhere. One segment may take two edges (an ACK of our FIN that carries the peer's FIN), never a third.
    public var successors: Set<State> { Set(Self.allCases.filter(mayBecome)) }

    /// `next` is among the successors. Every transition asks.
    public func mayBecome(_ next: State) -> Bool {
        // An end may come at any time.
        if next == .closed { return true }
        return switch self {
        case .closed: next == .listen || next == .synSent
        case .listen: next == .synReceived || next == .synSent
        case .synSent: next == .synReceived || next == .established
        // CLOSE-WAIT: the ACK of our SYN may carry the peer's FIN. LISTEN: a reset of a passive open.
        case .synReceived: next == .established || next == .finWait1 || next == .closeWait || next == .listen
        case .established: next == .finWait1 || next == .closeWait
        case .finWait1: next == .finWait2 || next == .closing || next == .timeWait
        case .finWait2, .closing: next == .timeWait
        case .closeWait: next == .lastAck
        case .lastAck, .timeWait: false
        }
    }

    /// SYNs have been exchanged and acknowledged both ways (RFC 9293 §3.5.2 "synchronized state").
    public var isSynchronized: Bool {
        switch self {
        case .closed, .listen, .synSent, .synReceived: false
        case .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait: true
        }
    }

    /// The peer has not sent its FIN yet, so that more text may come.
    public var mayReceiveText: Bool {
        switch self {
        case .established, .finWait1, .finWait2: true
        case .closed, .listen, .synSent, .synReceived, .closeWait, .closing, .lastAck, .timeWait: false
        }
    }

    /// SEND is allowed: the user has not called CLOSE (RFC 9293 §3.10.2).
    public var maySend: Bool {
        switch self {
        case .synSent, .synReceived, .established, .closeWait: true
        case .closed, .listen, .finWait1, .finWait2, .closing, .lastAck, .timeWait: false
        }
    }
}

extension State: CustomStringConvertible {
    public var description: String { name }
}

extension State {
    /// The number of the state in FreeBSD (netinet/tcp_fsm.h).
    package var freebsdNumber: Int {
        switch self {
        case .closed: 0
        case .listen: 1
        case .synSent: 2
        case .synReceived: 3
        case .established: 4
        case .closeWait: 5
        case .finWait1: 6
        case .closing: 7
        case .lastAck: 8
        case .finWait2: 9
        case .timeWait: 10
        }
    }

    /// The number of the state in Linux (net/tcp_states.h).
    package var linuxNumber: Int {
        switch self {
        case .established: 1
        case .synSent: 2
        case .synReceived: 3
        case .finWait1: 4
        case .finWait2: 5
        case .timeWait: 6
        case .closed: 7
        case .closeWait: 8
        case .lastAck: 9
        case .listen: 10
        case .closing: 11
        }
    }
}
