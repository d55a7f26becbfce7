import DequeModule

/// All connections: the live ones and, as records, those in TIME-WAIT by four-tuple, and the closed ones that can still be
/// looked at.
struct ConnectionTable {
    /// Closed connections that stay readable.
    static let closedLimit = 1_000
    /// Received octets that all closed connections together may keep.
    static let closedOctetLimit = 64 << 20

    /// Connections that segments are delivered to, and those in TIME-WAIT.
    private var holders: TupleTable
    /// Every connection that can be named, closed ones too.
    private var byID = NumberTable<Connection>()
    private var names: [String: ConnectionID] = [:]
    private var closed = Deque<ConnectionID>()
    private var closedOctets = 0
    /// In the order of expiry; the record says whether the time was extended.
    private var timeWaitOrder = Deque<(tuple: FourTuple, expiry: Instant)>()

    init(_ hash: TupleHash) { holders = TupleTable(hash) }

    /// The connection with this id, open or closed.
    subscript(id: ConnectionID) -> Connection? { byID[id.rawValue] }

    /// The connection that holds this name, or held it last.
    func id(named name: String) -> ConnectionID? { names[name].flatMap { self[$0] == nil ? nil : $0 } }

    /// An open connection that holds this name.
    func holder(of name: String) -> ConnectionID? {
        id(named: name).flatMap { self[$0]?.isOver == false ? $0 : nil }
    }

    /// Connections that can be named, closed ones too.
    var count: Int { byID.count }

    /// All connections, oldest first.
    var all: [Connection] { byID.values.sorted { $0.id.rawValue < $1.id.rawValue } }

    /// Who has these endpoints, in TIME-WAIT or before; nil: nobody.
    func holder(of tuple: FourTuple) -> TupleHolder? { holders[tuple] }

    /// The connection that segments between these endpoints are delivered to.
    func live(_ tuple: FourTuple) -> Connection? {
        guard case .live(let connection) = holders[tuple] else { return nil }
        return connection
    }

    /// Connections that segments are delivered to.
    var liveCount: Int { holders.liveCount }
    var liveConnections: [Connection] {
        holders.holders.compactMap { if case .live(let connection) = $0 { connection } else { nil } }
    }

    mutating func insert(_ connection: Connection) {
        holders.insert(.live(connection))
        connection.standing.isLive = true
        byID[connection.id.rawValue] = connection
        if let name = connection.name { names[name] = connection.id }
    }

    /// Gives a connection another name, or none.
    mutating func rename(_ connection: Connection, to name: String?) {
        if let old = connection.name, names[old] == connection.id { names[old] = nil }
        connection.name = name
        if let name { names[name] = connection.id }
    }

    /// The connection is over: segments for it are no longer delivered, but it stays readable for a while.
    mutating func retire(_ connection: Connection) {
        holders.remove(connection.tuple)
        connection.standing.isLive = false
        closed.append(connection.id)
        closedOctets += connection.readable.count
        while closed.count > Self.closedLimit || closedOctets > Self.closedOctetLimit, let oldest = closed.popFirst() {
            if let connection = self[oldest] { forgetClosed(connection) }
        }
    }

    /// A closed connection's user gave up received octets.
    mutating func noteReleased(_ octets: Int) { closedOctets -= octets }

    /// Forgets a connection that is over wholly; what is left of it in TIME-WAIT stays.
    mutating func remove(_ connection: Connection) {
        // A connection that is deleted while open has just got there.
        if closed.last == connection.id {
            closed.removeLast()
        } else if let index = closed.lastIndex(of: connection.id) {
            closed.remove(at: index)
        }
        forgetClosed(connection)
    }

    private mutating func forgetClosed(_ connection: Connection) {
        closedOctets -= connection.readable.count
        forget(connection)
    }

    private mutating func forget(_ connection: Connection) {
        byID[connection.id.rawValue] = nil
        if let name = connection.name, names[name] == connection.id { names[name] = nil }
    }

    // MARK: TIME-WAIT

    /// What is left of this connection in TIME-WAIT; nil if it is not there.
    func timeWait(of connection: Connection) -> TimeWaitRecord? {
        guard case .timeWait(let record) = holders[connection.tuple], record.id == connection.id else { return nil }
        return record
    }

    /// Connections in TIME-WAIT.
    var timeWaitCount: Int { holders.timeWaitCount }
    var timeWaitRecords: [TimeWaitRecord] {
        holders.holders.compactMap { if case .timeWait(let record) = $0 { record } else { nil } }
    }

    mutating func enterTimeWait(_ record: TimeWaitRecord) {
        holders.insert(.timeWait(record))
        queue(record.tuple, until: record.expiry)
    }

    /// Keeps the order of expiry: an extended record may end before one that came later.
    private mutating func queue(_ tuple: FourTuple, until expiry: Instant) {
        let before = timeWaitOrder.lastIndex { $0.expiry <= expiry }
        timeWaitOrder.insert((tuple, expiry), at: before.map { $0 + 1 } ?? 0)
    }

    mutating func update(_ record: TimeWaitRecord) { holders.insert(.timeWait(record)) }

    /// TIME-WAIT ends before its time: by a RST, or by a new connection of the same name.
    mutating func endTimeWait(_ record: TimeWaitRecord) { holders.remove(record.tuple) }

    /// When the oldest record may be over.
    var nextTimeWaitExpiry: Instant { timeWaitOrder.first?.expiry ?? .distantFuture }

    /// Takes out one record whose 2 MSL are over.
    mutating func popExpiredTimeWait(at now: Instant) -> TimeWaitRecord? {
        while let first = timeWaitOrder.first, first.expiry <= now {
            timeWaitOrder.removeFirst()
            guard case .timeWait(let record) = holders[first.tuple] else { continue }
            if record.expiry > now {
                // Extended meanwhile, or a younger record of the same name; looked at again in its time.
                queue(first.tuple, until: record.expiry)
                continue
            }
            holders.remove(first.tuple)
            return record
        }
        return nil
    }
}
