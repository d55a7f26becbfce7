extension Connection {
    /// A copy of everything that a user may see.
    package var snapshot: ConnectionSnapshot {
        ConnectionSnapshot(
            id: id, name: name, state: state, origin: listener.map { .listener($0) } ?? (isTunnel ? .tunnel : .active),
            local: tuple.local,
            remote: tuple.remote, openedAt: openedAt,
            establishedAt: establishedAt, closedAt: closedAt, closeReason: closeReason,
            send: sendSnapshot, receive: receiveSnapshot, mss: mss, pathMTU: pathMTU,
            networkError: trouble.map { ConnectionSnapshot.PathTrouble($0) }, negotiated: negotiated,
            rtt: ConnectionSnapshot.RTT(
                smoothed: rtt.smoothed, variation: rtt.smoothed == nil ? nil : rtt.variation, minimum: rtt.minimum,
                rto: rtt.rto.interval
            ),
            congestion: ConnectionSnapshot.Congestion(
                algorithm: congestion.algorithm, window: congestion.window,
                slowStartThreshold: congestion.slowStartThreshold, phase: congestion.phase
            ),
            recovery: recoverySnapshot, ecn: ConnectionSnapshot.ECN(received: ecn.received),
            counters: counters, isTroubled: isTroubled, userTimeout: userTimeoutForData, options: options,
            segments: trail.range
        )
    }

    private var recoverySnapshot: ConnectionSnapshot.Recovery {
        ConnectionSnapshot.Recovery(
            phase: recoveryPhase, pipe: retransmission.pipe, sacked: retransmission.sackedOctets,
            hasSeenReordering: rack.hasSeenReordering, reorderingWindow: reorderingWindow)
    }

    private var recoveryPhase: ConnectionSnapshot.Recovery.Phase {
        switch recovery.phase {
        case .open: retransmission.sackedCount > 0 || recovery.duplicates > 0 ? .disorder : .open
        case .fast: .fastRecovery
        case .timeout: .loss
        }
    }

    private var sendSnapshot: ConnectionSnapshot.Send {
        ConnectionSnapshot.Send(
            iss: send.iss, una: send.una, nxt: send.nxt, wnd: send.wnd, scale: send.scale, buffered: sendBuffer.count,
            inFlight: state == .closed ? 0 : send.inFlight
        )
    }

    private var receiveSnapshot: ConnectionSnapshot.Receive {
        let zero = SequenceNumber(0)
        return ConnectionSnapshot.Receive(
            irs: receive?.irs ?? zero, nxt: receive?.nxt ?? zero, wnd: receive?.wnd ?? 0, scale: receive?.scale ?? 0,
            buffered: reassembly.readable, outOfOrder: reassembly.outOfOrder, urgent: urgentToRead
        )
    }

    /// SND.NXT
    package var sendNxt: SequenceNumber { send.nxt }
    /// ISS
    package var iss: SequenceNumber { send.iss }
    /// IRS; nil until the peer's SYN has come.
    package var irs: SequenceNumber? { receive?.irs }
    /// The shift for windows that the peer announces; the log scales received windows by it.
    package var peerScale: UInt8 { send.scale }
    /// The shift for windows that we announce.
    package var ownWindowScale: UInt8 { receive?.scale ?? 0 }
}

extension ConnectionSnapshot.PathTrouble {
    fileprivate init(_ trouble: Connection.NetworkTrouble) {
        self.init(
            summary: trouble.error.summary, type: trouble.error.type, code: trouble.error.code,
            from: trouble.error.offender, at: trouble.at, count: trouble.count)
    }
}
