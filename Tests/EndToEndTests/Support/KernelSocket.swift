import CNIO
import Foundation

/// An ordinary TCP socket of the kernel's, on IPv4 loopback unless an address says otherwise: what every other program on
/// this machine uses.
final class KernelSocket: Sendable {
    let descriptor: Int32
    /// Nothing that a test awaits on a socket takes longer.
    static let patience = 60

    private init(descriptor: Int32, patience seconds: Int = KernelSocket.patience) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// An address with colons is IPv6's.
    private static func open(_ address: String, _ patience: Int = KernelSocket.patience) throws -> KernelSocket {
        let family = address.contains(":") ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HarnessError.system("socket") }
        return KernelSocket(descriptor: descriptor, patience: patience)
    }

    /// Connects to the address, within so many seconds.
    static func connected(
        to port: UInt16, at address: String = "127.0.0.1", in network: NetworkNamespace? = nil,
        patience: Int = KernelSocket.patience
    ) throws -> KernelSocket {
        let socket = try network.perform { try open(address, patience) }
        guard withAddress(address, port, { connect(socket.descriptor, $0, $1) }) == 0 else {
            throw HarnessError.system("connect")
        }
        return socket
    }

    /// Listens at the address; port 0 chooses one. No SO_REUSEADDR: a port that anything holds is refused.
    static func listening(
        on port: UInt16 = 0, at address: String = "127.0.0.1", in network: NetworkNamespace? = nil
    ) throws -> KernelSocket {
        let socket = try network.perform { try open(address) }
        guard withAddress(address, port, { bind(socket.descriptor, $0, $1) }) == 0 else {
            throw HarnessError.system("bind to \(address):\(port)")
        }
        guard listen(socket.descriptor, 16) == 0 else { throw HarnessError.system("listen") }
        return socket
    }

    /// A port that nothing holds; it is free again at once.
    static func freePort(in network: NetworkNamespace? = nil) throws -> UInt16 {
        try listening(in: network).localPort
    }

    private static func withAddress(
        _ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        if address.contains(":") { return withIPv6Address(address, port, body) }
        var value = sockaddr_in()
        value.sin_family = sa_family_t(AF_INET)
        value.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &value.sin_addr)
        return withUnsafePointer(to: value) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func withIPv6Address(
        _ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var value = sockaddr_in6()
        value.sin6_family = sa_family_t(AF_INET6)
        value.sin6_port = port.bigEndian
        // A link-local address has the number of its interface behind it.
        let parts = address.split(separator: "%")
        inet_pton(AF_INET6, String(parts[0]), &value.sin6_addr)
        value.sin6_scope_id = parts.count > 1 ? UInt32(parts[1]) ?? 0 : 0
        return withUnsafePointer(to: value) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    var localPort: UInt16 {
        // The port stands at the same place in both families' addresses.
        var value = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &value) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: value.sin6_port)
    }

    /// Drops every segment that comes to this socket, unanswered, before the kernel's TCP sees it.
    func fallSilent() throws {
        // BPF_RET | BPF_K, 0: accept no octet of any packet.
        let program = [cnio_filter_instruction(code: 0x06, if_true: 0, if_false: 0, operand: 0)]
        guard cnio_attach_filter(descriptor, program, UInt16(program.count)) == 0 else {
            throw HarnessError.system("attaching a filter")
        }
    }

    /// Waits for a client.
    func accepted() throws -> KernelSocket {
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { throw HarnessError.system("accept") }
        return KernelSocket(descriptor: client)
    }

    func write(_ text: String) throws { try write(octets: Array(text.utf8)) }

    /// Writes all octets.
    func write(octets: [UInt8]) throws {
        guard send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL)) == octets.count else {
            throw HarnessError.system("send")
        }
    }

    /// The octets that come next, at most so many; empty at the end of the stream.
    func read(atMost limit: Int = 65_536) throws -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &octets, limit, 0)
        guard count >= 0 else { throw HarnessError.system("recv") }
        return Array(octets.prefix(count))
    }

    /// Whether the kernel takes octets, now or within so many milliseconds.
    func isWritable(within milliseconds: Int32) -> Bool { isReady(POLLOUT, within: milliseconds) }

    /// Whether there is something to read or to accept, or the end of it, now or within so many milliseconds.
    func isReadable(within milliseconds: Int32) -> Bool { isReady(POLLIN, within: milliseconds) }

    private func isReady(_ event: Int32, within milliseconds: Int32) -> Bool {
        var question = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return poll(&question, 1, milliseconds) > 0
    }

    /// Ends our direction of the stream with a FIN.
    func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a RST, as a close with unsent data and no patience does.
    func reset() {
        var impatience = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &impatience, socklen_t(MemoryLayout<linger>.size))
        // An address of no family dissolves the association, here by a RST; the descriptor stays ours.
        var nobody = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        connect(descriptor, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }
}
