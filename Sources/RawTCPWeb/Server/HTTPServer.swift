import Dispatch
import Glibc
package import Logging

/// Listens at an address and hands what comes to a handler.
///
/// The actor accepts connections and knows which are open; each of them is an actor on a queue of its own.
package actor HTTPServer: Watcher {
    private enum Phase {
        case prepared
        case listening(ListeningSocket)
        case stopping
        case stopped
    }

    /// How long accepting pauses when descriptors are used up: long enough for some exchanges to end.
    private static let acceptPause: Int64 = 100_000_000

    nonisolated let mailbox = Mailbox()
    private nonisolated let executor = DispatchQueueExecutor(label: "http.accept")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let address: String
    private let port: UInt16
    private let service: HTTPConnection.Service
    private let limits: HTTPLimits
    private let logger: Logger
    private var phase = Phase.prepared
    private var connections: [Int: HTTPConnection] = [:]
    private var lastNumber = 0
    private var isExhausted = false
    private var stopWaiters: [CheckedContinuation<Void, Never>] = []

    /// A server that does not listen yet. `version` goes into the Server field.
    package init(
        address: String,
        port: UInt16,
        handler: any RequestHandler,
        limits: HTTPLimits = HTTPLimits(),
        version: String = "0",
        logger: Logger = Logger(label: "http")
    ) throws {
        self.address = address
        self.port = port
        self.limits = limits
        self.logger = logger
        service = HTTPConnection.Service(
            handler: handler,
            limits: limits,
            readiness: try Readiness(),
            name: "rawtcpweb/\(version)",
            run: String(UInt32.random(in: .min ... .max), radix: 16),
            logger: logger
        )
    }

    /// Starts to listen. Returns the port, which the kernel chose if it was to be 0.
    @discardableResult
    package func start() throws -> UInt16 {
        guard case .prepared = phase else { throw ServerError("the server was started before", code: EALREADY) }
        signal(SIGPIPE, SIG_IGN)
        let socket = try ListeningSocket(SocketAddress(address, port: port))
        phase = .listening(socket)
        service.readiness.start()
        _ = try service.readiness.watch(socket.descriptor, self)
        return socket.address.port
    }

    /// Accepts nothing more, lets running exchanges end and closes idle connections; cuts what is left after `patience`.
    package func stop(patience: Duration = .seconds(5)) async {
        if case .listening(var socket) = phase { socket.close() }
        if case .stopped = phase { return }
        phase = .stopping
        connections.values.forEach { $0.notify(.stop) }
        executor.queue.asyncAfter(deadline: .now() + .nanoseconds(Int(patience.nanoseconds))) {
            self.assumeIsolated { $0.cut() }
        }
        if !connections.isEmpty { await withCheckedContinuation { stopWaiters.append($0) } }
        phase = .stopped
        service.readiness.stop()
    }

    /// How many connections are open.
    package var connectionCount: Int { connections.count }

    nonisolated func notify(_ signals: Signals) {
        guard mailbox.post(signals) else { return }
        executor.queue.async { self.assumeIsolated { $0.attend() } }
    }

    /// The listening socket has connections, or the pause of accepting is over.
    private func attend() {
        _ = mailbox.take()
        service.readiness.note(deadline: .max, for: mailbox)
        guard case .listening(let socket) = phase else { return }
        while connections.count < limits.connections {
            switch socket.accept() {
            case .accepted(let stream, from: let peer):
                isExhausted = false
                open(stream, from: peer)
            case .wouldBlock:
                return
            case .exhausted(let error):
                pause(because: error)
                return
            case .failed(let error):
                logger.error("cannot accept connections", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    private func open(_ socket: StreamSocket, from peer: SocketAddress) {
        lastNumber += 1
        let connection = HTTPConnection(socket, from: peer, number: lastNumber, service: service, server: self)
        connections[lastNumber] = connection
        connection.notify(.begin)
    }

    /// Without a pause the thread would spin: the connection that could not be accepted stays in the backlog.
    private func pause(because error: ServerError) {
        if !isExhausted {
            isExhausted = true
            logger.warning(
                "accepting pauses until descriptors are free",
                metadata: ["error": "\(error)", "connections": "\(connections.count)"]
            )
        }
        service.readiness.note(deadline: MonotonicClock.now + Self.acceptPause, for: mailbox)
    }

    /// A connection has ended. Called by the connection.
    nonisolated func forget(_ number: Int) {
        executor.queue.async { self.assumeIsolated { $0.remove(number) } }
    }

    private func remove(_ number: Int) {
        let wasFull = connections.count >= limits.connections
        connections[number] = nil
        if wasFull { notify(.readable) }
        if case .stopping = phase, connections.isEmpty { finishStopping() }
    }

    private func cut() {
        guard case .stopping = phase else { return }
        if !connections.isEmpty {
            logger.warning("cutting what did not end in time", metadata: ["connections": "\(connections.count)"])
        }
        connections.values.forEach { $0.notify(.cut) }
        finishStopping()
    }

    private func finishStopping() {
        stopWaiters.forEach { $0.resume() }
        stopWaiters = []
    }
}
