/// What Wireshark would remark about the segments of one connection, by the rules of its version 4.0 (User's Guide, "TCP
/// Analysis"): from the segments alone and their times, without anything that only the engine knows. That stands in the
/// records' causes.
struct FlowAnalysis: Sendable {
    /// What one side has sent so far.
    private struct Side: Sendable {
        /// The number after everything sent, and when it came to that.
        var next: SequenceNumber?
        var nextAt: Int64 = 0
        var acknowledgment: SequenceNumber?
        var acknowledgmentAt: Int64 = 0
        var window: UInt16 = 0
        var shift = Shift.unknown
        var initial: SequenceNumber?
        /// Duplicate ACKs since the acknowledgment changed.
        var duplicateAcks = 0
        var lastWasSYN = false
        var lastWasKeepAlive = false
    }

    /// What is known of the scaling of a side's window.
    private enum Shift: Sendable {
        /// No SYN was seen: then no window can be computed.
        case unknown
        /// The SYN did not offer the option, so that neither side scales (RFC 7323 §2.2).
        case none
        case count(UInt8)
    }

    private var sides = [Side(), Side()]
    private var synAt: Int64?
    /// From the SYN to the first ACK without one; 0 is as good as unknown.
    private var roundTrip: Int64 = 0
    /// The newest record that belongs here.
    private(set) var newest: UInt64 = 0

    /// A repetition so many nanoseconds after a duplicate ACK answers it.
    private static let fastRetransmitWindow: Int64 = 20_000_000
    /// Without a round-trip time, what comes so many nanoseconds after what it should have preceded was overtaken on the way.
    private static let reorderingWindow: Int64 = 3_000_000

    init() {}

    private init(newest: UInt64) { self.newest = newest }

    /// One segment as the analysis sees it.
    private struct Arrival {
        let tcp: TCPHeader
        let length: Int
        let at: Int64
        var hasNoControl: Bool { tcp.flags.isDisjoint(with: [.syn, .fin, .rst]) }
        /// The number after its octets.
        var textEnd: SequenceNumber { tcp.sequence + length }
        /// The number after its octets and after a SYN or FIN.
        var end: SequenceNumber { textEnd + (tcp.flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1) }
    }

    /// Takes in the next segment and tells what is remarkable about it.
    mutating func take(_ tcp: TCPHeader, length: Int, outbound: Bool, number: UInt64, wall: Int64) -> AnalysisSet {
        let arrival = Arrival(tcp: tcp, length: length, at: wall)
        let (own, other) = outbound ? (0, 1) : (1, 0)
        newest = number
        var words = AnalysisSet()
        noteHandshake(arrival, own, &words)
        remarkNumbers(arrival, own, other, &words)
        if tcp.acknowledgment != sides[own].acknowledgment { sides[own].duplicateAcks = 0 }
        remarkRepetition(arrival, own, other, &words)
        update(arrival, own, words)
        return words
    }

    // MARK: The steps

    private mutating func noteHandshake(_ segment: Arrival, _ own: Int, _ words: inout AnalysisSet) {
        let flags = segment.tcp.flags
        guard flags.contains(.syn) else {
            if flags.contains(.ack), roundTrip == 0, let synAt { roundTrip = segment.at - synAt }
            return
        }
        if !flags.contains(.ack), let initial = sides[own].initial, initial != segment.tcp.sequence {
            // The same ports, another connection: everything begins anew.
            self = FlowAnalysis(newest: newest)
            words.insert(.reusedPorts)
        }
        sides[own].initial = segment.tcp.sequence
        sides[own].shift = .none
        for case .windowScale(let count) in TCPOption.decode(segment.tcp.options) {
            sides[own].shift = .count(min(count, 14))
        }
        if !flags.contains(.ack) { synAt = segment.at }
    }

    /// Windows, probes, gaps, keep-alives and duplicate ACKs.
    private mutating func remarkNumbers(_ segment: Arrival, _ own: Int, _ other: Int, _ words: inout AnalysisSet) {
        let (fwd, rev) = (sides[own], sides[other])
        let tcp = segment.tcp
        if segment.length == 1, tcp.sequence == fwd.next, rev.acknowledgment != nil, rev.window == 0 {
            return words.insert(.zeroWindowProbe)
        }
        if tcp.window == 0, segment.hasNoControl { words.insert(.zeroWindow) }
        guard let next = fwd.next else { return }
        if tcp.sequence > next, !tcp.flags.contains(.rst) { words.insert(.lostSegment) }
        guard segment.hasNoControl else { return }
        if segment.length <= 1, tcp.sequence == next - 1 { words.insert(.keepAlive) }
        if segment.length > 0 {
            if let edge = windowEdge(own, other), segment.textEnd == edge { words.insert(.windowFull) }
            return
        }
        guard tcp.sequence == next, tcp.acknowledgment == fwd.acknowledgment, tcp.window != 0 else { return }
        if tcp.window != fwd.window { return words.insert(.windowUpdate) }
        if rev.lastWasKeepAlive { return words.insert(.keepAliveAck) }
        sides[own].duplicateAcks += 1
        words.insert(.duplicateAck)
    }

    /// The number behind the last octet that the other side has room for; nil if that cannot be known.
    private func windowEdge(_ own: Int, _ other: Int) -> SequenceNumber? {
        let rev = sides[other]
        guard let acknowledgment = rev.acknowledgment else { return nil }
        switch (rev.shift, sides[own].shift) {
        case (.unknown, _): return nil
        // RFC 7323 §2.2: the window in a segment with SYN is never scaled.
        case (.count(let count), .count), (.count(let count), .unknown):
            return acknowledgment + Int(rev.window) << (rev.lastWasSYN ? 0 : Int(count))
        case (.none, _), (.count, .none): return acknowledgment + Int(rev.window)
        }
    }

    /// Octets, SYNs and FINs that do not lead beyond what was sent before.
    private func remarkRepetition(_ segment: Arrival, _ own: Int, _ other: Int, _ words: inout AnalysisSet) {
        let (fwd, rev) = (sides[own], sides[other])
        let sequence = segment.tcp.sequence
        guard segment.end != sequence, !words.contains(.keepAlive) else { return }
        if segment.length > 0, let acknowledgment = rev.acknowledgment, segment.textEnd <= acknowledgment {
            words.insert(.spuriousRetransmission)
            words.insert(.retransmission)
            return
        }
        // More than the last octet again: that octet was a probe of a closed window.
        guard let next = fwd.next, sequence < next, segment.length <= 1 || sequence != next - 1 else { return }
        if rev.duplicateAcks >= 2, rev.acknowledgment == sequence,
            segment.at - rev.acknowledgmentAt < Self.fastRetransmitWindow
        {
            words.insert(.fastRetransmission)
            words.insert(.retransmission)
        } else if segment.at - fwd.nextAt < (roundTrip == 0 ? Self.reorderingWindow : roundTrip),
            segment.end != next
        {
            words.insert(.outOfOrder)
        } else {
            words.insert(.retransmission)
        }
    }

    private mutating func update(_ segment: Arrival, _ own: Int, _ words: AnalysisSet) {
        if !words.contains(.zeroWindowProbe), sides[own].next.map({ segment.end > $0 }) ?? true {
            sides[own].next = segment.end
            sides[own].nextAt = segment.at
        }
        sides[own].window = segment.tcp.window
        sides[own].acknowledgment = segment.tcp.acknowledgment
        sides[own].acknowledgmentAt = segment.at
        sides[own].lastWasSYN = segment.tcp.flags.contains(.syn)
        sides[own].lastWasKeepAlive = words.contains(.keepAlive)
    }
}
