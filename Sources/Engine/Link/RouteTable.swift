import CNIO
import Glibc

/// What the kernel says about the way to a destination.
package struct Route: Hashable, Sendable {
    /// The address that packets to it come from.
    package var source: IPAddress
    /// The longest packet that leaves in one piece.
    package var mtu: Int
    /// The destination is this host.
    package var isLoopback: Bool

    package init(source: IPAddress, mtu: Int, isLoopback: Bool) {
        self.source = source
        self.mtu = mtu
        self.isLoopback = isLoopback
    }
}

/// Asks the kernel for routes, by connecting a UDP socket, which sends nothing (9 µs), and remembers its answers.
///
/// With IP_HDRINCL the kernel would fill in the source itself, but only after we have computed the TCP checksum over it.
package struct RouteTable {
    private struct Key: Hashable {
        var destination: IPAddress
        var source: IPAddress?
    }

    private struct Answer {
        var route: Route
        var expiry: Instant
    }

    private struct Interfaces {
        var addresses: Set<IPAddress> = []
        /// The MTU of the device that each stands at.
        var mtus: [IPAddress: Int] = [:]
        /// Each address with the length of its network's prefix.
        var networks: [(address: IPAddress, prefix: Int)] = []
        var expiry = Instant.zero
    }

    /// How long an answer is trusted: a changed route is noticed after this long at the latest, or with the next ICMP error.
    private static let lifetime = Interval.seconds(Int64(10))
    /// Answers remembered. Beyond it all are forgotten: each can be had again.
    private static let capacity = 4_096

    /// RFC 1191 §6.3: an attempt to detect an increase must not come within 5 minutes of a Datagram Too Big message; "the
    /// recommended setting for this timer is twice its minimum value (10 minutes)".
    private static let pathLifetime = Interval.seconds(Int64(600))

    /// What paths turned out to take, beyond what the kernel knows.
    private var paths: [IPAddress: (mtu: Int, expiry: Instant)] = [:]
    private var answers: [Key: Answer] = [:]
    /// What was asked for last, with its answer: most hosts are asked for many times in a row.
    private var newest: (key: Key, answer: Answer)?
    private var interfaces = Interfaces()

    package init() {}

    /// The route to `destination`, from `source` if that is given. `.unreachable` if there is none, `.notLocal` if `source`
    /// is not an address of this host.
    package mutating func route(
        to destination: IPAddress, preferring source: IPAddress? = nil, at now: Instant
    ) throws(LinkError) -> Route {
        let key = Key(destination: destination, source: source)
        if let newest, newest.key == key, now < newest.answer.expiry { return newest.answer.route }
        let answer = try answer(to: key, at: now)
        newest = (key, answer)
        return answer.route
    }

    private mutating func answer(to key: Key, at now: Instant) throws(LinkError) -> Answer {
        if let answer = answers[key], now < answer.expiry { return answer }
        let destination = key.destination
        var (local, mtu) = try Self.askKernel(destination, key.source)
        if let path = paths[destination], now < path.expiry { mtu = min(mtu, path.mtu) }
        let isLoopback = try isLocal(destination, at: now)
        let route = Route(source: local, mtu: mtu, isLoopback: isLoopback)
        if answers.count >= Self.capacity { answers.removeAll(keepingCapacity: true) }
        let answer = Answer(route: route, expiry: now + Self.lifetime)
        answers[key] = answer
        return answer
    }

    /// A router on the way to the destination has told that it takes only packets of `mtu` octets. The least of what they
    /// tell counts. RFC 9293 §3.7.3, SHLD-6: "TCP implementations SHOULD use the smallest effective MTU of the interface".
    package mutating func shorten(_ destination: IPAddress, to mtu: Int, at now: Instant) {
        if paths.count >= Self.capacity { paths.removeAll(keepingCapacity: true) }
        let known = paths[destination].flatMap { now < $0.expiry ? $0.mtu : nil } ?? mtu
        paths[destination] = (min(mtu, known), now + Self.pathLifetime)
        invalidate(destination)
    }

    /// Forgets what was said about the destination: on EMSGSIZE, and on an ICMP error about it.
    package mutating func invalidate(_ destination: IPAddress) {
        answers = answers.filter { $0.key.destination != destination }
        newest = nil
    }

    /// True if packets to the address stay on this host.
    package mutating func isLocal(_ address: IPAddress, at now: Instant) throws(LinkError) -> Bool {
        if address.isLoopback { return true }  // All of 127.0.0.0/8, though only 127.0.0.1 stands at an interface.
        try refreshInterfaces(at: now)
        return interfaces.addresses.contains(address)
    }

    /// The MTU of the device that the address stands at, as of the last look at the interfaces; nil if it is none of ours.
    package func deviceMTU(of address: IPAddress) -> Int? { interfaces.mtus[address] }

    /// The addresses of this host's interfaces with the lengths of their networks' prefixes.
    package mutating func localNetworks(at now: Instant) throws(LinkError) -> [(address: IPAddress, prefix: Int)] {
        try refreshInterfaces(at: now)
        return interfaces.networks
    }
}

// MARK: - The kernel's answers

extension RouteTable {
    private static func askKernel(
        _ destination: IPAddress, _ source: IPAddress?
    ) throws(LinkError) -> (source: IPAddress, mtu: Int) {
        let family = destination.family
        let descriptor = socket(family.domain, Int32(SOCK_DGRAM.rawValue) | RawSocketLink.socketFlags, 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        defer { close(descriptor) }
        if let source {
            guard SocketAddress(Endpoint(source, 0)).withPointer({ bind(descriptor, $0, $1) }) == 0 else {
                throw errno == EADDRNOTAVAIL ? .notLocal(source) : .system(call: "bind", errno: errno)
            }
        }
        // The discard port: any but 0 would do, since nothing is sent.
        guard SocketAddress(Endpoint(destination, 9)).withPointer({ connect(descriptor, $0, $1) }) == 0 else {
            throw .unreachable(destination, errno: errno)
        }
        var name = SocketAddress()
        guard name.withMutablePointer({ getsockname(descriptor, $0, $1) }) == 0, let local = name.endpoint else {
            throw .system(call: "getsockname", errno: errno)
        }
        var mtu: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let level = Int32(family == .v4 ? IPPROTO_IP : IPPROTO_IPV6)
        guard getsockopt(descriptor, level, family == .v4 ? IP_MTU : IPV6_MTU, &mtu, &length) == 0 else {
            throw .system(call: "IP_MTU", errno: errno)
        }
        return (local.address, Int(mtu))
    }

    private mutating func refreshInterfaces(at now: Instant) throws(LinkError) {
        guard interfaces.expiry <= now else { return }
        var found = Interfaces(expiry: now + Self.lifetime)
        for entry in try InterfaceAddress.all() {
            found.addresses.insert(entry.address)
            let mtu = Int(cnio_read_device_mtu(entry.interface))
            if mtu > 0 { found.mtus[entry.address] = mtu }
            found.networks.append((entry.address, entry.prefix))
        }
        interfaces = found
    }
}
