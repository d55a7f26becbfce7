import Glibc

/// Keeps the kernel's RSTs from a range of local ports inside this host, by a table of nftables that belongs to our netlink
/// socket: the kernel removes it when the socket closes, however the process ends.
///
/// Our own RSTs carry a mark and pass. Opening it needs CAP_NET_ADMIN. Unlike the other guards it does not reserve the ports.
package final class FirewallGuard {
    package let ports: ClosedRange<UInt16>
    private let socket: NetlinkSocket

    /// Makes the table; `.notPermitted` without CAP_NET_ADMIN.
    package init(_ ports: ClosedRange<UInt16>) throws(LinkError) {
        self.ports = ports
        socket = try NetlinkSocket()
        let last: UInt32 = 4
        try socket.exchange(Self.batch(table: "rawtcpweb_\(getpid())", ports)) { $0 == last }
    }

    /// Table, chain and rule, taken all together or not at all.
    private static func batch(table: String, _ ports: ClosedRange<UInt16>) -> [NetlinkMessage] {
        let chain = "output"
        var newTable = message(Kind.newTable, sequence: 2)
        newTable.add(1, table)
        newTable.add(2, UInt32(2))  // NFT_TABLE_F_OWNER
        var newChain = message(Kind.newChain, sequence: 3)
        newChain.add(1, table)
        newChain.add(3, chain)
        newChain.add(4) { hook in
            hook.add(1, UInt32(3))  // NF_INET_LOCAL_OUT
            hook.add(2, UInt32(0))  // priority filter
        }
        newChain.add(5, UInt32(1))  // NF_ACCEPT
        newChain.add(7, "filter")
        var newRule = message(Kind.newRule, sequence: 4, acknowledged: true)
        newRule.add(1, table)
        newRule.add(2, chain)
        newRule.add(4) { rule in addExpressions(to: &rule, ports) }
        return [
            NetlinkMessage(type: Kind.batchBegin, flags: 0, family: 0, sequence: 1, resource: 10), newTable, newChain,
            newRule,
            NetlinkMessage(type: Kind.batchEnd, flags: 0, family: 0, sequence: 5, resource: 10),
        ]
    }

    /// `tcp sport FROM-TO tcp flags & rst != 0 meta mark != OURS drop`
    private static func addExpressions(to rule: inout NetlinkMessage, _ ports: ClosedRange<UInt16>) {
        rule.meta(16)  // NFT_META_L4PROTO
        rule.compare(.equal, [UInt8(IPPROTO_TCP)])
        rule.payload(offset: 0, length: 2)
        rule.compare(.atLeast, [UInt8(ports.lowerBound >> 8), UInt8(truncatingIfNeeded: ports.lowerBound)])
        rule.compare(.atMost, [UInt8(ports.upperBound >> 8), UInt8(truncatingIfNeeded: ports.upperBound)])
        rule.payload(offset: 13, length: 1)
        rule.mask([0x04])
        rule.compare(.notEqual, [0])
        rule.meta(3)  // NFT_META_MARK, in the host's order
        rule.compare(.notEqual, withUnsafeBytes(of: ResetTap.mark) { Array($0) })
        rule.drop()
    }

    /// Types of messages: NFNL_SUBSYS_NFTABLES in the upper octet.
    private enum Kind {
        static let batchBegin: UInt16 = 16
        static let batchEnd: UInt16 = 17
        static let newTable: UInt16 = 10 << 8
        static let newChain: UInt16 = 10 << 8 | 3
        static let newRule: UInt16 = 10 << 8 | 6
    }

    private static func message(_ type: UInt16, sequence: UInt32, acknowledged: Bool = false) -> NetlinkMessage {
        // NLM_F_CREATE, and NLM_F_ACK on the last; NFPROTO_INET.
        NetlinkMessage(type: type, flags: 0x400 | (acknowledged ? 4 : 0), family: 1, sequence: sequence)
    }
}

/// Expressions of a rule (linux/netfilter/nf_tables.h), all by way of register 1.
extension NetlinkMessage {
    fileprivate enum Comparison: UInt32 {
        case equal = 0
        case notEqual = 1
        case atMost = 3
        case atLeast = 5
    }

    fileprivate mutating func meta(_ key: UInt32) {
        expression("meta") { data in
            data.add(1, UInt32(1))
            data.add(2, key)
        }
    }

    /// Octets of the transport header.
    fileprivate mutating func payload(offset: UInt32, length: UInt32) {
        expression("payload") { data in
            data.add(1, UInt32(1))
            data.add(2, UInt32(2))
            data.add(3, offset)
            data.add(4, length)
        }
    }

    fileprivate mutating func mask(_ bits: [UInt8]) {
        expression("bitwise") { data in
            data.add(1, UInt32(1))
            data.add(2, UInt32(1))
            data.add(3, UInt32(bits.count))
            data.add(4) { $0.add(1, bits) }
            data.add(5) { $0.add(1, bits.map { _ in UInt8(0) }) }
        }
    }

    fileprivate mutating func compare(_ comparison: Comparison, _ value: [UInt8]) {
        expression("cmp") { data in
            data.add(1, UInt32(1))
            data.add(2, comparison.rawValue)
            data.add(3) { $0.add(1, value) }
        }
    }

    /// The verdict register is 0, and so is NF_DROP.
    fileprivate mutating func drop() {
        expression("immediate") { data in
            data.add(1, UInt32(0))
            data.add(2) { verdict in verdict.add(2) { $0.add(1, UInt32(0)) } }
        }
    }

    private mutating func expression(_ name: String, _ body: (inout NetlinkMessage) -> Void) {
        add(1) { element in
            element.add(1, name)
            element.add(2, body)
        }
    }
}
