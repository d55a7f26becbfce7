/// How a connection finds out by itself what its path takes (RFC 4821).
public struct PathProbingHabits: Hashable, Sendable {
    /// When it begins to.
    public enum Beginning: Hashable, Sendable {
        case never
        /// Once timeouts in a row make a path that drops long packets likely.
        case afterSilence
        /// With the connection.
        case atOnce
    }

    public var beginning = Beginning.never
    /// The MSS that is expected to arrive everywhere. Linux: net.ipv4.tcp_base_mss, "1024", as RFC 4821 §7.2 suggests.
    public var baseMSS: UInt16 = 1_024
    /// The least MSS that the search goes down to. Linux: net.ipv4.tcp_mtu_probe_floor, "48"; ours has room beside the options.
    public var leastMSS: UInt16 = 64
    /// Octets that a probe must be worth. Linux: net.ipv4.tcp_probe_threshold, "8".
    public var leastStep: UInt16 = 8

    public init() {}
}
