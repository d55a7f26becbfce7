import Dispatch
package import Engine
import Glibc

/// Resolves host names, once: the address that comes out is the one that is judged and used.
package enum NameResolver {
    /// The address of `host`. IPv4 comes first where a name has both. Runs off every event loop: resolvers block.
    package static func resolve(_ host: HostPort.Host, member: String) async throws(Problem) -> IPAddress {
        switch host {
        case .address(let address): return address
        case .name(let name):
            let address = await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(returning: lookUp(name)) }
            }
            if let address { return address }
            // Nothing of ours to reach is unreachable: it is a wrong name for an address of this host.
            if member == "local" {
                throw Problem(faults: [.member("/local", "\"\(name)\" is no address of this host, and names none")])
            }
            throw Problem(.unreachable, "The name \"\(name)\" in \(member) does not resolve to an address.")
        }
    }

    private static func lookUp(_ name: String) -> IPAddress? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        let addresses = sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { entry in
            entry.flatMap { IPAddress(UnsafePointer($0.pointee.ai_addr)) }
        }
        return addresses.first { $0.family == .v4 } ?? addresses.first
    }
}

extension IPAddress {
    /// The address that a socket address of the kernel holds; nil for other families.
    init?(_ pointer: UnsafePointer<sockaddr>?) {
        guard let pointer else { return nil }
        let raw = UnsafeRawPointer(pointer)
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET: self.init(v4: UInt32(bigEndian: raw.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6:
            let octets = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
            let halves = [octets.prefix(8), octets.suffix(8)].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
            self.init(v6: halves[0], halves[1])
        default: return nil
        }
    }
}
