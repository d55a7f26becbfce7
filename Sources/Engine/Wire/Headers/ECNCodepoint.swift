/// The two lowest bits of the IPv4 type of service or the IPv6 traffic class (RFC 3168 §5).
public enum ECNCodepoint: UInt8, CaseIterable, Hashable, Sendable {
    /// Not-ECT: the sender would not understand a mark.
    case notCapable = 0
    /// ECT(1)
    case capable1 = 1
    /// ECT(0)
    case capable0 = 2
    /// CE: a router has met congestion.
    case congestion = 3

    /// The codepoint in these bits; higher bits are ignored.
    package init(bits: UInt8) {
        switch bits & 3 {
        case 0: self = .notCapable
        case 1: self = .capable1
        case 2: self = .capable0
        default: self = .congestion
        }
    }
}
