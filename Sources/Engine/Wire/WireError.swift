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
        case .truncated(let needed, let have): "truncated(needed: \(needed), have: \(have))"
        case .badVersion(let version): "badVersion(\(version))"
        case .badHeaderLength(let octets): "badHeaderLength(\(octets))"
        case .badDataOffset(let octets): "badDataOffset(\(octets))"
        case .badTotalLength(let octets): "badTotalLength(\(octets))"
        case .notTCP(let number): "notTCP(\(number))"
        case .fragment: "fragment"
        }
    }
}
