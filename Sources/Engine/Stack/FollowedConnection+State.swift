/// Where a followed connection is, read from outside: RFC 9293 §3.3.2, Figure 5, with the segments for events. What the kernel does
/// on its own, such as the end of TIME-WAIT, no segment tells.
extension FollowedConnection {
    /// Takes the edges that a segment tells of.
    mutating func follow(_ segment: Segment, _ direction: Direction) {
        if segment.flags.contains(.rst) {
            state = .closed
        } else if segment.flags.contains(.syn) {
            followSyn(direction, isAnswer: segment.flags.contains(.ack))
        } else {
            switch state {
            // Nobody speaks without SYN before ESTABLISHED; the way there may not have been seen.
            case nil, .listen, .synSent, .synReceived: state = .established
            case .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait, .closed: break
            }
            if direction == .inbound, segment.flags.contains(.ack) { followAcknowledgment() }
            if segment.flags.contains(.fin) { followFin(segment, direction) }
        }
    }

    private mutating func followSyn(_ direction: Direction, isAnswer: Bool) {
        switch state {
        case nil, .listen, .closed, .timeWait:
            switch direction {
            case .outbound: state = isAnswer ? .synReceived : .synSent
            // An answer to a SYN that was not seen.
            case .inbound: state = isAnswer ? .established : .synReceived
            }
            end = nil
        case .synSent:
            if direction == .inbound { state = isAnswer ? .established : .synReceived }
        // The SYN of a simultaneous open comes again, now with an ACK.
        case .synReceived: if direction == .inbound, isAnswer { state = .established }
        // A SYN that comes again, or one that a stranger sends, moves nothing.
        case .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck: break
        }
    }

    /// Our FIN may be acknowledged.
    private mutating func followAcknowledgment() {
        guard let end, let una, una >= end else { return }
        switch state {
        case .finWait1: state = .finWait2
        case .closing: state = .timeWait
        case .lastAck: state = .closed
        case nil, .closed, .listen, .synSent, .synReceived, .established, .finWait2, .closeWait, .timeWait: break
        }
    }

    private mutating func followFin(_ segment: Segment, _ direction: Direction) {
        switch direction {
        case .outbound:
            end = segment.end
            switch state {
            case .established: state = .finWait1
            case .closeWait: state = .lastAck
            case nil, .closed, .listen, .synSent, .synReceived, .finWait1, .finWait2, .closing, .lastAck, .timeWait:
                break
            }
        case .inbound:
            switch state {
            case .established: state = .closeWait
            case .finWait1: state = .closing
            case .finWait2: state = .timeWait
            case nil, .closed, .listen, .synSent, .synReceived, .closeWait, .closing, .lastAck, .timeWait: break
            }
        }
    }
}
