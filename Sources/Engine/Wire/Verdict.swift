/// The step of an RFC that decided a received segment's fate. The raw value is what a log record stores.
public enum Rule: UInt8, CaseIterable, Hashable, Sendable {
    case none
    /// CLOSED: no connection at an endpoint that we own.
    case closed
    case synSentFirst, synSentSecond, synSentFourth, synSentFifth
    case first, second, fourth, fifth, sixth, seventh, eighth
    case paws
    case checksum
    case malformed
    case listenFirst, listenSecond, listenThird, listenFourth
    case timeWaitReuse

    /// The rule as the log shows it: the RFC, its section, and the step's own word.
    public var name: String? {
        switch self {
        case .none: nil
        case .closed: "rfc9293-3.10.7.1"
        case .listenFirst: "rfc9293-3.10.7.2-first"
        case .listenSecond: "rfc9293-3.10.7.2-second"
        case .listenThird: "rfc9293-3.10.7.2-third"
        case .listenFourth: "rfc9293-3.10.7.2-fourth"
        case .synSentFirst: "rfc9293-3.10.7.3-first"
        case .synSentSecond: "rfc9293-3.10.7.3-second"
        case .synSentFourth: "rfc9293-3.10.7.3-fourth"
        case .synSentFifth: "rfc9293-3.10.7.3-fifth"
        case .first: "rfc9293-3.10.7.4-first"
        case .second: "rfc9293-3.10.7.4-second"
        case .fourth: "rfc9293-3.10.7.4-fourth"
        case .fifth: "rfc9293-3.10.7.4-fifth"
        case .sixth: "rfc9293-3.10.7.4-sixth"
        case .seventh: "rfc9293-3.10.7.4-seventh"
        case .eighth: "rfc9293-3.10.7.4-eighth"
        case .timeWaitReuse: "rfc6191-2"
        case .paws: "rfc7323-5.3"
        case .checksum: "rfc9293-3.1-checksum"
        case .malformed: "rfc9293-3.1"
        }
    }
}

/// What became of a received segment: its cause in the log, and the step of the RFC that decided it.
package struct Verdict: Hashable, Sendable {
    package var cause: Cause
    package var rule: Rule

    package init(_ cause: Cause, _ rule: Rule) {
        self.cause = cause
        self.rule = rule
    }
}

/// What the TCP checksum of a captured segment is worth.
public enum ChecksumVerdict: UInt8, CaseIterable, Hashable, Sendable {
    /// The sum is right.
    case good
    /// The field holds only the folded pseudo-header sum: the packet is local or coalesced, and its checksum was left
    /// to hardware that it never met.
    case offloaded
    /// The field is zero.
    case zero
    case bad
    /// Not enough of the packet is there to add up.
    case unverifiable

    /// The word in the HTTP contract.
    public var name: String {
        switch self {
        case .good: "good"
        case .offloaded: "offloaded"
        case .zero: "zero"
        case .bad: "bad"
        case .unverifiable: "unverifiable"
        }
    }

    /// A receiver accepts the segment (RFC 9293 §3.1: the checksum MUST be checked; an offloaded one has been).
    public var isAcceptable: Bool { self == .good || self == .offloaded }
}

/// Which way a segment went, seen from this host.
public enum Direction: UInt8, Hashable, Sendable {
    case inbound
    case outbound

    /// The word in the HTTP contract.
    public var name: String { self == .inbound ? "in" : "out" }
}
