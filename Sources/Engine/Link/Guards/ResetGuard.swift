import CNIO
import Glibc

/// Keeps the kernel from answering segments to one local endpoint of ours.
///
/// The kernel knows nothing of our connections and would answer the peer's SYN-ACK with RST. A listening socket whose
/// filter drops everything stops that without a firewall: the kernel finds a socket for each segment, and the filter
/// discards it before any state is looked at, after the raw socket has got its own copy. Bound but not listening would
/// not do. It also reserves the port, leaves our own RSTs alone, and is gone with the process.
package final class ResetGuard {
    let descriptor: Int32

    /// Opens a guard. The address is the exact local one: a wildcard would swallow other programs' segments to the port.
    package init(_ endpoint: Endpoint) throws(LinkError) {
        let kind = Int32(SOCK_STREAM.rawValue) | RawSocketLink.socketFlags
        descriptor = socket(endpoint.address.family.domain, kind, 0)
        guard descriptor >= 0 else { throw Self.error("socket", endpoint) }
        // A guard at :: would take IPv4's segments as well, and other programs' ports with them.
        if endpoint.address.family == .v6 { _ = setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        let address = SocketAddress(endpoint)
        guard address.withPointer({ bind(descriptor, $0, $1) }) == 0 else { throw Self.error("bind", endpoint) }
        // Before listen: there is no moment in which the kernel would accept a connection.
        try Self.deafen(descriptor, at: endpoint)
        guard listen(descriptor, 0) == 0 else { throw Self.error("listen", endpoint) }
    }

    /// Where it stands: where port 0 was asked for, at the port that the kernel chose. nil if the kernel will not say.
    package var endpoint: Endpoint? {
        var name = SocketAddress()
        guard name.withMutablePointer({ getsockname(descriptor, $0, $1) }) == 0 else { return nil }
        return name.endpoint
    }

    /// Makes the socket drop whatever comes, by the filter that all guards share, else by one of its own. Newer kernels let
    /// only CAP_NET_ADMIN attach one to a TCP socket; a signature that nobody can make (RFC 2385) drops everything as early,
    /// and needs no right.
    private static func deafen(_ descriptor: Int32, at endpoint: Endpoint) throws(LinkError) {
        guard !SharedFilter.attach(to: descriptor) else { return }
        do throws(LinkError) {
            try PacketFilter.nothing.attach(to: descriptor)
        } catch {
            guard case .system(_, EPERM) = error else { throw error }
            guard cnio_require_signature(descriptor, endpoint.address.family.domain) == 0 else {
                throw Self.error("TCP_MD5SIG_EXT", endpoint)
            }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func error(_ call: String, _ endpoint: Endpoint) -> LinkError {
        switch errno {
        case EADDRINUSE: .addressInUse(endpoint)
        case EACCES: .privilegedPort(endpoint)
        case EADDRNOTAVAIL: .notLocal(endpoint.address)
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: .exhausted(limit: Limits.fileDescriptors)
        case let other: .system(call: call, errno: other)
        }
    }
}
