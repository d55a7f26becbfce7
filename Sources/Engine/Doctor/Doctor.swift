/// What works on this host and what does not, found by trying.
public struct DoctorReport: Sendable {
    /// How a check came out, from good to bad.
    public enum Verdict: String, CaseIterable, Sendable {
        case pass
        /// It works, but not in every respect, or it could not be proved.
        case warn
        case fail
    }

    /// One thing tried.
    public struct Check: Sendable {
        /// What was tried: `raw-socket`, `guard`.
        public var name: String
        public var verdict: Verdict
        /// What was found, with the numbers.
        public var detail: String
        /// What to do about it, as a command where there is one; nil if it passed.
        public var remedy: String?

        public init(_ name: String, _ verdict: Verdict, _ detail: String, remedy: String? = nil) {
            self.name = name
            self.verdict = verdict
            self.detail = detail
            self.remedy = remedy
        }
    }

    public var checks: [Check]

    public init(checks: [Check]) { self.checks = checks }

    /// The worst of the checks' verdicts.
    public var verdict: Verdict {
        Verdict.allCases.last { worst in checks.contains { $0.verdict == worst } } ?? .pass
    }
}

/// The checks that need no engine: they also tell why there can be none.
extension DoctorReport {
    /// Examines the host for an engine that would choose its local ports from `portRange`.
    public static func ofHost(portRange: ClosedRange<UInt16>) -> DoctorReport {
        let devices = Device.all()
        return DoctorReport(checks: [
            rawSocket(), ipv6(), capabilities(), lowPorts(), ports(portRange), loopback(), deviceMTU(devices),
            offloads(devices), firewall(), tracking(), fileDescriptors(),
        ])
    }

    /// The command that gives this program what it needs.
    private static var setcap: String {
        let program = (try? ProcFile.link("/proc/self/exe")) ?? "PATH"
        return "sudo setcap cap_net_raw,cap_net_bind_service+ep \(program)"
    }

    private static func rawSocket() -> Check {
        let name = "raw-socket"
        do throws(LinkError) {
            _ = try RawSocketLink(family: .v4)
            return Check(name, .pass, "a raw TCP socket with its own IP headers opens")
        } catch {
            guard case .notPermitted = error else {
                return Check(name, .fail, "\(error)", remedy: "run it where raw sockets are allowed")
            }
            return Check(name, .fail, "no raw socket without CAP_NET_RAW", remedy: setcap)
        }
    }

    private static func ipv6() -> Check {
        let name = "ipv6"
        let remedy = "sudo sysctl net.ipv6.conf.all.disable_ipv6=0, or boot without ipv6.disable=1"
        var routes = RouteTable()
        do throws(LinkError) {
            _ = try RawSocketLink(family: .v6)
            _ = try routes.route(to: .loopbackV6, at: Clock.now())
            return Check(name, .pass, "a raw TCP socket of IPv6 opens, and ::1 can be reached")
        } catch {
            if case .notPermitted = error {
                return Check(name, .fail, "no raw socket without CAP_NET_RAW", remedy: setcap)
            }
            return Check(name, .warn, "IPv6 does not work here (\(error)); IPv4 does", remedy: remedy)
        }
    }

    private static func capabilities() -> Check {
        let name = "capabilities"
        guard let held = try? ProcFile.effectiveCapabilities() else {
            return Check(name, .warn, "/proc/self/status tells no CapEff", remedy: "mount /proc")
        }
        let missing = [(Capabilities.netRaw, "CAP_NET_RAW"), (.netBindService, "CAP_NET_BIND_SERVICE")]
            .filter { !held.contains($0.0) }.map(\.1)
        guard !missing.isEmpty else { return Check(name, .pass, "CAP_NET_RAW and CAP_NET_BIND_SERVICE are there") }
        return Check(
            name, held.contains(.netRaw) ? .warn : .fail, "missing: \(missing.joined(separator: ", "))", remedy: setcap)
    }

    private static func lowPorts() -> Check {
        let name = "low-ports"
        let start = Limits.unprivilegedPortStart
        let mayBind = (try? ProcFile.effectiveCapabilities())?.contains(.netBindService) ?? false
        if start <= 1 { return Check(name, .pass, "every local port is open to every program") }
        if mayBind { return Check(name, .pass, "local ports below \(start) can be used too") }
        return Check(
            name, .warn, "local ports below \(start) need CAP_NET_BIND_SERVICE; the others work", remedy: setcap)
    }

    private static func ports(_ range: ClosedRange<UInt16>) -> Check {
        let name = "port-range"
        let ours = "\(range.lowerBound)-\(range.upperBound)"
        let kernel = (try? ProcFile.numbers("/proc/sys/net/ipv4/ip_local_port_range")) ?? []
        guard kernel.count == 2, kernel[0] <= kernel[1] else {
            return Check(name, .warn, "ip_local_port_range cannot be read", remedy: "mount /proc/sys")
        }
        let theirs = "\(kernel[0])-\(kernel[1])"
        let shared = range.filter { (kernel[0]...kernel[1]).contains(Int($0)) }
        guard !shared.isEmpty else {
            return Check(name, .pass, "our local ports \(ours) lie outside the kernel's own, \(theirs)")
        }
        let reserved = (try? ProcFile.ranges("/proc/sys/net/ipv4/ip_local_reserved_ports")) ?? []
        if shared.allSatisfy({ port in reserved.contains { $0.contains(Int(port)) } }) {
            return Check(name, .pass, "our local ports \(ours) are reserved among the kernel's own, \(theirs)")
        }
        return Check(
            name, .warn, "our local ports \(ours) overlap the kernel's own, \(theirs): some will be taken",
            remedy: "choose another --port-range, or: sudo sysctl net.ipv4.ip_local_reserved_ports=\(ours)")
    }

    private static func loopback() -> Check {
        let name = "loopback-mtu"
        var routes = RouteTable()
        do throws(LinkError) {
            let mtu = try routes.route(to: .loopbackV4, at: Clock.now()).mtu
            guard mtu < 1_500 else { return Check(name, .pass, "packets on loopback may be \(mtu) octets long") }
            return Check(
                name, .warn, "packets on loopback may be only \(mtu) octets long",
                remedy: "sudo ip link set lo mtu 65536")
        } catch {
            return Check(name, .fail, "no way to 127.0.0.1: \(error)", remedy: "sudo ip link set lo up")
        }
    }

    /// Guards that are enough for most: beyond them idle ones are closed and reopened, at 23 µs each.
    private static let comfortableGuards = 4_096

    private static func fileDescriptors() -> Check {
        let limit = Limits.raiseFileDescriptors()
        let detail = "\(limit) descriptors, half of them for reset guards"
        guard limit / 2 < comfortableGuards else { return Check("file-descriptors", .pass, detail) }
        return Check("file-descriptors", .warn, detail, remedy: "ulimit -n 1048576, or LimitNOFILE= in the unit file")
    }
}
