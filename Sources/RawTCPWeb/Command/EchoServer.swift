import Foundation
import Glibc

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
    private let listener: Int32

    /// Listens at 127.0.0.1.
    init(port: UInt16) throws(SocketError) {
        signal(SIGPIPE, SIG_IGN)
        Self.raiseDescriptorLimit()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw SocketError(call: "socket", errno: errno) }
        self.listener = listener
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let steps: [(call: String, run: (inout sockaddr_in) -> Int32)] = [
            ("bind", { $0.withSockAddr { bind(listener, $0, $1) } }),
            ("listen", { _ in listen(listener, SOMAXCONN) }),
            ("getsockname", { $0.withMutableSockAddr { getsockname(listener, $0, &length) } }),
        ]
        for step in steps where step.run(&address) != 0 {
            let error = SocketError(call: step.call, errno: errno)
            close(listener)
            throw error
        }
        self.port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(listener) }

    /// Accepts from now on.
    func start() {
        let thread = Thread { self.acceptForever() }
        thread.stackSize = Self.stackSize
        thread.start()
    }

    private func acceptForever() {
        var number = 0
        while true {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = address.withMutableSockAddr { accept(listener, $0, &length) }
            if descriptor < 0 {
                // Descriptors are used up, or a peer went away before it was accepted: neither ends the server.
                if errno == EMFILE || errno == ENFILE { poll(nil, 0, 50) }
                continue
            }
            number += 1
            let connection = EchoConnection(number: number, peer: address.text, descriptor: descriptor)
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
            guard writeBack(buffer[..<count]) else {
                say("\(String(cString: strerror(errno))) after \(total) bytes")
                break
            }
        }
        close(descriptor)
    }

    private func writeBack(_ octets: ArraySlice<UInt8>) -> Bool {
        var rest = octets
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func say(_ text: String) { StandardStream.output.write("#\(number) \(text)\n") }
}

extension sockaddr_in {
    /// Calls the function with the address as system calls want it.
    fileprivate func withSockAddr<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        withUnsafeBytes(of: self) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { addresses in
                guard let address = addresses.baseAddress else { preconditionFailure("an address has octets") }
                return body(address, socklen_t(bytes.count))
            }
        }
    }

    /// Calls the function with the address as system calls fill it.
    fileprivate mutating func withMutableSockAddr<T>(_ body: (UnsafeMutablePointer<sockaddr>) -> T) -> T {
        withUnsafeMutableBytes(of: &self) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { addresses in
                guard let address = addresses.baseAddress else { preconditionFailure("an address has octets") }
                return body(address)
            }
        }
    }

    /// `127.0.0.1:20000`.
    fileprivate var text: String {
        let bits = UInt32(bigEndian: sin_addr.s_addr)
        let parts = (0..<4).map { String(bits >> (24 - 8 * UInt32($0)) & 0xff) }
        return "\(parts.joined(separator: ".")):\(UInt16(bigEndian: sin_port))"
    }
}
