import Glibc

/// An endpoint in the shape that system calls take, and back.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private(set) var length: socklen_t

    /// Room for an address that a system call fills in.
    init() { length = socklen_t(MemoryLayout<sockaddr_storage>.size) }

    init(_ endpoint: Endpoint) {
        let family = endpoint.address.family
        length = socklen_t(family == .v4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutableBytes(of: &storage) { raw in
            raw.storeBytes(of: sa_family_t(family.domain), as: sa_family_t.self)
            raw.storeBytes(of: endpoint.port.bigEndian, toByteOffset: 2, as: UInt16.self)
            let start = Self.addressOffset(family)
            switch family {
            case .v4:
                let bits = UInt32(truncatingIfNeeded: endpoint.address.low)
                raw.storeBytes(of: bits.bigEndian, toByteOffset: start, as: UInt32.self)
            case .v6:
                raw.storeBytes(of: endpoint.address.high.bigEndian, toByteOffset: start, as: UInt64.self)
                raw.storeBytes(of: endpoint.address.low.bigEndian, toByteOffset: start + 8, as: UInt64.self)
                raw.storeBytes(of: endpoint.address.zone, toByteOffset: Self.zoneOffset, as: UInt32.self)
            }
        }
    }

    /// Copies what `pointer` points to; nil if that is nothing, or no address of IP.
    init?(_ pointer: UnsafePointer<sockaddr>?) {
        guard let pointer else { return nil }
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET: length = socklen_t(MemoryLayout<sockaddr_in>.size)
        case AF_INET6: length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        default: return nil
        }
        memcpy(&storage, pointer, Int(length))
    }

    /// The endpoint, or nil if the family is neither of IP's.
    var endpoint: Endpoint? {
        withUnsafeBytes(of: storage) { raw in
            let port = UInt16(bigEndian: raw.load(fromByteOffset: 2, as: UInt16.self))
            func word(_ offset: Int) -> UInt64 {
                UInt64(UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
            switch Int32(storage.ss_family) {
            case AF_INET:
                return Endpoint(IPAddress(v4: UInt32(word(Self.addressOffset(.v4)))), port)
            case AF_INET6:
                let start = Self.addressOffset(.v6)
                let high = word(start) << 32 | word(start + 4)
                let address = IPAddress(v6: high, word(start + 8) << 32 | word(start + 12))
                let zone = raw.load(fromByteOffset: Self.zoneOffset, as: UInt32.self)
                return Endpoint(address.within(zone: zone), port)
            default: return nil
            }
        }
    }

    /// Where the address stands in `sockaddr_in` and `sockaddr_in6`.
    static func addressOffset(_ family: IPAddress.Family) -> Int { family == .v4 ? 4 : 8 }

    /// Where `sin6_scope_id` stands, in the host's own order of octets.
    private static let zoneOffset = 24

    /// Lends the address to a system call that reads it.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// Lends the address to a system call that fills it in.
    mutating func withMutablePointer<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }
}

extension IPAddress.Family {
    /// The family as `socket` takes it.
    var domain: Int32 {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }
}

/// Sets a socket option of type `int`. Returns errno, or 0.
func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) -> Int32 {
    var value = value
    return setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 ? 0 : errno
}
