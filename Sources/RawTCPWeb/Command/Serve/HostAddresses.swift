import Engine
import Glibc

/// The addresses of this host.
enum HostAddresses {
    /// Those of all its interfaces; link-local ones without their zones, as the Host of a request names them.
    static var all: Set<IPAddress> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: Set<IPAddress> = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            if let address = IPAddress(UnsafePointer(entry.ifa_addr)) {
                addresses.insert(address.within(zone: 0))
            }
        }
        return addresses
    }
}
