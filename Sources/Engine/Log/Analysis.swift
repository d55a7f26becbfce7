/// Wireshark's words for what is remarkable about a segment (`tcp.analysis.*`), from what the engine knows: it does not
/// have to guess.
package enum Analysis: String, CaseIterable, Sendable {
    case retransmission
    case fastRetransmission = "fast_retransmission"
    case spuriousRetransmission = "spurious_retransmission"
    case outOfOrder = "out_of_order"
    case duplicateAck = "duplicate_ack"
    case lostSegment = "lost_segment"
    case windowFull = "window_full"
    case windowUpdate = "window_update"
    case zeroWindow = "zero_window"
    case zeroWindowProbe = "zero_window_probe"
    case keepAlive = "keep_alive"
    case keepAliveAck = "keep_alive_ack"
    case reusedPorts = "reused_ports"
}

extension SegmentRecord {
    /// What is remarkable about the segment, in the order of `Analysis`.
    package func analysis(_ header: TCPHeader?) -> [Analysis] {
        var words: [Analysis] = []
        switch cause {
        case .rto, .sackRetransmit, .rackRetransmit, .tailLossProbe: words = [.retransmission]
        case .fastRetransmit: words = [.retransmission, .fastRetransmission]
        // The peer repeats what we have already: our acknowledgment was lost or late.
        case .duplicate where payloadLength > 0: words = [.retransmission, .spuriousRetransmission]
        case .outOfOrder: words = [.outOfOrder]
        case .duplicateAck: words = [.duplicateAck]
        case .windowUpdate: words = [.windowUpdate]
        case .windowProbe: words = [.zeroWindowProbe]
        case .keepAlive: words = [.keepAlive]
        case .syn, .synAck, .data, .ack, .delayedAck, .fin, .rst, .challengeAck, .crafted, .scenario, .accepted,
            .duplicate, .outOfWindow, .oldAck, .badChecksum, .malformed, .unknownConnection, .paws, .impaired,
            .observed, .kernelTwin:
            break
        }
        if retransmits != nil, !words.contains(.retransmission) { words.insert(.retransmission, at: 0) }
        if let header, header.window == 0, header.flags.isDisjoint(with: [.syn, .fin, .rst]) {
            words.append(.zeroWindow)
        }
        return words
    }
}
