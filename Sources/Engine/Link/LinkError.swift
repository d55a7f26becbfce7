import Glibc

/// Why the host would not do what the link asked of it.
package enum LinkError: Error, Hashable, Sendable {
    /// EADDRINUSE: another program, or the kernel's TIME-WAIT, holds the local endpoint.
    case addressInUse(Endpoint)
    /// EACCES: a port below `ip_unprivileged_port_start` without CAP_NET_BIND_SERVICE.
    case privilegedPort(Endpoint)
    /// EADDRNOTAVAIL: the address is not one of this host's.
    case notLocal(IPAddress)
    /// The pool's limit is reached and no guard is idle, or the process or host is out of descriptors.
    case exhausted(limit: Int)
    /// EPERM: the call needs a capability that the process lacks.
    case notPermitted(call: String)
    /// The routing table has no way to the address.
    case unreachable(IPAddress, errno: Int32)
    /// Any other failure.
    case system(call: String, errno: Int32)
}

extension LinkError {
    /// EMSGSIZE: the packet is longer than the device that it would leave by takes.
    package static func isTooLong(_ errno: Int32) -> Bool { errno == EMSGSIZE }
}
