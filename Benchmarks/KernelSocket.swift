import Engine
import Glibc

/// A TCP socket of the kernel: what the engine is measured against, and whom both talk to.
struct KernelSocket {
    let descriptor: Int32

    /// An unconnected socket that ends with RST, so that TIME-WAIT does not eat the ports.
    init(blocking: Bool = true) throws(BenchmarkError) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (blocking ? 0 : SOCK_NONBLOCK.rawValue))
        descriptor = try check("socket", socket(AF_INET, kind, 0))
        var linger = linger(l_onoff: 1, l_linger: 0)
        try set(SOL_SOCKET, SO_LINGER, &linger)
    }

    private func set<Value: BitwiseCopyable>(_ level: Int32, _ name: Int32, _ value: inout Value) throws(BenchmarkError)
    {
        try check("setsockopt", setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Value>.size)))
    }

    /// Sends every write at once, as the engine does.
    func disableNagle() throws(BenchmarkError) {
        var on: Int32 = 1
        try set(Int32(IPPROTO_TCP), TCP_NODELAY, &on)
    }

    /// Cubic, whatever the host's default is. Per socket: a namespace may choose only from what the host allows.
    func useCubic() throws(BenchmarkError) {
        try check("TCP_CONGESTION", setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, "cubic", 5))
    }

    func bind(_ endpoint: Endpoint) throws(BenchmarkError) {
        try check("bind", endpoint.withSocketAddress { Glibc.bind(descriptor, $0, $1) })
    }

    /// Connects; a socket that does not block is on its way when this returns. ECONNRESET is a handshake too: the server
    /// was so quick that its RST came before we were told.
    func connect(_ endpoint: Endpoint) throws(BenchmarkError) {
        let result = endpoint.withSocketAddress { Glibc.connect(descriptor, $0, $1) }
        if result < 0, errno != EINPROGRESS, errno != ECONNRESET { try check("connect", result) }
    }

    func close() { Glibc.close(descriptor) }

    /// A connected socket.
    static func connected(to endpoint: Endpoint) throws(BenchmarkError) -> KernelSocket {
        let socket = try KernelSocket()
        try socket.useCubic()
        try socket.disableNagle()
        try socket.connect(endpoint)
        return socket
    }
}

extension Endpoint {
    /// Lends the address in the shape that system calls take. IPv4 only.
    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = (address.v4Bits ?? 0).bigEndian
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
