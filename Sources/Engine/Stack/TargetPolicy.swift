/// One network that packets may be sent to: `10.0.0.0/8`, `10.1.2.3:80-90`, `[fd00::]/8:443`.
public struct TargetRule: Hashable, Sendable {
    public var network: IPAddress
    /// 0 … 32 or 0 … 128.
    public var prefix: Int
    /// All ports unless given.
    public var ports: ClosedRange<UInt16>

    public init(network: IPAddress, prefix: Int, ports: ClosedRange<UInt16> = 0...65_535) {
        self.network = network
        self.prefix = prefix
        self.ports = ports
    }
}
