import DequeModule

/// All connections: the live ones by four-tuple, those in TIME-WAIT as records, and the closed ones that can still be
/// looked at.
struct ConnectionTable {
    /// Closed connections that stay readable.
    static let closedLimit = 1_000
    /// Received octets that all closed connections together may keep.
    static let closedOctetLimit = 64 << 20

    /// Connections that segments are delivered to.
    private(set) var live: [FourTuple: Connection] = [:]
    /// Connections in TIME-WAIT.
    private(set) var timeWait: [FourTuple: TimeWaitRecord] = [:]
    /// Every connection that can be named, closed ones too.
    private var byID = NumberTable<Connection>()
    private var names: [String: ConnectionID] = [:]
    private var closed = Deque<ConnectionID>()
    private var closedOctets = 0
    /// In the order of expiry; the record says whether the time was extended.
    private var timeWaitOrder = Deque<(tuple: FourTuple, expiry: Instant)>()

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

    /// No connection has this name, in TIME-WAIT or before.
    func isFree(_ tuple: FourTuple) -> Bool { live[tuple] == nil && timeWait[tuple] == nil }

    mutating func insert(_ connection: Connection) {
        live[connection.tuple] = connection
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
        live[connection.tuple] = nil
        connection.standing.isLive = false
        closed.append(connection.id)
        closedOctets += connection.readable.count
        while closed.count > Self.closedLimit || closedOctets > Self.closedOctetLimit, let oldest = closed.popFirst() {
            if let connection = self[oldest] { forgetClosed(connection) }
        }
    }

    /// A closed connection's user gave up received octets.
    mutating func noteReleased(_ octets: Int) { closedOctets -= octets }

    /// Forgets a connection that is over wholly. Returns the record of its TIME-WAIT, if it was there.
    mutating func remove(_ connection: Connection) -> TimeWaitRecord? {
        // The newest are at the end, and a connection that is deleted while open has just got there.
        if let index = closed.lastIndex(of: connection.id) { closed.remove(at: index) }
        forgetClosed(connection)
        guard timeWait[connection.tuple]?.id == connection.id else { return nil }
        return timeWait.removeValue(forKey: connection.tuple)
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

    mutating func enterTimeWait(_ record: TimeWaitRecord, _ tuple: FourTuple) {
        timeWait[tuple] = record
        queue(tuple, until: record.expiry)
    }

    /// Keeps the order of expiry: an extended record may end before one that came later.
    private mutating func queue(_ tuple: FourTuple, until expiry: Instant) {
        let before = timeWaitOrder.lastIndex { $0.expiry <= expiry }
        timeWaitOrder.insert((tuple, expiry), at: before.map { $0 + 1 } ?? 0)
    }

    mutating func update(_ record: TimeWaitRecord, _ tuple: FourTuple) { timeWait[tuple] = record }

    /// TIME-WAIT ends before its time: by a RST, or by a new connection of the same name.
    mutating func endTimeWait(_ tuple: FourTuple) { timeWait[tuple] = nil }

    /// When the oldest record may be over.
    var nextTimeWaitExpiry: Instant { timeWaitOrder.first?.expiry ?? .distantFuture }

    /// Takes out one record whose 2 MSL are over.
    mutating func popExpiredTimeWait(at now: Instant) -> (FourTuple, TimeWaitRecord)? {
        while let first = timeWaitOrder.first, first.expiry <= now {
            timeWaitOrder.removeFirst()
            guard let record = timeWait[first.tuple] else { continue }
            if record.expiry > now {
                // Extended meanwhile, or a younger record of the same name; looked at again in its time.
                queue(first.tuple, until: record.expiry)
                continue
            }
            timeWait[first.tuple] = nil
            return (first.tuple, record)
        }
        return nil
    }
}
