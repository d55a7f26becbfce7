/// What Wireshark would remark about the segments of one connection, in its definitions (User's Guide, "TCP Analysis"): from
/// the segments alone and their times, without anything that only the engine knows. That stands in the records' causes.
struct FlowAnalysis: Sendable {
    /// What one side has sent so far.
    private struct Side: Sendable {
        /// The number after everything sent, and when it came to that.
        var next: SequenceNumber?
        var nextAt: Int64 = 0
        var acknowledgment: SequenceNumber?
        var acknowledgmentAt: Int64 = 0
        var window: UInt16 = 0
        /// nil before a SYN was seen: then no window can be computed.
        var shift: UInt8?
        var initial: SequenceNumber?
        var duplicateAcks = 0
        var sackBlocks: [TCPOption.SACKBlock] = []
        /// Ranges sent that no acknowledgment has covered yet.
        var outstanding: [(from: SequenceNumber, to: SequenceNumber)] = []
        var lastWasKeepAlive = false
        var lastWasProbe = false
    }

    private var sides = [Side(), Side()]
    private var synAt: Int64?
    /// The handshake's round-trip time.
    private var roundTrip: Int64?
    /// The newest record that belongs here.
    private(set) var newest: UInt64 = 0

    /// A repetition this soon after a duplicate ACK answers it.
    private static let fastRetransmitWindow: Int64 = 20_000_000
    /// Without a round-trip time, what comes this soon after what it should have preceded was overtaken on the way.
    private static let reorderingWindow: Int64 = 3_000_000
    /// Ranges remembered for each side; a window of larger flights only blurs what is a repetition.
    private static let outstandingLimit = 1_024

    /// One segment as the analysis sees it.
    private struct Arrival {
        let tcp: TCPHeader
        let length: Int
        let at: Int64
        var hasNoControl: Bool { tcp.flags.isDisjoint(with: [.syn, .fin, .rst]) }
        /// Octets, and one for a SYN or FIN.
        var end: SequenceNumber {
            tcp.sequence + length + (tcp.flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
        }
    }

    /// Takes in the next segment and tells what is remarkable about it.
    mutating func take(_ tcp: TCPHeader, length: Int, outbound: Bool, number: UInt64, wall: Int64) -> AnalysisSet {
        let arrival = Arrival(tcp: tcp, length: length, at: wall)
        let (own, other) = outbound ? (0, 1) : (1, 0)
        newest = number
        var words = AnalysisSet()
        noteHandshake(arrival, own, &words)
        let isQuiet = remarkAcknowledgment(arrival, own, other, &words)
        if !isQuiet { remarkDuplicate(arrival, own, &words) }
        if !words.contains(.duplicateAck) { sides[own].duplicateAcks = 0 }
        remarkRepetition(arrival, own, other, &words)
        update(arrival, own, other, words)
        return words
    }

    // MARK: The steps

    private mutating func noteHandshake(_ segment: Arrival, _ own: Int, _ words: inout AnalysisSet) {
        let flags = segment.tcp.flags
        if flags.contains(.syn) {
            if !flags.contains(.ack), let initial = sides[own].initial, initial != segment.tcp.sequence {
                // The same ports, another connection: everything begins anew.
                self = FlowAnalysis(newest: newest)
                words.insert(.reusedPorts)
            }
            sides[own].initial = segment.tcp.sequence
            var shift: UInt8 = 0
            for case .windowScale(let count) in TCPOption.decode(segment.tcp.options) { shift = min(count, 14) }
            sides[own].shift = shift
            if !flags.contains(.ack) { synAt = segment.at }
        } else if flags.contains(.ack), roundTrip == nil, let synAt, sides.allSatisfy({ $0.initial != nil }) {
            roundTrip = segment.at - synAt
        }
    }

    private init(newest: UInt64) { self.newest = newest }
    init() {}

    /// Windows, probes, gaps and keep-alives. True if the segment is none that could also be a duplicate ACK.
    private func remarkAcknowledgment(
        _ segment: Arrival, _ own: Int, _ other: Int, _ words: inout AnalysisSet
    ) -> Bool {
        let (fwd, rev) = (sides[own], sides[other])
        let tcp = segment.tcp
        if segment.length == 1, tcp.sequence == fwd.next, rev.acknowledgment != nil, rev.window == 0 {
            words.insert(.zeroWindowProbe)
            return true
        }
        if tcp.window == 0, segment.hasNoControl { words.insert(.zeroWindow) }
        guard let next = fwd.next else { return false }
        if tcp.sequence > next, !tcp.flags.contains(.rst) { words.insert(.lostSegment) }
        if segment.length <= 1, tcp.sequence == next - 1, segment.hasNoControl { words.insert(.keepAlive) }
        guard segment.hasNoControl else { return false }
        if segment.length > 0 {
            if let shift = rev.shift, let acknowledgment = rev.acknowledgment,
                segment.end == acknowledgment + Int(rev.window) << Int(shift)
            {
                words.insert(.windowFull)
            }
            return false
        }
        guard tcp.sequence == next, tcp.acknowledgment == fwd.acknowledgment else {
            // An ACK of the probe's one octet: the window is still closed.
            return tcp.sequence == next && tcp.window == 0 && fwd.window == 0 && rev.lastWasProbe
                && fwd.acknowledgment.map { tcp.acknowledgment == $0 + 1 } == true
        }
        if tcp.window != 0, tcp.window != fwd.window { words.insert(.windowUpdate) }
        if tcp.window != 0, tcp.window == fwd.window, rev.lastWasKeepAlive {
            words.insert(.keepAliveAck)
            return true
        }
        return tcp.window == 0 && fwd.window == 0 && rev.lastWasProbe
    }

    private mutating func remarkDuplicate(_ segment: Arrival, _ own: Int, _ words: inout AnalysisSet) {
        let fwd = sides[own]
        guard segment.length == 0, segment.hasNoControl, segment.tcp.window != 0, segment.tcp.window == fwd.window,
            segment.tcp.sequence == fwd.next, segment.tcp.acknowledgment == fwd.acknowledgment
        else { return }
        sides[own].duplicateAcks += 1
        words.insert(.duplicateAck)
    }

    /// Octets, SYNs and FINs that do not lead beyond what was sent before.
    private func remarkRepetition(_ segment: Arrival, _ own: Int, _ other: Int, _ words: inout AnalysisSet) {
        let (fwd, rev) = (sides[own], sides[other])
        guard segment.end != segment.tcp.sequence, !words.contains(.keepAlive) else { return }
        if segment.length > 0, let acknowledgment = rev.acknowledgment, segment.end <= acknowledgment {
            words.insert(.spuriousRetransmission)
            words.insert(.retransmission)
            return
        }
        guard let next = fwd.next, segment.tcp.sequence < next else { return }
        let isKnown = fwd.outstanding.contains { segment.tcp.sequence >= $0.from && segment.end <= $0.to }
        if segment.at - rev.acknowledgmentAt < Self.fastRetransmitWindow, rev.acknowledgment != nil {
            let isAsked = rev.duplicateAcks >= 2 && rev.acknowledgment == segment.tcp.sequence
            let isHole =
                !rev.sackBlocks.isEmpty
                && !rev.sackBlocks.contains { segment.tcp.sequence >= $0.start && segment.tcp.sequence <= $0.end }
            if isAsked || isHole {
                words.insert(.fastRetransmission)
                words.insert(.retransmission)
                return
            }
        }
        if !isKnown, segment.at - fwd.nextAt < roundTrip ?? Self.reorderingWindow, segment.end != next {
            words.insert(.outOfOrder)
        } else {
            words.insert(.retransmission)
        }
    }

    private mutating func update(_ segment: Arrival, _ own: Int, _ other: Int, _ words: AnalysisSet) {
        let tcp = segment.tcp
        if !words.contains(.zeroWindowProbe), sides[own].next.map({ segment.end > $0 }) ?? true {
            sides[own].next = segment.end
            sides[own].nextAt = segment.at
        }
        if segment.end != tcp.sequence, sides[own].outstanding.count < Self.outstandingLimit {
            sides[own].outstanding.append((tcp.sequence, segment.end))
        }
        sides[own].window = tcp.window
        sides[own].lastWasKeepAlive = words.contains(.keepAlive)
        sides[own].lastWasProbe = words.contains(.zeroWindowProbe)
        guard tcp.flags.contains(.ack) else { return }
        sides[own].acknowledgment = tcp.acknowledgment
        sides[own].acknowledgmentAt = segment.at
        sides[own].sackBlocks = []
        for case .sack(let blocks) in TCPOption.decode(tcp.options) { sides[own].sackBlocks = blocks }
        sides[other].outstanding.removeAll { $0.to <= tcp.acknowledgment }
    }
}
