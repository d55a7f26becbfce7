import Foundation
import Glibc
import Synchronization

/// A system call on a socket failed.
struct SocketError: Error, CustomStringConvertible {
    let call: String
    let errno: Int32

    var description: String { "\(call): \(String(cString: strerror(errno)))" }
}

/// An echo server on the kernel's TCP: a thread for each connection, which reads, prints and writes back. A peer that does
/// not read stops its own thread, and so its own sending.
final class EchoServer: Sendable {
    /// Octets that a printed line shows of what was received at once.
    private static let shown = 64
    /// A connection's thread only reads, prints and writes.
    private static let stackSize = 256 << 10

    /// The port that it listens at.
    let port: UInt16
    /// It listens at ::1 too.
    var isOnIPv6: Bool { listeners.count > 1 }
    private let listeners: [Int32]
    private let accepted = Atomic(0)

    /// Listens at 127.0.0.1, and at ::1 where there is IPv6 and the port is free there.
    init(port: UInt16) throws(SocketError) {
        signal(SIGPIPE, SIG_IGN)
        Self.raiseDescriptorLimit()
        let (first, port) = try Self.listen(at: "127.0.0.1", port)
        let second = try? Self.listen(at: "::1", port).descriptor
        listeners = [first] + (second.map { [$0] } ?? [])
        self.port = port
    }

    deinit { for listener in listeners { close(listener) } }

    private static func listen(
        at address: String, _ port: UInt16
    ) throws(SocketError) -> (descriptor: Int32, port: UInt16) {
        guard let name = try? SocketAddress(address, port: port) else {
            throw SocketError(call: address, errno: EINVAL)
        }
        let descriptor = socket(name.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError(call: "socket", errno: errno) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard name.withSockaddr({ bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, SOMAXCONN) == 0 else {
            let error = SocketError(call: "bind", errno: errno)
            close(descriptor)
            throw error
        }
        return (descriptor, SocketAddress { getsockname(descriptor, $0, $1) }.port)
    }

    /// Accepts from now on.
    func start() {
        for listener in listeners {
            let thread = Thread { self.acceptForever(listener) }
            thread.stackSize = Self.stackSize
            thread.start()
        }
    }

    private func acceptForever(_ listener: Int32) {
        while true {
            var descriptor: Int32 = -1
            let peer = SocketAddress { descriptor = accept(listener, $0, $1) }
            if descriptor < 0 {
                // Descriptors are used up, or a peer went away before it was accepted: neither ends the server.
                if errno == EMFILE || errno == ENFILE { poll(nil, 0, 50) }
                continue
            }
            let number = accepted.add(1, ordering: .relaxed).newValue
            let connection = EchoConnection(number: number, peer: peer.text, descriptor: descriptor)
            let thread = Thread { connection.serve(shown: Self.shown) }
            thread.stackSize = Self.stackSize
            thread.start()
        }
    }

    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// One client of the echo server.
private struct EchoConnection: Sendable {
    let number: Int
    let peer: String
    let descriptor: Int32

    func serve(shown: Int) {
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        say("open from \(peer)")
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                say(
                    count == 0
                        ? "closed after \(total) bytes" : "\(String(cString: strerror(errno))) after \(total) bytes")
                break
            }
            total += count
            let rest = count > shown ? "… (\(count) bytes)" : ""
            say(Printable.text(buffer[..<min(count, shown)]) + rest)
            guard writeAll(buffer[..<count], to: descriptor) else {
                say("\(String(cString: strerror(errno))) after \(total) bytes")
                break
            }
        }
        close(descriptor)
    }

    private func say(_ text: String) { StandardStream.output.write("#\(number) \(text)\n") }
}
