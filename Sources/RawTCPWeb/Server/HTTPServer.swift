import Foundation
package import Logging

/// Listens at an address and hands what comes to a handler.
package actor HTTPServer {
    private enum Phase {
        case prepared
        case listening(Acceptor)
        case stopped
    }

    private let address: String
    private let port: UInt16
    private let service: HTTPConnection.Service
    private var phase = Phase.prepared

    /// A server that does not listen yet. With an identity it speaks TLS; `vital` are the paths that
    /// are answered even when it is full; `version` goes into the Server field.
    package init(
        address: String,
        port: UInt16,
        handler: any RequestHandler,
        limits: HTTPLimits = HTTPLimits(),
        identity: TLSIdentity? = nil,
        vital: Set<String> = [],
        gauge: ConnectionGauge = ConnectionGauge(),
        version: String = "0",
        logger: Logger = Logger(label: "http")
    ) throws {
        self.address = address
        self.port = port
        service = HTTPConnection.Service(
            handler: handler,
            limits: limits,
            reactor: try Reactor(),
            name: "rawtcpweb/\(version)",
            run: String(UInt32.random(in: .min ... .max), radix: 16),
            logger: logger,
            identity: identity,
            vital: vital,
            gauge: gauge
        )
    }

    /// Starts to listen. Returns the port, which the kernel chose if it was to be 0.
    @discardableResult
    package func start() async throws -> UInt16 {
        guard case .prepared = phase else { throw ServerError("the server was started before", code: EALREADY) }
        signal(SIGPIPE, SIG_IGN)
        let socket = try ListeningSocket(SocketAddress(address, port: port))
        let acceptor = Acceptor(socket, service: service)
        phase = .listening(acceptor)
        // At least four, so that handlers which compute for a while leave someone to answer the rest.
        service.reactor.start(threads: max(4, ProcessInfo.processInfo.activeProcessorCount))
        try await acceptor.start()
        return socket.address.port
    }

    /// Accepts nothing more, lets running exchanges end and closes idle connections; cuts what is left after `patience`.
    package func stop(patience: Duration = .seconds(5)) async {
        guard case .listening(let acceptor) = phase else { return }
        await acceptor.stop(patience: patience)
        phase = .stopped
        service.reactor.stop()
    }

    /// How many connections are open.
    package var connectionCount: Int {
        get async {
            guard case .listening(let acceptor) = phase else { return 0 }
            return await acceptor.connectionCount
        }
    }
}
