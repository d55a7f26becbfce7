/// Why a packet that the raw socket delivered got no further; each is a counter of the stack.
public enum DropReason: UInt8, CaseIterable, Hashable, Sendable {
    /// Neither one of our connections nor an endpoint that we own.
    case foreign
    /// The headers are cut short or contradict themselves.
    case malformed
    /// The TCP checksum is wrong.
    case badChecksum
    /// A copy of a segment that we sent ourselves, handed back by the loopback device.
    case echo
    /// A broadcast or multicast address stands in it (RFC 9293 MUST-57).
    case badAddress

    /// The name that counters carry.
    public var name: String {
        switch self {
        case .foreign: "foreign"
        case .malformed: "malformed"
        case .badChecksum: "bad-checksum"
        case .echo: "echo"
        case .badAddress: "bad-address"
        }
    }
}
