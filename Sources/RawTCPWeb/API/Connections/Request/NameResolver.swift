import Dispatch
package import Engine
import Glibc

/// Resolves host names, once: the address that comes out is the one that is judged and used.
package enum NameResolver {
    /// Where a request names a host.
    package enum Place: Sendable {
        case member(String)
        case parameter(String)
        /// The target of CONNECT.
        case target

        fileprivate var words: String {
            switch self {
            case .member(let name), .parameter(let name): name
            case .target: "the target"
            }
        }

        /// The problem with what stands there.
        fileprivate func problem(_ detail: String) -> Problem {
            switch self {
            case .member(let name): Problem(faults: [.member("/\(name)", detail)])
            case .parameter(let name): Problem(faults: [.parameter(name, detail)])
            case .target: Problem(.badRequest, "The target of CONNECT: \(detail).")
            }
        }
    }

    /// The address of `host`. IPv4 comes first where a name has both. Runs off every event loop: resolvers block.
    package static func resolve(_ host: HostPort.Host, at place: Place) async throws(Problem) -> IPAddress {
        switch host {
        case .address(let address): return address
        case .zoned(let address, let zone):
            guard address.needsZone else {
                throw place.problem("\(address) is no link-local address (fe80::/10): leave out \"%\(zone)\"")
            }
            guard let number = Zone.number(of: zone) else {
                let names = Zone.names.joined(separator: ", ")
                throw place.problem(
                    "there is no interface \"\(zone)\"; link-local addresses stand at: \(names.isEmpty ? "none" : names)"
                )
            }
            return address.within(zone: number)
        case .name(let name):
            let address = await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(returning: lookUp(name)) }
            }
            if let address { return address }
            // Nothing of ours to reach is unreachable: it is a wrong name for an address of this host.
            if case .member("local") = place {
                throw place.problem("\"\(name)\" is no address of this host, and names none")
            }
            throw Problem(.unreachable, "The name \"\(name)\" in \(place.words) does not resolve to an address.")
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
            let value = raw.loadUnaligned(as: sockaddr_in6.self)
            let octets = withUnsafeBytes(of: value.sin6_addr) { Array($0) }
            let halves = [octets.prefix(8), octets.suffix(8)].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
            self = IPAddress(v6: halves[0], halves[1]).within(zone: value.sin6_scope_id)
        default: return nil
        }
    }
}
