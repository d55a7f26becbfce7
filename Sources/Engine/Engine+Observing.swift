/// An observation as it is at one moment.
public struct ObservationSnapshot: Sendable {
    public var id: ConnectionID
    public var name: String?
    public var local: Endpoint
    public var remote: Endpoint
    public var openedAt: Instant
    /// nil until a segment has told.
    public var state: State?
    public var iss, una, nxt, irs, receiveNext: SequenceNumber?
    /// The SYNs were seen, so that relative numbers count from the connection's own beginning.
    public var knowsBeginning: Bool
    /// As they stand in the headers.
    public var ownWindow, peerWindow: UInt16
    /// Segments seen in each direction.
    public var sent, received: Int
    public var leaseExpiry: Instant?

    init(_ connection: FollowedConnection, leaseExpiry: Instant?) {
        id = connection.id
        name = connection.name
        local = connection.tuple.local
        remote = connection.tuple.remote
        openedAt = connection.openedAt
        state = connection.state
        (iss, una, nxt, irs, receiveNext) = (
            connection.iss, connection.una, connection.nxt, connection.irs, connection.receiveNext
        )
        knowsBeginning = connection.knowsBeginning
        (ownWindow, peerWindow) = (connection.ownWindow, connection.peerWindow)
        (sent, received) = (connection.sent, connection.received)
        self.leaseExpiry = leaseExpiry
    }
}

/// Connections of other programs, watched through the raw socket's copies.
extension Engine {
    /// Observations that may stand at once.
    static let observationLimit = 256

    /// Follows the connection that the kernel owns between these endpoints.
    ///
    /// - Throws: `.observationDisabled` unless the service was started for it, `.targetNotAllowed` if `local` is not of this
    ///   host, `.portInUse` if it is observed already, `.nameInUse`, `.tooManyRequests`, `.shuttingDown`.
    public func observe(
        local: Endpoint, remote: Endpoint, name: String?, lease length: Interval?
    ) throws(EngineError) -> ObservationSnapshot {
        guard !isShuttingDown else { throw .shuttingDown }
        guard configuration.observes else {
            throw .observationDisabled(
                detail: "Connections of other programs are watched only under serve --observe, with a token.")
        }
        try requireLink(local.address.family)
        try requireZone(of: local, member: "local")
        try requireZone(of: remote, member: "remote")
        let tuple = FourTuple(local: local, remote: remote)
        let now = Clock.now()
        guard (try? routes.isLocal(local.address, at: now)) == true else {
            throw .notLocal(local)
        }
        let standing = observations()
        if let twin = standing.first(where: { $0.local == local && $0.remote == remote }) {
            throw .portInUse(local, holder: "\(twin.id), which observes this connection")
        }
        if let name, let holder = standing.first(where: { $0.name == name }) {
            throw .nameInUse(name, holder: holder.id.description)
        }
        guard standing.count < Self.observationLimit else {
            throw .tooManyRequests(
                detail: "\(Self.observationLimit) observations stand, which is the limit; delete one of them first",
                retryAfter: .seconds(Int64(1)))
        }
        lastObservation += 1
        let id = ConnectionID(observation: lastObservation)
        try widenFilter(for: tuple)
        stack.follow(FollowedConnection(id: id, tuple: tuple, cause: .observed, name: name, at: now))
        lease(.observation(id), length)
        return try observation(id)
    }

    /// The socket filter lets both directions through; those that leave are seen on loopback only.
    func widenFilter(for tuple: FourTuple) throws(EngineError) {
        try acquireEndpoint(tuple.local, .none)
        if tuple.remote.address.isLoopback { try acquireEndpoint(tuple.remote, .none) }
    }

    /// The socket filter is as it was before `widenFilter`.
    func narrowFilter(for tuple: FourTuple) {
        releaseEndpoint(tuple.local, .none)
        if tuple.remote.address.isLoopback { releaseEndpoint(tuple.remote, .none) }
    }

    /// All observations, oldest first.
    public func observations() -> [ObservationSnapshot] {
        stack.followedConnections.filter { $0.cause == .observed }.map { connection in
            ObservationSnapshot(connection, leaseExpiry: leases[.observation(connection.id)])
        }
    }

    /// One observation.
    public func observation(_ id: ConnectionID) throws(EngineError) -> ObservationSnapshot {
        guard let found = observations().first(where: { $0.id == id }) else { throw .notFound(id.description) }
        return found
    }

    /// The observation with this name.
    public func observationID(named name: String) -> ConnectionID? { observations().first { $0.name == name }?.id }

    /// Gives an observation a name or a lease, or takes it away; the outer nil leaves it as it is.
    public func update(
        observation id: ConnectionID, name: String??, lease length: Interval??
    ) throws(EngineError) -> ObservationSnapshot {
        let current = try observation(id)
        if let name {
            if let name, let holder = observationID(named: name), holder != id {
                throw .nameInUse(name, holder: holder.description)
            }
            stack.rename(followed: FourTuple(local: current.local, remote: current.remote), to: name)
        }
        if let length { lease(.observation(id), length) }
        return try observation(id)
    }

    /// Follows the connection no longer. Its records stay.
    public func stopObserving(_ id: ConnectionID) throws(EngineError) {
        let current = try observation(id)
        let tuple = FourTuple(local: current.local, remote: current.remote)
        stack.unfollow(tuple)
        leases.forget(.observation(id))
        narrowFilter(for: tuple)
    }
}
