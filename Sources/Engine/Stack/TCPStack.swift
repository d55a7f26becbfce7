import DequeModule
import OrderedCollections

/// How a stack is set up.
package struct StackConfiguration: Sendable {
    package var portRange: ClosedRange<UInt16> = 20_000...29_999
    /// The secret behind initial sequence numbers, ports and timestamp offsets (RFC 6528, RFC 6056, RFC 7323 §7.1).
    package var secret: (UInt64, UInt64)
    package var connectionLimit = Int.max
    /// Most connections of all listeners in their handshake at once; beyond it SYN cookies answer. A quarter of the engine's
    /// standard connection limit: a flood at many listeners leaves room for those who call and those who complete.
    package var halfOpenLimit = standardHalfOpenLimit
    static let standardHalfOpenLimit = 16_384
    /// Most octets behind holes, of all connections together: each is memory that its peer alone decides about, and a lossy path
    /// needs far less.
    package var outOfOrderLimit = standardOutOfOrderLimit
    static let standardOutOfOrderLimit = 256 << 20
    package var logCapacity = 262_144
    package var logPayloadCapacity = 64 << 20
    package var snapLength = 2_048
    /// In the lab: the initial sequence number of connections whose user chose none; nil: RFC 6528 decides.
    package var initialSequence: SequenceNumber?
    /// True in tests and simulation: every step is checked thoroughly, and a broken invariant traps.
    package var trapsOnBrokenInvariant = false

    package init(secret: (UInt64, UInt64)) { self.secret = secret }
}

/// Why the stack refused a command.
package enum StackError: Error, Hashable, Sendable {
    case unknown(ConnectionID)
    /// Another connection has this local and remote endpoint; `holder` says which, in words.
    case tupleInUse(Endpoint, holder: String)
    case nameInUse(String, holder: ConnectionID)
    case connectionLimit(Int)
    case notOpen(ConnectionID, State, CloseReason?)
    case released(oldest: UInt64)
}

/// What happened, for those who wait. Nothing in it is counted, so that an event costs no more than its octets.
package enum StackEvent: Hashable, Sendable {
    /// Something about the connection has changed.
    case changed(ConnectionID)
    /// A SYN has begun a connection at a listener; it uses the local endpoint until `released`.
    case began(ListenerID, ConnectionID, Endpoint)
    /// A listener's connection is established.
    case accepted(ListenerID, ConnectionID)
    /// A listener is gone.
    case unlistened(ListenerID)
    /// No connection uses the local endpoint on behalf of this one any more.
    case released(ConnectionID, Endpoint, GuardKind)
    /// R1: segments to this address are not answered; the route may be the reason (RFC 9293 MUST-20 b).
    case troubled(IPAddress)
    /// The way to the address takes only packets of this many octets.
    case pathShortened(IPAddress, mtu: Int)
    /// One of our own invariants broke and the connection was aborted; `takeBreach` names the breach.
    case broken(ConnectionID)
}

/// All of TCP as a value: packets, commands and the time go in, packets and events come out. It has no socket, no clock and
/// no thread, so the same code runs on the wire, in a simulator and under a fuzzer.
///
/// Four kinds of members and no other:
/// 1. in from the wire and the clock: `receive`, `advance`;
/// 2. commands: `open`, `listen`, `write`, `read`, `close`, `abort`, `delete`, `own`, `disown`;
/// 3. out: `pollTransmit`, or `fillOutbox` where a link shares the outbox; `pollEvent`, `nextDeadline`;
/// 4. getters.
///
/// After anything of 1 or 2 the caller polls 3 until it is dry.
package struct TCPStack {
    let configuration: StackConfiguration
    let hash: SipHash
    var ports: PortAllocator
    var table: ConnectionTable
    var timers = TimerQueue()
    package internal(set) var log: SegmentLog
    package internal(set) var counters = EngineCounters()
    /// Connections of listeners that are in their handshake.
    package internal(set) var halfOpen = 0
    /// Octets behind holes, of all connections.
    package internal(set) var outOfOrder = 0

    /// Local endpoints whose traffic the kernel is kept from answering: for these we answer, even without a connection.
    var owned: Set<Endpoint> = []
    /// The broadcast addresses of this host's networks, as of the newest passive OPEN.
    package var broadcasts: Set<IPAddress> = []
    /// Local endpoints of crafted segments: what comes back is logged and not answered, whoever guards them.
    var listenedTo: Set<Endpoint> = []
    var impairments = Impairments()
    var echoes = EchoLedger()
    /// Options registered at run time.
    var registry: OrderedDictionary<String, OptionDefinition> = [:]
    /// Connections of the kernel's whose segments are logged.
    var followed: [FourTuple: FollowedConnection] = [:]
    /// Connections that may have something to send.
    var ready = Deque<Connection>()
    /// Segments that are encoded already; shared with the link that takes them.
    let outbox: Outbox
    var events = Deque<StackEvent>()
    /// What broke, where nobody has asked yet.
    private var breaches: [ConnectionID: String] = [:]
    var lastID: UInt32 = 0
    var listeners: [Endpoint: Listener] = [:]
    var lastListenerID: UInt32 = 0
    var fastOpenCookies = FastOpenCache()
    /// The TIME-WAIT that a SYN being delivered puts an end to: its number space goes on.
    var predecessor: TimeWaitRecord?
    /// Segments with both SYN and FIN, which nobody means, are dropped whoever they are for.
    package var dropsSynFin = false
    /// Segments that the first connection of `ready` has sent in its turn.
    var burst = 0

    /// Makes a stack whose packets go to `outbox`.
    package init(_ configuration: StackConfiguration, outbox: Outbox = Outbox()) {
        self.configuration = configuration
        self.outbox = outbox
        hash = SipHash(key: configuration.secret)
        ports = PortAllocator(range: configuration.portRange, hash: hash)
        table = ConnectionTable(TupleHash(hash))
        log = SegmentLog(
            capacity: configuration.logCapacity, snapLength: configuration.snapLength,
            payloadCapacity: configuration.logPayloadCapacity)
    }

    // MARK: Clock

    /// Handles everything whose time has come by `now`.
    package mutating func advance(to now: Instant, wall: Int64) {
        while let due = timers.popDue(at: now) {
            guard let connection = table[due.id], connection.standing.queuedDeadline == due.deadline else { continue }
            connection.standing.queuedDeadline = .distantFuture
            connection.expireTimers(at: now)
            settle(connection, at: now, wall: wall)
        }
        advanceImpairments(to: now, wall: wall)
        while let record = table.popExpiredTimeWait(at: now) {
            if let connection = table[record.id] {
                connection.finishTimeWait()
                noteState(of: connection, at: now)
            }
            events.append(.changed(record.id))
            release(record)
        }
    }

    /// When `advance` wants to be called next.
    package var nextDeadline: Instant { min(timers.next, table.nextTimeWaitExpiry, impairments.nextDeadline) }

    /// Deadlines that are queued, those of connections long gone included; tests of what piles up look at it.
    package var queuedDeadlines: Int { timers.count }

    // MARK: Out

    /// The next packet to send, encoded and logged, or nil when there is none for now.
    package mutating func pollTransmit(at now: Instant, wall: Int64) -> OutboundPacket? {
        fillOutbox(to: 1, at: now, wall: wall)
        return outbox.popFirst()
    }

    /// Encodes and logs what is to be sent now, until so many packets wait in the outbox or there are no more.
    package mutating func fillOutbox(to count: Int, at now: Instant, wall: Int64) {
        log.endBatch()
        var segment = OutgoingSegment()
        while outbox.count < count, let connection = ready.first {
            while burst < Self.burstLimit, connection.nextSegment(&segment, at: now) {
                burst += 1
                emit(segment, of: connection, at: now, wall: wall)
                guard outbox.count < count else { return }
            }
            let isPatient = burst < Self.burstLimit
            burst = 0
            ready.removeFirst()
            connection.standing.isQueued = false
            finishTurn(connection, at: now)
            // It may have more to send, but others wait too.
            if !isPatient { enqueue(connection) }
        }
    }

    /// Segments that one connection sends before the next has its turn.
    private static let burstLimit = 16

    /// The next event, or nil.
    package mutating func pollEvent() -> StackEvent? { events.popFirst() }

    /// What `broken` was about.
    package mutating func takeBreach(of id: ConnectionID) -> String? { breaches.removeValue(forKey: id) }

    // MARK: After each step

    /// Puts a connection whose state may have moved where it belongs, and lets its urgent answer out.
    mutating func settle(_ connection: Connection, at now: Instant, wall: Int64) {
        answerAtOnce(connection, at: now, wall: wall)
        check(connection, at: now, wall: wall)
        guard connection.isOver else { return enqueue(connection) }
        // Not in its turn: the next packet of the same batch may be for this name already, and is no longer its business.
        if connection.state == .timeWait {
            var last = OutgoingSegment()
            if connection.nextSegment(&last, at: now) { emit(last, of: connection, at: now, wall: wall) }
        }
        finishTurn(connection, at: now)
    }

    private mutating func answerAtOnce(_ connection: Connection, at now: Instant, wall: Int64) {
        guard connection.hasImmediate else { return }
        emit(connection.takeImmediate(at: now), of: connection, at: now, wall: wall)
    }

    mutating func enqueue(_ connection: Connection) {
        guard !connection.standing.isQueued else { return }
        connection.standing.isQueued = true
        ready.append(connection)
    }

    /// The connection has nothing to send for now: its timers, its place in the table, and those who wait for it.
    private mutating func finishTurn(_ connection: Connection, at now: Instant) {
        connection.sampleHistory(at: now)
        if !connection.changes.isEmpty {
            if connection.changes.contains(.state) {
                noteState(of: connection, at: now)
                noteAccepted(connection)
            }
            if connection.changes.contains(.troubled) { events.append(.troubled(connection.tuple.remote.address)) }
            learnFastOpen(connection)
            connection.changes = []
            events.append(.changed(connection.id))
        }
        switch connection.state {
        case .closed:
            guard connection.standing.isLive else { return }
            dropHoles(of: connection)
            table.retire(connection)
            release(connection)
        case .timeWait:
            guard connection.standing.isLive else { return }
            table.retire(connection)
            table.enterTimeWait(TimeWaitRecord(connection, at: now))
            connection.standing.heldGuard = nil
        case .listen, .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck:
            timers.schedule(connection, in: table)
        }
    }

    func describe(_ holder: TupleHolder, at now: Instant) -> String {
        switch holder {
        case .live(let connection): return "\(connection.id), \(connection.state)"
        case .timeWait(let record):
            let left = (record.expiry - now).nanoseconds / 1_000_000_000
            return "\(record.id), TIME-WAIT, \(max(left, 0)) s left"
        }
    }

    /// The connection lets go of its local endpoint, if it still holds it.
    mutating func release(_ connection: Connection) {
        guard let kind = connection.standing.heldGuard else { return }
        connection.standing.heldGuard = nil
        events.append(.released(connection.id, connection.tuple.local, kind))
    }

    /// TIME-WAIT is over, and with it the hold on the local endpoint.
    mutating func release(_ record: TimeWaitRecord) {
        events.append(.released(record.id, record.tuple.local, record.guardKind))
    }

    /// Broken invariants (docs/architecture.md): a trap in tests, the end of this connection alone in service.
    private mutating func check(_ connection: Connection, at now: Instant, wall: Int64) {
        let isTesting = configuration.trapsOnBrokenInvariant
        guard let breach = connection.brokenInvariant(thorough: isTesting) else { return }
        if isTesting { preconditionFailure("\(connection.id): \(breach)") }
        counters.internalErrors += 1
        breaches[connection.id] = breach
        events.append(.broken(connection.id))
        connection.abort(.aborted, at: now)
        answerAtOnce(connection, at: now, wall: wall)
    }
}
