import HTTPTypes
import Logging

/// One client's connection: reads requests, has them answered one after the other, ends.
///
/// The actor runs on whichever thread of the reactor saw the request, and so does the handler: no change of threads.
/// Everything is pulled: octets are read only where `run` or a handler waits for them.
actor HTTPConnection: Watcher {
    /// What all connections of a server share.
    struct Service: Sendable {
        var handler: any RequestHandler
        var limits: HTTPLimits
        var reactor: Reactor
        /// The Server field.
        var name: String
        /// Distinguishes the Request-Ids of this start of the server from others.
        var run: String
        var logger: Logger
        /// With it, connections speak TLS.
        var identity: TLSIdentity?
        /// Paths that are answered even when the server is full.
        var vital: Set<String>
        var gauge: ConnectionGauge
    }

    /// Where the connection stands between two requests.
    enum Phase {
        /// Before a request's head is complete. A stop ends it.
        case awaitingRequest
        /// From a request's head to the last octet of its answer and its content.
        case exchanging
        /// Octets pass both ways and mean nothing to us.
        case tunneling
        /// After the last answer: octets are dropped until the client has seen that it was the last.
        case lingering
        case closed
    }

    /// What is known of the client's side.
    enum Peer {
        case open
        /// Its EOF has arrived; there may be octets before it.
        case ended
        /// Reset, or cut by us: nothing can be read or written.
        case lost
    }

    /// When patience ends, by what is waited for: the server's clock in nanoseconds, `.max` for what is not waited for.
    struct Deadlines {
        /// For octets of the client.
        var read = Int64.max
        /// For the client to take octets.
        var write = Int64.max
        /// For the handler of a client that has said that it will send nothing more.
        var grace = Int64.max

        var earliest: Int64 { min(read, write, grace) }
    }

    /// Moving this many takes about a tenth of a millisecond.
    private static let octetsPerTurn = 256 * 1024

    nonisolated let mailbox = Mailbox()
    nonisolated let queue: SerialQueue
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    let service: Service
    private let acceptor: Acceptor
    private let number: Int
    private let admission: Admission
    private let client: String
    private let clientIsLoopback: Bool
    private var token: UInt64?
    private var task: Task<Void, Never>?
    private var exchangeCount = 0
    private var isStopping = false

    var socket: Transport
    var phase = Phase.awaitingRequest
    var peer = Peer.open
    var parser: RequestParser
    var input = InputBuffer()
    var output: [UInt8] = []
    var exchange: Exchange?
    var mayHaveInput = true
    var isSending = false
    /// Octets read and written since other connections last had a chance to run.
    private var octetsSincePause = 0
    /// What a streamed answer of declared length still owes; nil if no length was declared.
    var contentLeft: Int?
    var reader: CheckedContinuation<Wake, Never>?
    var writer: CheckedContinuation<Wake, Never>?
    var deadlines = Deadlines()

    init(
        _ socket: Transport, from peer: SocketAddress, admission: Admission, number: Int, service: Service,
        acceptor: Acceptor
    ) {
        self.socket = socket
        self.admission = admission
        self.number = number
        self.service = service
        self.acceptor = acceptor
        queue = SerialQueue(on: service.reactor)
        client = peer.text
        clientIsLoopback = peer.isLoopback
        parser = RequestParser(limits: service.limits)
    }

    // MARK: Exchanges

    private func run() async {
        var goesOn = true
        while goesOn {
            do throws(Refusal) {
                guard let head = try await receiveHead() else { break }
                goesOn = await serve(head)
            } catch {
                await refuse(error)
                goesOn = false
            }
        }
        await linger()
        end()
    }

    /// Has a request answered. Returns whether another may follow.
    private func serve(_ head: RequestHead) async -> Bool {
        if let refusal = admission.refusal(of: head.path, vital: service.vital) {
            service.gauge.noteRefusal()
            await refuse(refusal, isHead: head.head.method == .head)
            return false
        }
        exchangeCount += 1
        phase = .exchanging
        exchange = Exchange(number: exchangeCount, request: head)
        startGraceIfEnded()
        let id = RequestID.own(of: head.head) ?? "\(service.run)-\(number)-\(exchangeCount)"
        let response = await service.handler.respond(to: request(head, id: id))
        let persists = await send(response, id: id)
        service.logger.debug(
            "\(head.head.method) \(head.path)",
            metadata: ["status": "\(response.head.status.code)", "request": "\(id)", "client": "\(client)"]
        )
        guard persists, await drain() else { return false }
        exchange = nil
        deadlines.grace = .max
        phase = .awaitingRequest
        return !isStopping
    }

    private func request(_ head: RequestHead, id: String) -> Request {
        Request(
            head: head.head,
            rawTarget: head.rawTarget,
            path: head.path,
            query: head.query,
            body: body(of: head),
            client: client,
            clientIsLoopback: clientIsLoopback,
            isSecure: socket.isSecure,
            id: id
        )
    }

    private func body(of head: RequestHead) -> RequestBody {
        if head.framing == .length(0) { return .empty }
        let declaredLength: Int? = if case .length(let length) = head.framing { length } else { nil }
        return RequestBody(declaredLength: declaredLength) {
            [number = exchangeCount] patience async throws(BodyError) in
            try await self.nextPart(of: number, patience)
        }
    }

    private func refuse(_ refusal: Refusal, isHead: Bool = false) async {
        exchangeCount += 1
        phase = .exchanging
        let id = "\(service.run)-\(number)-\(exchangeCount)"
        let response = await service.handler.refuse(refusal, id: id)
        await send(refusal: response, isHead: isHead, id: id)
        service.logger.debug("refused: \(refusal.detail)", metadata: ["client": "\(client)"])
    }

    /// Whether a further exchange may begin, from the server's side.
    var mayPersist: Bool { !isStopping && admission == .full && peer != .lost && !Task.isCancelled }

    /// How long the next request may take, to begin and to be complete.
    func patience(_ ordinary: Duration) -> Int64 {
        let patience = admission == .full ? ordinary : min(ordinary, service.limits.refusalTimeout)
        return ServerClock.now + patience.nanoseconds
    }

    // MARK: Signals

    nonisolated func notify(_ signals: Signals) {
        guard mailbox.post(signals) else { return }
        queue.perform { self.assumeIsolated { $0.attend() } }
    }

    private func attend() {
        let signals = mailbox.take()
        if signals.contains(.begin) { begin() }
        if signals.contains(.ended), peer == .open {
            peer = .ended
            startGraceIfEnded()
        }
        if signals.contains(.stop) { stop() }
        if signals.contains(.abandoned) {
            exchange?.breakContent()
            resumeReader(.stopped)
        }
        if signals.contains(.cut) { socket.cut() }
        // Where we have ended our direction ourselves, the end of the other is no loss: what came before it is still read.
        let isGone = signals.contains(.lost) || (signals.contains(.closed) && !socket.hasEnded)
        if isGone || signals.contains(.cut) { lose() }
        if signals.contains(.readable) {
            mayHaveInput = true
            resumeReader(.ready)
        }
        if signals.contains(.writable) {
            _ = socket.flush()
            resumeWriter(.ready)
        }
        if signals.contains(.due) { checkDeadlines() }
    }

    private func begin() {
        do throws(ServerError) {
            token = try service.reactor.watch(socket.descriptor, self)
            task = Task(executorPreference: queue) { await self.run() }
        } catch {
            service.logger.error("cannot watch a connection", metadata: ["error": "\(error)"])
            end()
        }
    }

    private func stop() {
        isStopping = true
        switch phase {
        case .awaitingRequest, .lingering: resumeReader(.stopped)
        case .exchanging, .tunneling, .closed: break
        }
    }

    /// Nobody is there any more: whatever runs for this client is cancelled at once.
    private func lose() {
        peer = .lost
        task?.cancel()
        resumeReader(.lost)
        resumeWriter(.lost)
    }

    /// The client's EOF starts the grace only once its content is complete: before that, the handler is still reading
    /// what the client sent before it.
    func startGraceIfEnded() {
        guard peer == .ended, phase == .exchanging, let exchange, exchange.body.isComplete else { return }
        deadlines.grace = ServerClock.now + service.limits.halfCloseGrace.nanoseconds
        noteDeadline()
    }

    private func checkDeadlines() {
        let now = ServerClock.now
        if deadlines.read <= now { resumeReader(.timedOut) }
        if deadlines.write <= now { resumeWriter(.timedOut) }
        if deadlines.grace <= now {
            deadlines.grace = .max
            task?.cancel()
        }
        noteDeadline()
    }

    /// Tells the reactor of the earliest deadline.
    func noteDeadline() {
        service.reactor.note(deadline: deadlines.earliest, for: mailbox)
    }

    /// Notes that octets were moved. A client as fast as we are would otherwise keep a thread for itself: neither its
    /// reading nor its writing ever has to wait.
    func breathe(after octets: Int) async {
        octetsSincePause += octets
        guard octetsSincePause > Self.octetsPerTurn else { return }
        octetsSincePause = 0
        await queue.pause()
    }

    /// Asks to be told when the socket can be written to.
    func watchWriting() {
        if let token { service.reactor.watchWriting(socket.descriptor, token: token) }
    }

    private func end() {
        phase = .closed
        service.reactor.disregard(socket.descriptor)
        if let token { service.reactor.forget(token) }
        // Before the client can see the end: its place is free when it comes again.
        acceptor.forget(number)
        socket.close()
        task = nil
    }
}
