/// Wireshark's words for what is remarkable about a segment (`tcp.analysis.*`).
package enum Analysis: String, CaseIterable, Hashable, Sendable {
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

/// A set of the words: one bit each, in the order of `Analysis`.
package struct AnalysisSet: Hashable, Sendable {
    private var bits: UInt16 = 0

    /// The set of these words.
    package init(_ words: [Analysis] = []) { for word in words { insert(word) } }

    private static func bit(_ word: Analysis) -> UInt16 {
        1 << UInt16(Analysis.allCases.firstIndex(of: word) ?? 0)
    }

    /// Adds a word.
    package mutating func insert(_ word: Analysis) { bits |= Self.bit(word) }
    /// Takes a word away.
    package mutating func remove(_ word: Analysis) { bits &= ~Self.bit(word) }
    /// True if the word is in the set.
    package func contains(_ word: Analysis) -> Bool { bits & Self.bit(word) != 0 }
    /// True if the sets have a word in common.
    package func intersects(_ other: AnalysisSet) -> Bool { bits & other.bits != 0 }
    package var isEmpty: Bool { bits == 0 }
    /// The words of the set, in their order.
    package var words: [Analysis] { isEmpty ? [] : Analysis.allCases.filter(contains) }
}

extension SegmentRecord {
    /// What is remarkable about the segment, as far as it shows in the record alone.
    package var ownAnalysis: AnalysisSet {
        var words = AnalysisSet()
        switch cause {
        case .rto, .sackRetransmit, .rackRetransmit, .tailLossProbe, .mtuRetransmit: words.insert(.retransmission)
        case .fastRetransmit:
            words.insert(.retransmission)
            words.insert(.fastRetransmission)
        // The peer repeats what we have already: our acknowledgment was lost or late.
        case .duplicate where payloadLength > 0:
            words.insert(.retransmission)
            words.insert(.spuriousRetransmission)
        case .outOfOrder: words.insert(.outOfOrder)
        case .duplicateAck: words.insert(.duplicateAck)
        case .windowUpdate: words.insert(.windowUpdate)
        case .windowProbe: words.insert(.zeroWindowProbe)
        case .keepAlive: words.insert(.keepAlive)
        case .syn, .synAck, .data, .ack, .delayedAck, .fin, .rst, .challengeAck, .crafted, .scenario, .accepted,
            .duplicate, .outOfWindow, .oldAck, .badChecksum, .malformed, .unknownConnection, .paws, .impaired,
            .observed, .kernelTwin:
            break
        }
        if retransmits != nil { words.insert(.retransmission) }
        if let header = headers?.tcp, header.window == 0, header.flags.isDisjoint(with: [.syn, .fin, .rst]) {
            words.insert(.zeroWindow)
        }
        return words
    }
}
