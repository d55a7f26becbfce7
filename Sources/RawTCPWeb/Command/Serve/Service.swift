import ArgumentParser
import Engine
import Glibc
import Logging
import Synchronization

/// The running service: the engine, and the HTTP server in front of it.
struct Service {
    /// How long open connections have for their orderly end.
    private static let patience: Interval = .milliseconds(5_000)

    private let engine: Engine
    private let server: HTTPServer
    private let signals: SignalEvents
    private let privileges: Privileges
    private let hangups: SignalEvents
    private let identity: TLSIdentity?
    private let stopping: StopFlag
    private let captures: CaptureTask?
    private let listen: ListenAddress
    private let logger: Logger

    /// Opens everything that may fail to open, and says what to do about it.
    init(_ command: ServeCommand) async throws {
        signals = try SignalEvents.ofStop()
        hangups = try SignalEvents([SIGHUP])
        let format = command.logFormat
        logger = Logger(label: "rawtcpweb") { LineLogHandler(label: $0, format: format) }
        listen = command.listen
        stopping = StopFlag()
        let page = try PublicDirectory(command.publicDirectory)
        privileges = try Privileges(user: command.user)
        let token = try Secrets.token(at: command.tokenFile)
        identity = try Secrets.identity(certificate: command.tlsCert, key: command.tlsKey)
        var limits = try command.limits
        var configuration = command.engineConfiguration
        configuration.take(limits)
        configuration.onInternalError = { [logger] in
            logger.critical("broken invariant", metadata: ["records": "\($0)"])
        }
        engine = try await Self.openEngine(configuration)
        do {
            captures = try CaptureTask(command, engine, logger)
            // Behind the engine, which has raised RLIMIT_NOFILE as far as it goes.
            limits.bound(.httpConnections, to: HTTPLimits.mostConnections)
            let surface = try Surface(
                command, page, engine, limits: limits, token: token, captures: captures?.directory,
                isStopping: { [stopping] in stopping.isSet })
            server = try HTTPServer(
                address: listen.address.description, port: listen.port,
                handler: RequestLog(handler: surface.router, logger: logger), limits: HTTPLimits(limits),
                identity: identity, vital: ["/healthz"], gauge: surface.gauge, version: Version.number, logger: logger)
        } catch {
            // Its loop's thread must not outlive it.
            engine.stop()
            throw error
        }
    }

    /// SIGHUP: a new certificate is in the files.
    private static func reload(_ identity: TLSIdentity?, at hangups: AsyncStream<Int32>, _ logger: Logger) async {
        for await _ in hangups {
            guard let identity else {
                logger.info("there is no certificate to read again")
                continue
            }
            do {
                try identity.reload()
                logger.info("certificate read again")
            } catch {
                logger.error("the certificate stays as it was", metadata: ["error": "\(error)"])
            }
        }
    }

    /// The engine, working.
    static func openEngine(_ configuration: EngineConfiguration) async throws -> Engine {
        do throws(EngineError) {
            let engine = try Engine(configuration: configuration)
            try await engine.start()
            return engine
        } catch {
            guard case .noRawSocket = error else {
                throw Failure(status: EX_SOFTWARE, message: Problem(error).detail).exit
            }
            let message = """
                no raw socket: the capability CAP_NET_RAW is missing. Either run it as root, or give it with
                  sudo setcap cap_net_raw,cap_net_bind_service+ep \(Executable.path)
                (cap_net_bind_service is for local ports below 1024 only)
                """
            throw Failure(status: EX_NOPERM, message: message).exit
        }
    }

    /// Serves until SIGINT or SIGTERM, then ends in order.
    func run() async throws {
        defer { engine.stop() }
        let port: UInt16
        do {
            port = try await server.start()
        } catch let error as ServerError {
            let reason = error.isAddressInUse ? "\(listen) is taken" : "\(error)"
            throw Failure(status: EX_UNAVAILABLE, message: "\(reason): choose another with --listen").exit
        }
        try privileges.drop()
        ServiceManager.tellReady()
        StandardStream.output.write(
            "RawTCPWeb \(Version.number) is ready at \(listen.url(port: port, isSecure: identity != nil))\n")
        let reloading = Task { [hangups = hangups.events, identity, logger] in
            await Self.reload(identity, at: hangups, logger)
        }
        defer { reloading.cancel() }
        for await signal in signals.events {
            logger.info("stopping", metadata: ["signal": "\(signal == SIGINT ? "SIGINT" : "SIGTERM")"])
            break
        }
        signals.letGo()
        ServiceManager.tellStopping()
        stopping.set()
        // The server goes on meanwhile: new work is told 503, and waiting requests get their connections' end.
        await engine.shutDown(patience: Self.patience)
        await server.stop(patience: .seconds(1))
        await captures?.finish()
        logger.info("stopped")
    }
}

extension EngineConfiguration {
    /// The engine's share of the limits.
    fileprivate mutating func take(_ limits: ServiceLimits) {
        connectionLimit = limits.count(.connections)
        listenerLimit = limits.count(.listeners)
        halfOpenLimit = limits.count(.halfOpen)
        outOfOrderLimit = limits.count(.outOfOrderOctets)
    }
}

extension HTTPLimits {
    /// Descriptors that are never connections': files, raw sockets, what libraries open.
    private static let keptDescriptors = 64

    /// Connections that there are descriptors for; no fewer than twice the places that are kept.
    static var mostConnections: Int { max(Limits.fileDescriptors - keptDescriptors, 2 * HTTPLimits().reserve) }

    /// The server's share of the limits.
    init(_ limits: ServiceLimits) {
        self.init()
        head = limits.count(.headOctets)
        target = limits.count(.targetOctets)
        fields = limits.count(.headerFields)
        headTimeout = limits.duration(.headTimeout)
        bodyTimeout = limits.duration(.bodyTimeout)
        idleTimeout = limits.duration(.idleTimeout)
        writeTimeout = limits.duration(.writeTimeout)
        connectionsPerClient = limits.count(.httpConnectionsPerClient)
        connections = limits.count(.httpConnections)
    }
}

/// Set once, when the service is told to stop.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    /// It has been set.
    var isSet: Bool { flag.load(ordering: .relaxed) }
    /// Sets it.
    func set() { flag.store(true, ordering: .relaxed) }
}
