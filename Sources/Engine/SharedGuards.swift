/// The guards that are opened once, at the start, and then serve every connection of their ports: they need capabilities that the
/// process may have given up later.
package struct SharedGuards {
    package let range: RangeGuard?
    package let firewall: FirewallGuard?
    /// How many use each local endpoint; ours to answer for as long as someone does.
    private var users: [Endpoint: Int] = [:]

    /// Opens what is asked for. `.notPermitted` without CAP_NET_ADMIN, and for a range CAP_BPF.
    package init(range: ClosedRange<UInt16>?, firewall: ClosedRange<UInt16>?) throws(LinkError) {
        if let range { self.range = try RangeGuard(range) } else { self.range = nil }
        if let firewall { self.firewall = try FirewallGuard(firewall) } else { self.firewall = nil }
    }

    /// The ports that a kind of guard covers; nil if it was not opened, or is none of these.
    package func ports(of kind: GuardKind) -> ClosedRange<UInt16>? {
        switch kind {
        case .range: range?.ports
        case .nftables: firewall?.ports
        case .socket, .none: nil
        }
    }

    /// One more uses the endpoint; true if it is the first.
    package mutating func acquire(_ endpoint: Endpoint) -> Bool {
        users[endpoint, default: 0] += 1
        return users[endpoint] == 1
    }

    /// One fewer uses the endpoint; true if it was the last.
    package mutating func release(_ endpoint: Endpoint) -> Bool {
        guard let count = users[endpoint] else { return false }
        users[endpoint] = count > 1 ? count - 1 : nil
        return count == 1
    }
}
