/// What lies between us and the wire: devices, firewall, connection tracking.
extension DoctorReport {
    /// RFC 8200 §5: IPv6 needs links of at least this MTU.
    private static let smallestMTU = 1_280

    /// Whether every device takes packets of the length that IPv6 asks for.
    static func deviceMTU(_ devices: [Device]) -> Check {
        let name = "device-mtu"
        guard !devices.isEmpty else { return Check(name, .pass, "loopback is the only device with an address") }
        let list = devices.map { "\($0.name) \($0.mtu)" }.joined(separator: ", ")
        guard let short = devices.first(where: { $0.mtu < smallestMTU }) else {
            return Check(name, .pass, "packets may be so long: \(list)")
        }
        return Check(
            name, .warn, "\(short.name) takes only \(short.mtu) octets, too few for IPv6: \(list)",
            remedy: "sudo ip link set \(short.name) mtu 1500")
    }

    /// Whether what we receive has been joined from several segments.
    static func offloads(_ devices: [Device]) -> Check {
        let name = "offloads"
        let busy = devices.filter { !$0.offloads.isEmpty }
        guard !busy.isEmpty else {
            return Check(
                name, .pass, "no device but loopback joins or cuts segments; there, segments are up to 64 KiB long")
        }
        let list = busy.map { "\($0.name): \($0.offloads.map(\.rawValue).joined(separator: " "))" }
        let detail = "received segments may be longer than the MTU, with only a partial checksum: "
        guard let joining = busy.first(where: { $0.offloads.contains(.gro) }) else {
            return Check(name, .pass, "on, but nothing joins what we receive: \(list.joined(separator: "; "))")
        }
        return Check(
            name, .warn, detail + list.joined(separator: "; "),
            remedy: "sudo ethtool -K \(joining.name) gro off gso off tso off")
    }

    /// Whether there are tables whose rules may drop what we send or should see.
    static func firewall() -> Check {
        let name = "firewall"
        let legacy = ["ip", "ip6"].flatMap { family in
            let names = (try? ProcFile.read("/proc/thread-self/net/\(family)_tables_names")) ?? ""
            return names.split(separator: "\n").map { "\(family == "ip" ? "iptables" : "ip6tables") \($0)" }
        }
        var tables = legacy
        do throws(LinkError) {
            tables = try FirewallTables.list() + legacy
        } catch {
            // Any other failure is that of a kernel without nftables, which has no tables of it either.
            if case .notPermitted = error, legacy.isEmpty {
                return Check(
                    name, .warn, "nftables' tables cannot be listed without CAP_NET_ADMIN",
                    remedy: "as root: nft list ruleset; look for rules that drop TCP on its way out")
            }
        }
        return tables.isEmpty ? Check(name, .pass, "no table of nftables or iptables is there") : found(tables)
    }

    private static func found(_ tables: [String]) -> Check {
        Check(
            "firewall", .warn, "tables whose rules may drop our segments: \(tables.joined(separator: ", "))",
            remedy: "sudo nft list ruleset; a drop on the way in comes before the raw socket, and blinds it")
    }

    /// Whether connection tracking may drop segments that it calls invalid.
    static func tracking() -> Check {
        let name = "conntrack"
        let folder = "/proc/sys/net/netfilter/nf_conntrack"
        guard let count = (try? ProcFile.numbers(folder + "_count"))?.first else {
            return Check(name, .pass, "connections are not tracked")
        }
        let isLiberal = (try? ProcFile.numbers(folder + "_tcp_be_liberal"))?.first == 1
        if count == 0 { return Check(name, .pass, "tracking is loaded, but follows no connection here") }
        if isLiberal { return Check(name, .pass, "\(count) connections are tracked, but nothing is called invalid") }
        return Check(
            name, .warn,
            "\(count) connections are tracked: odd segments count as invalid, and may be dropped or not translated",
            remedy: "sudo sysctl net.netfilter.nf_conntrack_tcp_be_liberal=1")
    }
}
