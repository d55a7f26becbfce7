import Engine

/// The addresses of this host.
enum HostAddresses {
    /// Those of all its interfaces; link-local ones without their zones, as the Host of a request names them.
    static var all: Set<IPAddress> {
        Set(((try? InterfaceAddress.all()) ?? []).map { $0.address.within(zone: 0) })
    }
}
