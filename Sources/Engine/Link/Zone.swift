import Glibc

/// The zones of link-local addresses: on this host, its interfaces (RFC 4007 §6), by number and by name.
public enum Zone {
    /// The zone that `text` names as RFC 4007 §11.2 writes it behind `%`: an interface by its name, or by its number; nil if
    /// there is no such interface.
    public static func number(of text: some StringProtocol) -> UInt32? {
        let named = if_nametoindex(String(text))
        if named != 0 { return named }
        guard let number = UInt32(text), String(number) == text, interfaceName(number) != nil else { return nil }
        return number
    }

    /// The interfaces at which a link-local address of this host stands, by name, in the order of the kernel's list.
    public static var names: [String] {
        ((try? InterfaceAddress.all()) ?? []).filter(\.address.needsZone).interfaces
    }

    /// What is wrong with a link-local address that names no zone, and what to do.
    static func missing(in endpoint: Endpoint) -> String {
        let names = names
        let example = "[\(endpoint.address)%\(names.first ?? "eth0")]:\(endpoint.port)"
        let choice = names.isEmpty ? "no interface here has such an address" : names.joined(separator: ", ")
        return "\(endpoint.address) is a link-local address, which means a host only at one interface: "
            + "name it (\(choice)), as in \"\(example)\""
    }

    fileprivate static func interfaceName(_ number: UInt32) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { room in
            guard let start = room.baseAddress, if_indextoname(number, start) != nil else { return nil }
            return String(cString: start)
        }
    }
}

extension IPAddress {
    /// As people read it: with the name of its zone, where the interface still is there.
    public var zonedDescription: String {
        guard zone != 0, let name = Zone.interfaceName(zone) else { return description }
        return "\(within(zone: 0))%\(name)"
    }
}

extension Endpoint {
    /// As people read it, and as requests write it: with the name of its address's zone.
    public var zonedDescription: String {
        address.zone == 0 ? description : "[\(address.zonedDescription)]:\(port)"
    }
}
