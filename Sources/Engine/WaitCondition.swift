/// What to wait for on a connection.
public enum WaitCondition: Hashable, Sendable {
    /// Everything written so far has left.
    case sent
    /// Everything written so far (and our FIN, if CLOSE was called) is acknowledged.
    case acknowledged
    case established
    /// CLOSED, or TIME-WAIT, which only waits for late segments.
    case closed
    case state(State)
    /// The stream up to this offset is acknowledged.
    case acknowledgedThrough(UInt64)
    /// The stream up to this offset has left.
    case sentThrough(UInt64)
    /// The peer has sent text since the call; an acknowledgment alone is no reply.
    case reply
    /// The received stream has come further than this offset.
    case received(after: UInt64)

    /// It can no longer come true behind the peer's FIN.
    var needsText: Bool {
        switch self {
        case .reply, .received: true
        case .sent, .acknowledged, .established, .closed, .state, .acknowledgedThrough, .sentThrough: false
        }
    }
}

/// A condition with "so far" and "since the call" made definite.
struct WaitGoal: Sendable {
    private let condition: WaitCondition

    init(_ condition: WaitCondition, on connection: Connection) {
        switch condition {
        case .sent: self.condition = .sentThrough(connection.acceptedPosition)
        case .acknowledged where !connection.isCloseRequested:
            self.condition = .acknowledgedThrough(connection.acceptedPosition)
        case .reply: self.condition = .received(after: connection.readable.upperBound)
        case .acknowledged, .established, .closed, .state, .acknowledgedThrough, .sentThrough, .received:
            self.condition = condition
        }
    }

    /// Whether it holds, may still come true, or no longer can.
    func outcome(for connection: Connection) -> WaiterTable.Outcome {
        if holds(for: connection) { return .done }
        if connection.state == .closed { return .failed(connection.endError) }
        if condition.needsText, connection.isReceiveFinal { return .failed(.streamEnded(connection.id)) }
        guard case .state(let wanted) = condition, !connection.state.mayReach(wanted) else { return .pending }
        return .failed(
            .impossible(connection.id, detail: "from \(connection.state) a connection does not come to \(wanted)"))
    }

    private func holds(for connection: Connection) -> Bool {
        switch condition {
        case .sent: connection.sentPosition >= connection.acceptedPosition
        case .acknowledged: connection.isFinAcknowledged
        case .established: connection.establishedAt != nil
        case .closed: connection.state == .closed || connection.state == .timeWait
        case .state(let state): connection.state == state
        case .acknowledgedThrough(let offset): connection.acknowledgedPosition >= offset
        case .sentThrough(let offset): connection.sentPosition >= offset
        case .received(let offset): connection.readable.upperBound > offset
        // Made definite when the wait began.
        case .reply: false
        }
    }

    /// What had not come true, in words.
    func missing(from connection: Connection) -> String {
        switch condition {
        case .sent, .sentThrough, .acknowledgedThrough: connection.sendObstacle
        case .acknowledged:
            connection.isFinSent ? "the peer has not acknowledged our FIN" : connection.sendObstacle
        case .established: "the handshake is not complete: the state is \(connection.state)"
        case .closed: "the connection is not closed: the state is \(connection.state)"
        case .state(let wanted): "the state is \(connection.state), not \(wanted)"
        case .reply, .received: "the peer has sent no text"
        }
    }
}

extension State {
    /// A connection in this state may yet come to `target`, following the edges of RFC 9293 §3.3.2.
    func mayReach(_ target: State) -> Bool {
        var seen: Set<State> = [self]
        var pending = [self]
        while let state = pending.popLast() {
            // CLOSED is the end of a connection, though the diagram begins there.
            guard state != .closed else { continue }
            for next in state.successors where seen.insert(next).inserted { pending.append(next) }
        }
        return seen.contains(target)
    }
}

extension EngineError {
    /// No reply can come any more.
    static func streamEnded(_ id: ConnectionID) -> EngineError {
        .impossible(id, detail: "the peer has ended its stream, and said nothing before")
    }
}

extension Connection {
    /// Nothing more will be received: the peer's FIN has come, or the connection is over.
    var isReceiveOver: Bool { isReceiveFinal || state == .closed }

    /// What a caller is told who still wanted something of a connection that is over.
    var endError: EngineError {
        if let reset = kernelReset { return Engine.kernelResetError(self, reset: reset) }
        return switch closeReason {
        case .resetByPeer: .connectionReset(id)
        case .refused: .connectionRefused(id)
        case .unreachable: .unreachable(id, detail: Engine.unreachableDetail(self))
        case .timeout:
            establishedAt == nil
                ? .handshakeTimeout(id, after: handshakePatience)
                : .impossible(id, detail: "the peer answered nothing until the user timeout\(troubleClause)")
        case .normal, .aborted, .leaseExpired, .shutdown, nil:
            .impossible(id, detail: "the connection is closed (\(closeReason?.rawValue ?? "never opened"))")
        }
    }

    /// Why what was written has not been acknowledged yet.
    var sendObstacle: String {
        if establishedAt == nil { return "the handshake is not complete: the state is \(state)" }
        // Less than a segment is as good as closed: silly-window avoidance waits for more.
        if hasUnsentText, peerWindow < maximumSegmentText {
            return
                "the peer's window is closed (SND.WND = \(peerWindow)): it does not read, and \(unacknowledged) octets"
                + " wait"
        }
        return "\(unacknowledged) octets are not acknowledged yet"
    }

    private var unacknowledged: UInt64 { acceptedPosition - acknowledgedPosition }
}
