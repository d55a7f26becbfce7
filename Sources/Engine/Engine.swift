import DequeModule

/// The engine: one actor that owns the raw socket and drives the TCP core.
///
/// Its executor is its own event loop, one thread. There are two doors into it and no third: the loop, which is inside
/// already and calls `pump`; and everyone else, with an ordinary `await`. No engine state is carried across a suspension.
public actor Engine {
    /// 8 hexadecimal digits, new at each start.
    public nonisolated let run: String
    /// The executor. A function that is isolated to the engine calls it without changing threads.
    package nonisolated let loop: EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let configuration: EngineConfiguration
    let link: LinkPair
    var stack: TCPStack
    var guards: GuardPool
    var sharedGuards: SharedGuards
    var routes = RouteTable()
    let policy: TargetPolicy
    var waiters = WaiterTable()
    var connectionLimit: Int { configuration.connectionLimit }
    let startedAt: Instant
    /// What stands behind each listener.
    var services: [ListenerID: ListenerService.Standing] = [:]
    var isShuttingDown = false
    var hasShutDown = false
    /// Endpoints held, and refusals, of crafted segments.
    var crafting = CraftingState()
    var leases = LeaseTable<LeaseHolder>()
    var lastObservation: UInt32 = 0
    /// Connections by the kernel's own TCP, and what the segments of those that are over have told.
    var twins: [ConnectionID: KernelTwin] = [:]
    var finishedTwins: [ConnectionID: FollowedConnection] = [:]
    /// Twins that are over, in the order in which that was seen.
    var closedTwins = Deque<ConnectionID>()

    /// Ports outside the range that connections use, with how many do; the packet filter lets them through.
    var explicitPorts: [UInt16: Int] = [:]
    /// Destinations that the policy has allowed lately.
    var permitted: Set<Endpoint> = []
    /// The newest of them: packets of one connection mostly follow each other.
    var lastPermitted: Endpoint?
    /// The kernel's send buffer is full: nothing is polled until it has room.
    var isBlocked = false
    /// Before this moment followers of the log are not woken again.
    var nextRecordTick = Instant.zero
    /// How far the log had come when they were woken last.
    var progressSeen: UInt64 = 0
    /// The newest record that a capture file has; nil: there are no captures.
    var captured: UInt64?
    /// Open while connections without a guard live.
    var tap: ResetTap?
    var unguarded: [FourTuple: Unguarded] = [:]
    /// When the first of them that is over is to be forgotten.
    var nextForgetting = Instant.distantFuture
    /// Realtime less monotonic clock, read at the newest wake-up.
    var realtimeOffset: Int64
    /// When the engine last looked at the clock: no packet has arrived before.
    var previousWake: Instant
    /// What o'clock it was at an instant.
    nonisolated let wallClock: WallClock

    /// Opens the raw socket; `start` makes it work.
    ///
    /// - Throws: `.noRawSocket` if the process lacks CAP_NET_RAW, `.system` for anything else.
    public init(configuration: EngineConfiguration) throws(EngineError) {
        Limits.raiseFileDescriptors()
        Limits.keepFreedMemory()
        let descriptors = Limits.fileDescriptors
        let clocks = Clock.pair()
        var generator = SystemRandomNumberGenerator()
        do throws(LinkError) {
            loop = try EventLoop(name: "engine", busyPoll: configuration.busyPoll)
            link = try LinkPair(range: configuration.portRange)
        } catch {
            throw EngineError(opening: error)
        }
        sharedGuards = try Self.openSharedGuards(configuration)
        run = String(UInt32.random(in: 0...UInt32.max, using: &generator), radix: 16, width: 8)
        self.configuration = configuration
        policy = TargetPolicy(rules: configuration.allowedTargets)
        guards = GuardPool(limit: max(descriptors / 2, 16))
        var settings = StackConfiguration(secret: (generator.next(), generator.next()))
        settings.portRange = configuration.portRange
        settings.connectionLimit = configuration.connectionLimit
        settings.halfOpenLimit = configuration.halfOpenLimit
        settings.outOfOrderLimit = configuration.outOfOrderLimit
        settings.logCapacity = configuration.logEnabled ? configuration.logCapacity : 0
        settings.logPayloadCapacity = configuration.logPayloadCapacity
        settings.snapLength = configuration.snapLength
        stack = TCPStack(settings, outbox: link.outbox)
        startedAt = clocks.monotonic
        previousWake = clocks.monotonic
        realtimeOffset = clocks.realtimeOffset
        wallClock = WallClock(offset: clocks.realtimeOffset)
        stack.setOrigin(clocks.monotonic, wall: clocks.monotonic.nanoseconds + clocks.realtimeOffset)
        loop.start()
    }

    /// Takes up work: from now on packets are received.
    public func start() throws(EngineError) {
        do throws(LinkError) {
            try loop.registerForWaking(link.v4.fileDescriptor) { [link] in link.v4.noteReady() }
            if let v6 = link.v6 { try loop.register(v6.fileDescriptor) { [link] in link.noteReadyV6() } }
        } catch {
            throw EngineError(opening: error)
        }
        try observeEcho(configuration.observesEcho)
        loop.onTurn = { [unowned self] in assumeIsolated { $0.pump() } }
        loop.onDeadline = {}
    }

    /// Ends the loop's thread. Nothing may be asked of the engine after that.
    public nonisolated func stop() { loop.stop() }

    // MARK: The loop's door

    /// Moves packets in and out until nothing moves, then arms one timer. Runs at the end of each of the loop's turns, and
    /// for a caller who looks whether he must wait: `isServed` tells that he need not, `isOnLoop` that he is isolated to the engine.
    func pump(forCallerOnLoop isOnLoop: Bool = false, isServed: () -> Bool = { false }) {
        var now = readClocks()
        guard !isCaptureBehind else {
            wakeRecordWaiters(at: now)
            return loop.deadline = now + Self.capturePause
        }
        // Before the rounds, so that the RST of a connection whose lease has run out leaves in this turn, and who waits for it
        // is told.
        expireLeases(at: now)
        // Bounded, so that jobs and cancellations get their turn under a flood.
        var isDry = false
        for round in 0..<Self.roundsPerPump where !isDry {
            // Read right before the batch: this is the segments' send time.
            if round > 0 { now = Clock.now() }
            expireTimers(at: now)
            let mayHaveMore = transmit(at: now)
            // After the packets have left: on loopback and veth the answers are here already.
            now = Clock.now()
            let received = receive(at: now)
            deliverEvents()
            isDry = received == 0 && !mayHaveMore
            // A few tasks of the loop's own go first: what they ask for leaves in one batch with our ACKs. Many have ACKs enough
            // for a batch, which sets their peers to work meanwhile. Others are told when the ACKs have left: an answer of
            // ESTABLISHED must not overtake the one that makes it true for the peer.
            let woken = waiters.takeWoken()
            let onLoop = woken.onLoop + (isOnLoop && isServed() ? 1 : 0)
            if woken.elsewhere == 0, (1..<Self.fewTasks).contains(onLoop) { break }
        }
        wakeRecordWaiters(at: now)
        expireWaiters(at: now)
        expireHolds(at: now)
        // What is left over calls for another turn at once, without waiting for a packet.
        guard isDry else { return loop.deadline = .zero }
        let tick = hasUnseenRecords ? nextRecordTick : .distantFuture
        let housekeeping = min(crafting.nextDeadline, leases.nextDeadline, nextForgetting)
        loop.deadline = min(stack.nextDeadline, waiters.nextDeadline, tick, housekeeping)
    }

    private static let roundsPerPump = 32
    /// Fewer than so many ACKs are no batch worth a system call of its own.
    private static let fewTasks = 8

    private func expireTimers(at now: Instant) {
        guard stack.nextDeadline <= now else { return }
        // What has come goes before what has run out: the answer that a timer waits for may be among it.
        _ = receive(at: now)
        stack.advance(to: now, wall: wall(at: now))
    }

    private func readClocks() -> Instant {
        let clocks = Clock.pair()
        realtimeOffset = clocks.realtimeOffset
        return clocks.monotonic
    }

    /// Nanoseconds since 1970, by the pair of clocks that was read at this wake-up.
    func wall(at instant: Instant) -> Int64 { instant.nanoseconds + realtimeOffset }

    private func receive(at now: Instant) -> Int {
        let count = link.receive { packet, zone, stamp in
            let arrived = instant(of: stamp, now: now)
            stack.receive(packet, zone: zone, at: arrived, wall: wall(at: arrived))
        }
        previousWake = now
        stack.noteOverflows(link.overflows, at: now)
        receiveNetworkErrors(at: now)
        receiveKernelResets(at: now)
        return count
    }

    /// The monotonic instant of a kernel receive stamp, clamped so that a stepped clock can't run time backwards.
    private func instant(of stamp: Int64, now: Instant) -> Instant {
        guard stamp != 0 else { return now }
        return min(max(Instant(nanoseconds: stamp - realtimeOffset), previousWake), now)
    }

    /// Polls and sends one batch; true if it was a full one, and another may follow.
    private func transmit(at now: Instant) -> Bool {
        if isBlocked, !flush() { return false }
        stack.fillOutbox(to: RawSocketLink.capacity, at: now, wall: wall(at: now))
        let isFull = link.outbox.count >= RawSocketLink.capacity
        return !link.isEmpty && flush() && isFull
    }

    /// Hands the outbox to the kernel; false if it would not take all of it.
    private func flush() -> Bool {
        let blocked = link.flush { destination in
            mayLeave(to: destination)
        } onFailure: { packet, errno in
            onRefused(packet, errno)
        }
        let wasBlocked = isBlocked
        isBlocked = blocked != nil
        guard isBlocked || wasBlocked else { return true }
        for socket in link.links { loop.setWantsWrite(socket === blocked, for: socket.fileDescriptor) }
        return !isBlocked
    }

    /// The target policy, at the one place where packets leave.
    private func mayLeave(to destination: Endpoint) -> Bool {
        guard refusal(of: destination) != nil else { return true }
        stack.noteSendError()
        return false
    }

    /// Nil if packets may go there; else the rule that forbids it. What was allowed once is remembered.
    func refusal(of remote: Endpoint) -> String? {
        guard remote != lastPermitted else { return nil }
        if !permitted.contains(remote) {
            if let rule = policy.refusal(of: remote, on: hostAddresses()) { return rule }
            if permitted.count > 4_096 { permitted.removeAll() }
            permitted.insert(remote)
        }
        lastPermitted = remote
        return nil
    }

    // MARK: Events

    private func deliverEvents() {
        while let event = stack.pollEvent() {
            switch event {
            case .changed(let id): wakeWaiters(of: id)
            case .began(_, let id, let local): adopt(id, local)
            case .accepted(let listener, let id): serve(id, of: listener)
            case .unlistened(let listener): wakeWaiters(of: listener)
            case .released(let id, let local, let kind):
                releaseEndpoint(local, kind)
                if kind == .none { retireUnguarded(id, at: Clock.now()) }
            case .pathShortened(let address, let mtu): routes.shorten(address, to: mtu, at: Clock.now())
            case .troubled(let address): routes.invalidate(address)
            case .broken(let id): if let breach = stack.takeBreach(of: id) { report(breach, of: id) }
            }
        }
    }

    /// Tells the operator what led to a breach of an invariant: the last 64 records of the log.
    private func report(_ breach: String, of id: ConnectionID) {
        var lines = ["\(id) was aborted, because an invariant of the engine broke: \(breach)"]
        let log = stack.log.snapshot(run: run)
        let first = log.newest > 64 ? log.newest - 64 : 0
        log.forEach(in: log.numbers(after: first)) { record in
            lines.append("\(record.number) \(record.direction.name) \(record.cause.name)")
            return true
        }
        configuration.onInternalError(lines.joined(separator: "\n"))
    }
}

extension EngineError {
    /// What a failure to set up the link means to the operator.
    init(opening error: LinkError) {
        self =
            switch error {
            case .notPermitted(let call): .noRawSocket(detail: "\(call) needs CAP_NET_RAW")
            case .system(let call, let errno): .system(call: call, errno: errno)
            case .addressInUse, .privilegedPort, .notLocal, .exhausted, .unreachable:
                .system(call: "\(error)", errno: 0)
            }
    }
}
