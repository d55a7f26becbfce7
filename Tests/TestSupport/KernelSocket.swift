import CNIO
import Foundation

/// An ordinary TCP socket of the kernel's, on IPv4 loopback unless an address says otherwise: what every other program on
/// this machine uses.
package final class KernelSocket: Sendable {
    package let descriptor: Int32
    /// Nothing that a test awaits on a socket takes longer.
    package static let patience = 60

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
    package static func connected(
        to port: UInt16, at address: String = "127.0.0.1", in network: NetworkNamespace? = nil,
        patience: Int = KernelSocket.patience
    ) throws -> KernelSocket {
        let socket = try network.perform { try open(address, patience) }
        guard try withSocketAddress(address, port, { connect(socket.descriptor, $0, $1) }) == 0 else {
            throw HarnessError.system("connect")
        }
        return socket
    }

    /// Holds a port of the address without listening, so that connections are refused; port 0 chooses one. No SO_REUSEADDR: a
    /// port that anything holds is refused.
    package static func bound(
        to port: UInt16 = 0, at address: String = "127.0.0.1", in network: NetworkNamespace? = nil,
        patience: Int = KernelSocket.patience
    ) throws -> KernelSocket {
        let socket = try network.perform { try open(address, patience) }
        guard try withSocketAddress(address, port, { bind(socket.descriptor, $0, $1) }) == 0 else {
            throw HarnessError.system("bind to \(address):\(port)")
        }
        return socket
    }

    /// Listens at the address; port 0 chooses one.
    package static func listening(
        on port: UInt16 = 0, at address: String = "127.0.0.1", in network: NetworkNamespace? = nil, backlog: Int32 = 16,
        patience: Int = KernelSocket.patience
    ) throws -> KernelSocket {
        let socket = try bound(to: port, at: address, in: network, patience: patience)
        guard listen(socket.descriptor, backlog) == 0 else { throw HarnessError.system("listen") }
        return socket
    }

    /// A port where every segment is dropped, unanswered, before the kernel's TCP sees it: a peer that never answers.
    package static func silent() throws -> KernelSocket {
        let socket = try listening()
        // BPF_RET | BPF_K, 0: accept no octet of any packet.
        let program = [cnio_filter_instruction(code: 0x06, if_true: 0, if_false: 0, operand: 0)]
        guard cnio_attach_filter(socket.descriptor, program, UInt16(program.count)) == 0 else {
            throw HarnessError.system("attaching a filter")
        }
        return socket
    }

    /// A port that nothing holds; it is free again at once.
    package static func freePort(in network: NetworkNamespace? = nil) throws -> UInt16 {
        try listening(in: network).localPort
    }

    package var localPort: UInt16 {
        // The port stands at the same place in both families' addresses.
        var value = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &value) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: value.sin6_port)
    }

    /// Waits for a client.
    package func accepted() throws -> KernelSocket {
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { throw HarnessError.system("accept") }
        return KernelSocket(descriptor: client)
    }

    package func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Writes all of the octets.
    package func write(_ octets: [UInt8]) throws {
        var sent = 0
        while sent < octets.count {
            let count = octets.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                return send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw HarnessError.system("send") }
            sent += count
        }
    }

    /// Writes what the kernel takes without waiting; returns how many octets, -1 if none.
    package func offer(_ octets: [UInt8]) -> Int { send(descriptor, octets, octets.count, Int32(MSG_DONTWAIT)) }

    /// The octets that come next, at most so many; empty at the end of the stream.
    package func read(atMost limit: Int = 65_536) throws -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &octets, limit, 0)
        guard count >= 0 else { throw HarnessError.system("recv") }
        return Array(octets.prefix(count))
    }

    /// Reads so many octets; fewer if the stream ends before.
    package func read(all count: Int) throws -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(count)
        while octets.count < count {
            let piece = try read(atMost: min(count - octets.count, 262_144))
            if piece.isEmpty { break }
            octets += piece
        }
        return octets
    }

    /// Reads to the end of the stream.
    package func readToEnd() throws -> [UInt8] {
        var octets: [UInt8] = []
        while true {
            let piece = try read()
            if piece.isEmpty { return octets }
            octets += piece
        }
    }

    /// Whether the kernel takes octets, now or within so many milliseconds.
    package func isWritable(within milliseconds: Int32) -> Bool { isReady(POLLOUT, within: milliseconds) }

    /// Whether there is something to read or to accept, or the end of it, now or within so many milliseconds.
    package func isReadable(within milliseconds: Int32) -> Bool { isReady(POLLIN, within: milliseconds) }

    private func isReady(_ event: Int32, within milliseconds: Int32) -> Bool {
        var question = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return poll(&question, 1, milliseconds) > 0
    }

    /// Ends our direction of the stream with a FIN.
    package func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends both directions, and whatever waits for either, or for a client.
    package func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Ends the connection with a RST, as a close with unsent data and no patience does.
    package func reset() {
        var impatience = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &impatience, socklen_t(MemoryLayout<linger>.size))
        // An address of no family dissolves the association, here by a RST; the descriptor stays ours.
        var nobody = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        connect(descriptor, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }
}
