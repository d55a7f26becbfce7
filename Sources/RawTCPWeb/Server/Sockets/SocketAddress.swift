import CNIO
import Glibc

/// An IPv4 or IPv6 address with a port, in the kernel's form.
struct SocketAddress {
    private var storage: sockaddr_storage
    private(set) var length: socklen_t

    /// Reads a numeric address, without brackets.
    init(_ address: String, port: UInt16) throws(ServerError) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, String(port), &hints, &found) == 0, let found else {
            throw ServerError("\(address) is not a numeric address", code: EINVAL)
        }
        defer { freeaddrinfo(found) }
        storage = sockaddr_storage()
        length = found.pointee.ai_addrlen
        memcpy(&storage, found.pointee.ai_addr, Int(length))
    }

    /// The address that `fill` writes, such as `getsockname`.
    init(_ fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Void) {
        storage = sockaddr_storage()
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { fill($0, &length) }
        }
    }

    /// AF_INET or AF_INET6.
    var family: Int32 { Int32(storage.ss_family) }

    /// The port.
    var port: UInt16 {
        // sin_port and sin6_port are at the same place.
        withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    }

    /// Whether the address is 127.0.0.0/8, ::1 or an IPv4-mapped form of the former.
    var isLoopback: Bool {
        withUnsafeBytes(of: storage) { octets in
            if family == AF_INET { return octets[4] == 127 }
            let address = octets[8..<24]
            let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
            if address.starts(with: mappedPrefix) { return address[20] == 127 }
            return address.dropLast().allSatisfy { $0 == 0 } && address.last == 1
        }
    }

    /// `127.0.0.1:8080` or `[::1]:8080`.
    var text: String { family == AF_INET ? "\(address):\(port)" : "[\(address)]:\(port)" }

    /// `127.0.0.1` or `::1`.
    var address: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let offset = family == AF_INET ? 4 : 8
        withUnsafeBytes(of: storage) { octets in
            _ = inet_ntop(family, octets.baseAddress.map { $0 + offset }, &buffer, socklen_t(buffer.count))
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Calls `body` with the form that `bind` takes.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
