import Logging

/// Accepts connections and knows which are open.
actor Acceptor: Watcher {
    private enum Phase {
        case listening
        /// Nothing more is accepted; the open connections end.
        case stopping
    }

    /// How long accepting pauses when descriptors are used up: long enough for some exchanges to end.
    private static let pause = Duration.milliseconds(100)

    nonisolated let mailbox = Mailbox()
    private nonisolated let queue: SerialQueue
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private let service: HTTPConnection.Service
    private var socket: ListeningSocket
    private var token: UInt64?
    private var phase = Phase.listening
    private var connections: [Int: HTTPConnection] = [:]
    /// How many connections each client beyond loopback has.
    private var shares: [String: Int] = [:]
    private var clients: [Int: String] = [:]
    private var lastNumber = 0
    private var isExhausted = false
    private var stopWaiters: [CheckedContinuation<Void, Never>] = []

    init(_ socket: ListeningSocket, service: HTTPConnection.Service) {
        self.socket = socket
        self.service = service
        queue = SerialQueue(on: service.reactor)
    }

    /// How many connections are open.
    var connectionCount: Int { connections.count }

    /// Begins to accept.
    func start() throws(ServerError) { token = try service.reactor.watch(socket.descriptor, self) }

    /// Accepts nothing more, lets running exchanges end and closes idle connections; cuts what is left after `patience`.
    func stop(patience: Duration) async {
        if phase == .listening {
            phase = .stopping
            service.reactor.disregard(socket.descriptor)
            socket.close()
            connections.values.forEach { $0.notify(.stop) }
            service.reactor.note(deadline: ServerClock.now + patience.nanoseconds, for: mailbox)
        }
        if !connections.isEmpty { await withCheckedContinuation { stopWaiters.append($0) } }
        if let token { service.reactor.forget(token) }
        token = nil
    }

    nonisolated func notify(_ signals: Signals) {
        guard mailbox.post(signals) else { return }
        queue.perform { self.assumeIsolated { $0.attend() } }
    }

    private func attend() {
        let signals = mailbox.take()
        switch phase {
        case .listening: accept()
        case .stopping: if signals.contains(.due) { cut() }
        }
    }

    /// The socket has connections, or there is room for them again.
    private func accept() {
        service.reactor.note(deadline: .max, for: mailbox)
        while connections.count < service.limits.connections {
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
                service.logger.error("cannot accept connections", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    private func open(_ socket: StreamSocket, from peer: SocketAddress) {
        guard let transport = Transport(socket, identity: service.identity) else { return }
        lastNumber += 1
        let connection = HTTPConnection(
            transport, from: peer, admission: admit(peer, number: lastNumber), number: lastNumber, service: service,
            acceptor: self)
        connections[lastNumber] = connection
        service.gauge.set(connections.count)
        connection.notify(.begin)
    }

    /// Decides what the connection may ask for, and adds it to its client's share.
    private func admit(_ peer: SocketAddress, number: Int) -> Admission {
        if !peer.isLoopback {
            let share = shares[peer.address, default: 0]
            shares[peer.address] = share + 1
            clients[number] = peer.address
            if share >= service.limits.connectionsPerClient { return .beyondShare }
        }
        return connections.count < service.limits.connections - service.limits.reserve ? .full : .vitalOnly
    }

    private func leave(_ number: Int) {
        guard let client = clients.removeValue(forKey: number), let share = shares[client] else { return }
        shares[client] = share > 1 ? share - 1 : nil
    }

    /// Without a pause the thread would spin: the connection that could not be accepted stays in the backlog.
    private func pause(because error: ServerError) {
        if !isExhausted {
            isExhausted = true
            service.logger.warning(
                "accepting pauses until descriptors are free",
                metadata: ["error": "\(error)", "connections": "\(connections.count)"]
            )
        }
        service.reactor.note(deadline: ServerClock.now + Self.pause.nanoseconds, for: mailbox)
    }

    /// A connection has ended. Called by the connection.
    nonisolated func forget(_ number: Int) {
        queue.perform { self.assumeIsolated { $0.remove(number) } }
    }

    private func remove(_ number: Int) {
        let wasFull = connections.count >= service.limits.connections
        connections[number] = nil
        leave(number)
        service.gauge.set(connections.count)
        switch phase {
        case .listening: if wasFull { accept() }
        case .stopping: if connections.isEmpty { finishStopping() }
        }
    }

    private func cut() {
        service.reactor.note(deadline: .max, for: mailbox)
        if !connections.isEmpty {
            let count = connections.count
            service.logger.warning("cutting what did not end in time", metadata: ["connections": "\(count)"])
        }
        connections.values.forEach { $0.notify(.cut) }
        finishStopping()
    }

    private func finishStopping() {
        stopWaiters.forEach { $0.resume() }
        stopWaiters = []
    }
}
