/// The nine control bits of the TCP header (RFC 9293 §3.1; AE is RFC 9768's, carried in the lowest reserved bit).
public struct TCPFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let fin = TCPFlags(rawValue: 0x001)
    public static let syn = TCPFlags(rawValue: 0x002)
    public static let rst = TCPFlags(rawValue: 0x004)
    public static let psh = TCPFlags(rawValue: 0x008)
    public static let ack = TCPFlags(rawValue: 0x010)
    public static let urg = TCPFlags(rawValue: 0x020)
    public static let ece = TCPFlags(rawValue: 0x040)
    public static let cwr = TCPFlags(rawValue: 0x080)
    public static let ae = TCPFlags(rawValue: 0x100)

    /// Every flag with its name in the RFC, from the lowest bit up.
    public static let names: [(flag: TCPFlags, name: String)] = [
        (.fin, "FIN"), (.syn, "SYN"), (.rst, "RST"), (.psh, "PSH"), (.ack, "ACK"), (.urg, "URG"), (.ece, "ECE"),
        (.cwr, "CWR"), (.ae, "AE"),
    ]

    /// The names of the flags that are set, from the lowest bit up: `["SYN", "ACK"]`.
    public var setNames: [String] { Self.names.filter { contains($0.flag) }.map(\.name) }
}
