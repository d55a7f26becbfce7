import CNIO
import Engine
import Glibc
import Synchronization

/// A TCP server of the kernel's on a pinned thread of its own. It serves one connection after the other.
final class KernelServer: Sendable {
    /// What is done with a connection.
    enum Service: Sendable {
        /// Closed at once, with RST.
        case reset
        /// Sent back.
        case echo
        /// Swallowed and counted.
        case sink
        /// Filled without end.
        case source
        /// Kept open until the server stops.
        case hold
    }

    /// Octets of one read or write of bulk data.
    static let chunk = 256 << 10

    let endpoint: Endpoint
    private let listener: KernelSocket
    private let thread: PinnedThread
    private let count: Counter
    private let current = Current()

    /// Octets that the sink has read.
    var received: UInt64 { count.value.load(ordering: .relaxed) }

    /// Starts a server at any free port of an address of `network`.
    init(_ service: Service, at address: IPAddress, _ plan: Plan, core: Int? = nil) throws(BenchmarkError) {
        let namespace = plan.network.namespace(of: address)
        let core = core ?? plan.serverCore
        let open = { @Sendable () throws(BenchmarkError) -> (Int32, UInt16) in
            try namespace?.enter()
            return try Self.listen()
        }
        let (descriptor, port) = try onThread(open)
        let listener = KernelSocket(descriptor: descriptor)
        let count = Counter()
        endpoint = Endpoint(address, port)
        self.listener = listener
        self.count = count
        thread = PinnedThread { [current] in
            cnio_pin_thread(Int32(core))
            service.serve(listener, count, current)
        }
    }

    /// A socket at a free port of every address, and that port.
    private static func listen() throws(BenchmarkError) -> (Int32, UInt16) {
        let socket = try KernelSocket()
        // The accepted sockets inherit it.
        try socket.useCubic()
        try socket.bind(Endpoint(.anyV4, 0))
        try check("listen", Glibc.listen(socket.descriptor, 16_384))
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.descriptor, $0, &length) }
        }
        try check("getsockname", result)
        return (socket.descriptor, UInt16(bigEndian: name.sin_port))
    }

    /// Ends the server, and the connection that it is serving: its client's RST may have been lost.
    func stop() {
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        current.end()
        thread.join()
        listener.close()
    }

    fileprivate final class Counter: Sendable {
        let value = Atomic<UInt64>(0)
    }

    /// The connection that is being served.
    fileprivate final class Current: Sendable {
        private struct State {
            var descriptor: Int32?
            var isOver = false
        }
        private let state = Mutex(State())

        /// Takes up a connection; false if the server is at its end.
        func begin(_ descriptor: Int32) -> Bool {
            state.withLock { state in
                if !state.isOver { state.descriptor = descriptor }
                return !state.isOver
            }
        }

        /// Forgets the connection, before it is closed.
        func finish() { state.withLock { $0.descriptor = nil } }

        /// Whoever reads or writes finds it closed, and no other is taken up.
        func end() {
            state.withLock { state in
                state.isOver = true
                if let descriptor = state.descriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
            }
        }
    }
}

extension KernelSocket {
    fileprivate init(descriptor: Int32) { self.descriptor = descriptor }
}

extension KernelServer.Service {
    /// Serves until the listener is shut down.
    fileprivate func serve(
        _ listener: KernelSocket, _ count: KernelServer.Counter, _ current: KernelServer.Current
    ) {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: KernelServer.chunk, alignment: 64)
        defer { buffer.deallocate() }
        buffer.initializeMemory(as: UInt8.self, repeating: 0x2a, count: KernelServer.chunk)
        var held: [Int32] = []
        defer { held.forEach { close($0) } }
        while true {
            // The accepted socket inherits SO_LINGER.
            let descriptor = accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            switch self {
            case .hold: held.append(descriptor)
            case .reset: close(descriptor)
            case .echo, .sink, .source:
                try? KernelSocket(descriptor: descriptor).disableNagle()
                if current.begin(descriptor) { transfer(descriptor, buffer, count) }
                current.finish()
                close(descriptor)
            }
        }
    }

    private func transfer(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: KernelServer.Counter) {
        while true {
            var length = KernelServer.chunk
            if case .source = self {
            } else {
                length = recv(descriptor, buffer, KernelServer.chunk, 0)
                guard length > 0 else { return }
            }
            if case .sink = self {
                count.value.wrappingAdd(UInt64(length), ordering: .relaxed)
            } else {
                guard send(descriptor, buffer, length, Int32(MSG_NOSIGNAL)) == length else { return }
            }
        }
    }
}
