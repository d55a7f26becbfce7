/// The tables that nftables has in the calling thread's network.
enum FirewallTables {
    /// Each with its family, as `nft list tables` shows them: "inet filter". `.notPermitted` without CAP_NET_ADMIN.
    static func list() throws(LinkError) -> [String] {
        let socket = try NetlinkSocket()
        var tables: [String] = []
        // NFT_MSG_GETTABLE with NLM_F_DUMP, of all families.
        let request = NetlinkMessage(type: 10 << 8 | 1, flags: 0x300, family: 0, sequence: 1)
        try socket.exchange([request], until: { _ in true }) { type, octets in
            guard type == 10 << 8, let family = octets.first, let name = name(in: octets.dropFirst(4)) else { return }
            tables.append("\(families[family] ?? "family \(family)") \(name)")
        }
        return tables
    }

    /// NFPROTO_….
    private static let families: [UInt8: String] = [1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"]

    /// NFTA_TABLE_NAME, which is an attribute of type 1.
    private static func name(in attributes: ArraySlice<UInt8>) -> String? {
        var rest = attributes
        while rest.count >= 4 {
            let head = NetlinkSocket.word(rest, at: 0)
            let length = Int(head & 0xffff)
            guard length >= 4, length <= rest.count else { return nil }
            let value = rest.dropFirst(4).prefix(length - 4)
            if head >> 16 & 0x3fff == 1 { return String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return nil
    }
}
