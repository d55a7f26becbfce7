/// Where packets may go: loopback, and what was allowed at start. Asked with the final numeric address, at the one place
/// where packets leave the engine.
package struct TargetPolicy: Hashable, Sendable {
    /// An address of this host, with the length of its network's prefix.
    package struct HostAddress: Hashable, Sendable {
        package var address: IPAddress
        package var prefix: Int
        package init(_ address: IPAddress, prefix: Int) {
            self.address = address
            self.prefix = prefix
        }
    }

    /// What is allowed besides loopback.
    package var rules: [TargetRule]

    package init(rules: [TargetRule]) { self.rules = rules }

    /// Nil if packets may go to `endpoint`; else the rule that forbids it, in words. The addresses of this host tell the
    /// broadcast addresses of its networks.
    package func refusal(of endpoint: Endpoint, on host: [HostAddress]) -> String? {
        // A mapped address is the IPv4 address to the kernel, so it must be to us.
        let target = Endpoint(endpoint.address.unmapped, endpoint.port)
        if let refusal = Self.refusalForAll(of: target.address, on: host) { return refusal }
        if target.address.isLoopback || rules.contains(where: { $0.covers(target) }) { return nil }
        if rules.isEmpty { return "only loopback is allowed" }
        return "only loopback and \(rules.map(\.description).joined(separator: ", ")) are allowed"
    }

    /// What no rule can allow.
    private static func refusalForAll(of address: IPAddress, on host: [HostAddress]) -> String? {
        if address.isUnspecified { return "\(address) names no host, and is always refused" }
        if address.isMulticast { return "multicast is always refused" }
        if address.isLimitedBroadcast { return "limited broadcast is always refused" }
        let networks = host + [HostAddress(.loopbackV4, prefix: 8)]
        if networks.contains(where: { $0.address.directedBroadcast(prefix: $0.prefix) == address }) {
            return "the broadcast address of a network is always refused"
        }
        return nil
    }
}
