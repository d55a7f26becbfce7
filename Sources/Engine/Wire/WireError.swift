/// Why octets are not the packet that they were taken for.
public enum WireError: Error, Hashable, Sendable {
    /// Fewer octets than the header, or the length it claims, needs.
    case truncated(needed: Int, have: Int)
    /// Neither IPv4 nor IPv6, or not the one expected.
    case badVersion(Int)
    /// An IPv4 header length below 20 octets.
    case badHeaderLength(Int)
    /// A TCP data offset below 20 octets.
    case badDataOffset(Int)
    /// An IP length too small for the headers.
    case badTotalLength(Int)
    /// Another protocol than TCP.
    case notTCP(Int)
    /// A fragment: only a whole datagram holds a segment.
    case fragment
}

extension WireError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let needed, let have): "it ends after \(have) of the \(needed) octets that it needs"
        case .badVersion(let version): "its version is \(version), not the one expected"
        case .badHeaderLength(let octets): "its IP header length of \(octets) octets is below 20"
        case .badDataOffset(let octets): "its TCP data offset of \(octets) octets is below 20"
        case .badTotalLength(let octets): "its IP length of \(octets) octets has no room for its headers"
        case .notTCP(let number): "its protocol is \(number), not TCP (6)"
        case .fragment: "it is a fragment"
        }
    }
}
