import Glibc

/// An address that stands at one of this host's interfaces, in the calling thread's network.
package struct InterfaceAddress: Hashable, Sendable {
    /// The interface's name.
    package let interface: String
    /// A link-local address has the interface's zone.
    package let address: IPAddress
    /// The length of its network's prefix in bits; that of the address where the kernel names no network.
    package let prefix: Int
    /// It stands at the loopback interface.
    package let isLoopback: Bool

    private init?(_ entry: ifaddrs) {
        guard let address = SocketAddress(entry.ifa_addr)?.endpoint?.address else { return nil }
        let mask = SocketAddress(entry.ifa_netmask)?.endpoint?.address
        self.address = address
        interface = String(cString: entry.ifa_name)
        prefix = mask?.octets.reduce(0) { $0 + $1.nonzeroBitCount } ?? (address.family == .v4 ? 32 : 128)
        isLoopback = entry.ifa_flags & UInt32(IFF_LOOPBACK) != 0
    }

    /// All of them, in the order of the kernel's list.
    package static func all() throws(LinkError) -> [InterfaceAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { throw .system(call: "getifaddrs", errno: errno) }
        defer { freeifaddrs(list) }
        return sequence(state: list) { next in
            defer { next = next?.pointee.ifa_next }
            return next?.pointee
        }.compactMap { InterfaceAddress($0) }
    }
}

extension Sequence<InterfaceAddress> {
    /// The names of their interfaces, each once, in their order.
    var interfaces: [String] {
        reduce(into: []) { names, entry in
            if !names.contains(entry.interface) { names.append(entry.interface) }
        }
    }
}
