/// What implementations do differently about ECN (RFC 3168, RFC 9768).
public struct ECNHabits: Hashable, Sendable {
    /// Kinds of segments that may be marked as capable of ECN.
    public struct Segments: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let syn = Segments(rawValue: 1)
        public static let synAck = Segments(rawValue: 2)
        /// ACKs without text, FINs too.
        public static let empty = Segments(rawValue: 4)
        public static let repetitions = Segments(rawValue: 8)
        /// Probes of a closed window that carry new text.
        public static let probes = Segments(rawValue: 16)
        /// What RFC 3168 leaves unmarked, all of it.
        public static let everything: Segments = [.syn, .synAck, .empty, .repetitions, .probes]
    }

    /// What AccECN adds to the three bits of the header.
    public enum OctetCounts: Hashable, Sendable {
        /// No AccECN option.
        case never
        /// As soon as the peer's first acknowledgment has shown that the path lets the option through.
        case onceSeen
    }

    /// Repetitions of our SYN that still offer ECN. RFC 3168 §6.1.1.1 lets the first one go without.
    public var synRepetitions = 0
    /// The same of a SYN that offers AccECN. RFC 9768 §3.1.4.1 lets go of the offer later than RFC 3168 does.
    public var accurateSynRepetitions = 1
    /// A repetition tells the peer that the window was reduced. RFC 3168 §6.1.2 leaves that to "the first new data packet".
    public var repetitionsTellReduction = false
    /// The peer's CWR ends the echo also where it comes without text, and an ACK says so at once. RFC 3168 §6.1.3 leaves that
    /// to the next ACK.
    public var acknowledgesReduction = false
    /// CWR tells of timeouts, too, as RFC 3168 §6.1.2 has it.
    public var tellsTimeouts = true
    /// A mark is acknowledged when its text would have been anyway.
    public var delaysEcho = false
    /// What is marked capable beside new text. RFC 3168 §6.1.4 and §6.1.5 want nothing so; RFC 8311 lets experiments do it.
    public var capable: Segments = []
    /// The same once AccECN is agreed.
    public var capableOnceAccurate: Segments = []
    /// Our SYN offers AccECN, where it offers ECN at all.
    public var offersAccurate = false
    /// An answer with AccECN counts also where the newest SYN no longer offered it.
    public var believesLateAnswer = false
    /// A peer's offer of AccECN is taken up.
    public var acceptsAccurate = false
    /// With AccECN, what changes from one segment to the next in the IP header is acknowledged at once.
    public var acknowledgesChange = false
    /// Text is marked capable also where the peer's first acknowledgment had none of AccECN's bits.
    public var marksOnClearedPath = false
    /// The echo of a mark shrinks the window with each ACK of the round trip, as a loss does (RFC 9937), not at once.
    public var reducesGradually = false
    public var octetCounts = OctetCounts.never
    /// Where each ACK covers many segments, one that covers more than the three bits can count has passed no full circle of them.
    public var trustsLongAcks = false

    public init() {}
}
