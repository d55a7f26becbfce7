/// Accurate feedback of congestion (RFC 9768): each side counts the marked segments that have come, and the three bits AE, CWR
/// and ECE of every header tell the other how many they were, modulo eight.
struct AccurateECN: Sendable {
    /// RFC 9768 §3.2.1: both counters begin with 5, so that no bits are set by a path that clears them, and neither all of them.
    static let initialCount: UInt32 = 5

    /// r.cep: marked segments that have come.
    private(set) var received = initialCount
    /// s.cep: marked segments of ours, as far as the peer's three bits have told.
    private(set) var acknowledged = initialCount
    /// How the peer's SYN came; nil: it was ours that came first.
    private(set) var synCodepoint: ECNCodepoint?
    /// How the peer's SYN,ACK came; nil once our first segment has answered it.
    var handshake: ECNCodepoint?
    /// Octets of text that have come, by codepoint.
    private(set) var octets = OctetCounts()
    /// Octets of ours that the peer has counted, by codepoint.
    private(set) var octetsAcknowledged = OctetCounts()
    /// The peer has sent the AccECN option: the path lets it through.
    private(set) var hasSeenOption = false
    /// The path drops our segments that carry the option.
    private(set) var isOptionDropped = false
    /// Where the text began whose second arrival we have reported, in a segment with the option.
    private var duplicateTold: SequenceNumber?
    /// The peer's timestamp has moved on with the segment at hand: it is no old one.
    var hasNewerStamp = false
    /// The path clears the three bits: the peer's repeated SYN or its first acknowledgment had none of them.
    private(set) var isCleared = false
    /// Fields that the next option must have to tell what has changed since the last one.
    private(set) var fieldsDue = 0
    /// Segments that an acknowledgment covers, smoothed; nil before the first.
    private var usualReach: Double?
    /// The codepoint of the segment that came last.
    private var last: ECNCodepoint

    /// Octets of text by their codepoint.
    struct OctetCounts: Sendable {
        var capable0: UInt32 = 0
        var capable1: UInt32 = 0
        var congestion: UInt32 = 0
    }

    /// After the peer's SYN or SYN,ACK, which came with this codepoint.
    init(syn codepoint: ECNCodepoint, isAnswer: Bool) {
        last = codepoint
        if codepoint == .congestion { received += 1 }
        synCodepoint = isAnswer ? nil : codepoint
        handshake = isAnswer ? codepoint : nil
        // Our SYN was the first to be acknowledged.
        usualReach = isAnswer ? 1 : nil
    }

    /// RFC 9768 §3.1.1, Table 2: how the SYN, and §3.2.2.1, Table 3, how the SYN,ACK came.
    static func flags(telling codepoint: ECNCodepoint) -> TCPFlags {
        switch codepoint {
        case .notCapable: .cwr
        case .capable1: [.cwr, .ece]
        case .capable0: .ae
        case .congestion: [.ae, .cwr]
        }
    }

    /// The three bits of the next segment.
    var flags: TCPFlags {
        handshake.map(Self.flags) ?? TCPFlags(rawValue: UInt16(received & 7) << 6)
    }

    /// A segment has come. Returns true if its codepoint is another than the last one's.
    mutating func note(_ segment: Segment) -> Bool {
        let isChange = segment.codepoint != last
        last = segment.codepoint
        let text = UInt32(segment.textLength)
        switch segment.codepoint {
        case .notCapable: return isChange
        case .capable1: octets.capable1 &+= text
        case .capable0: octets.capable0 &+= text
        case .congestion:
            received &+= 1
            octets.congestion &+= text
        }
        if text > 0 { fieldsDue = max(fieldsDue, Self.place(of: segment.codepoint)) }
        return isChange
    }

    /// The peer's bits; returns how many more of our segments it has found marked.
    mutating func take(_ flags: TCPFlags, isHandshake: Bool, _ reach: Reach) -> Int {
        let bits = UInt32(flags.rawValue >> 6) & 7
        // The last segment of the handshake tells how our SYN,ACK came, and only congestion counts.
        if isHandshake {
            if bits == 0 { isCleared = true }
            let wasMarked = flags.intersection([.ae, .cwr, .ece]) == Self.flags(telling: .congestion)
            acknowledged += wasMarked ? 1 : 0
            return wasMarked ? 1 : 0
        }
        let segments = Double(reach.segments)
        if segments > 0 { usualReach = usualReach.map { $0 + (segments - $0) / Self.reachWeight } ?? segments }
        let more = marks(least: Int((bits &- acknowledged) & 7), reach)
        acknowledged &+= UInt32(more)
        return more
    }
}

// MARK: The AccECN option
extension AccurateECN {
    /// RFC 9768 §3.2.3: kind 172 has its fields in the order EE0B, ECEB, EE1B, kind 174 in the reverse.
    static let kinds: (zeroFirst: UInt8, oneFirst: UInt8) = (172, 174)
    /// Fields of the option.
    static let fields = 3
    /// The counters of octets begin with 1, 1 and 0 (RFC 9768 §3.2.1), so that a path that clears them is found out.
    private static let initial = (capable0: UInt32(1), capable1: UInt32(1), congestion: UInt32(0))

    /// Fields of an option of kind 174 that reaches this codepoint's.
    private static func place(of codepoint: ECNCodepoint) -> Int {
        switch codepoint {
        case .notCapable: 0
        case .capable1: 1
        case .congestion: 2
        case .capable0: 3
        }
    }

    /// Octets of the option with this many fields: kind, length, and three for each.
    static func length(fields: Int) -> Int { 2 + 3 * fields }

    /// The data of the option of kind 174 with this many fields, 0 … 3.
    func option(fields: Int) -> [UInt8] {
        let counts = [
            octets.capable1 &+ Self.initial.capable1, octets.congestion &+ Self.initial.congestion,
            octets.capable0 &+ Self.initial.capable0,
        ]
        return counts.prefix(fields).flatMap(Self.octets(of:))
    }

    /// A field of the option: the count modulo 2^24.
    static func octets(of count: UInt32) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: count >> 16), UInt8(truncatingIfNeeded: count >> 8),
            UInt8(truncatingIfNeeded: count),
        ]
    }

    /// The option has left, with everything that had changed.
    mutating func onOptionSent() { fieldsDue = 0 }

    /// The count in a field of the option.
    static func count(_ octets: ArraySlice<UInt8>) -> UInt32 { octets.reduce(0) { $0 << 8 | UInt32($1) } }

    /// Our report of a duplicate goes with the option.
    mutating func onDuplicateReported(_ start: SequenceNumber) { duplicateTold = start }

    /// Text has come again. If we have reported it before, the report was lost, and the option with it.
    mutating func onDuplicate(_ start: SequenceNumber) {
        if duplicateTold == start { isOptionDropped = true }
    }

    /// The peer has sent its SYN again, before our SYN,ACK has reached it.
    mutating func takeRepeatedSyn(_ segment: Segment) {
        synCodepoint = segment.codepoint
        if segment.flags.isDisjoint(with: [.ae, .cwr, .ece]) { isCleared = true }
    }

    /// Reads what a segment of the peer's says of octets.
    ///
    /// Returns how many more octets of ours came marked with congestion; nil if it says nothing.
    @discardableResult
    mutating func takeOption(_ options: SegmentOptions) -> Int? {
        let before = octetsAcknowledged.congestion
        let zeroFirst = options.extra.data(ofKind: Self.kinds.zeroFirst)
        guard let data = zeroFirst ?? options.extra.data(ofKind: Self.kinds.oneFirst) else { return nil }
        hasSeenOption = true
        for index in 0..<min(data.count / 3, Self.fields) {
            let field = Self.count(data[3 * index..<3 * index + 3])
            switch (index, zeroFirst != nil) {
            case (1, _): octetsAcknowledged.congestion = (field &- Self.initial.congestion) & 0xff_ffff
            case (0, true), (2, false): octetsAcknowledged.capable0 = (field &- Self.initial.capable0) & 0xff_ffff
            default: octetsAcknowledged.capable1 = (field &- Self.initial.capable1) & 0xff_ffff
            }
        }
        return Int((octetsAcknowledged.congestion &- before) & 0xff_ffff)
    }
}

// MARK: Circles of the three bits
extension AccurateECN {
    /// What an acknowledgment covers, and says of it beside the three bits.
    struct Reach {
        /// Segments that are newly known to have arrived.
        var segments: Int
        var mss: Int
        /// Octets that are newly known to have come marked; nil without the option.
        var marked: Int?
        var trustsLongAcks: Bool
    }

    /// Linux's PKTS_ACKED_WEIGHT, as a shift.
    fileprivate static let reachWeight = 64.0
    /// ACK_COMP_THRESH: where an acknowledgment usually covers more segments, a long one is nothing unusual.
    private static let longReach = 4.0

    /// Segments found marked, of which the three bits have told `least` modulo eight.
    ///
    /// RFC 9768 §3.2.2.5.2: where they may have cycled, "the Data Sender SHOULD deem whether it cycled by taking the safest
    /// likely case under the prevailing conditions"; Appendix A.2 has the arithmetic, in which octets that the option counts
    /// speak against a cycle if they are too few for it.
    private func marks(least: Int, _ reach: Reach) -> Int {
        guard reach.segments > 7 else { return least }
        let safest = reach.segments - (reach.segments - least) & 7
        if let marked = reach.marked {
            let isLikely = marked > least * reach.mss || marked >= safest * reach.mss / 2
            return marked > 0 && isLikely ? safest : least
        }
        if reach.trustsLongAcks, usualReach ?? 0 > Self.longReach { return least }
        return safest
    }
}
