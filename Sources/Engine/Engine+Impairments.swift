/// An impairment as it is at one moment.
public struct ImpairmentSnapshot: Sendable {
    public var settings: ImpairmentSettings
    /// Its place among all that ever were, from 1: greater than those of the impairments before it.
    public var ordinal: UInt64
    public var counters: ImpairmentCounters
    /// Segments that it holds.
    public var held: Int
    /// When it goes by itself; nil: never.
    public var leaseExpiry: Instant?
}

/// A segment that an impairment holds.
public struct HeldSegment: Sendable {
    /// Its record.
    public var segment: UInt64
    public var since: Instant
}

/// Impairments: what is done to segments on their way.
extension Engine {
    /// Impairments that may stand at once: every segment is shown to each of them.
    static let impairmentLimit = 256

    /// Adds an impairment behind the others.
    ///
    /// - Throws: `.nameInUse`, `.notFound` if the connection was never there, `.tooManyRequests` at the limit,
    ///   `.shuttingDown`.
    public func impair(_ settings: ImpairmentSettings) throws(EngineError) -> ImpairmentSnapshot {
        guard !isShuttingDown else { throw .shuttingDown }
        let standing = stack.impairmentList
        if standing.contains(where: { $0.settings.name == settings.name }) {
            throw .nameInUse(settings.name, holder: "another impairment")
        }
        guard standing.count < Self.impairmentLimit else {
            throw .tooManyRequests(
                detail: "\(Self.impairmentLimit) impairments stand, which is the limit; delete one of them first",
                retryAfter: .seconds(Int64(1)))
        }
        if let connection = settings.connection { _ = try self.connection(connection) }
        stack.impair(settings)
        stack.noteImpairment(settings.name, .created, at: Clock.now())
        return try impairment(settings.name)
    }

    /// All impairments, in the order in which segments meet them.
    public func impairments() -> [ImpairmentSnapshot] {
        stack.impairmentList.map { entry in
            ImpairmentSnapshot(
                settings: entry.settings, ordinal: entry.ordinal, counters: entry.counters,
                held: stack.heldSegments(by: entry.settings.name).count,
                leaseExpiry: leases[.impairment(entry.settings.name)])
        }
    }

    /// One impairment.
    public func impairment(_ name: String) throws(EngineError) -> ImpairmentSnapshot {
        guard let found = impairments().first(where: { $0.settings.name == name }) else { throw .notFound(name) }
        return found
    }

    /// Changes an impairment; its name stays. Another seed or kind begins its choices anew.
    public func update(_ settings: ImpairmentSettings) throws(EngineError) -> ImpairmentSnapshot {
        _ = try impairment(settings.name)
        if let connection = settings.connection { _ = try self.connection(connection) }
        stack.updateImpairment(settings)
        stack.noteImpairment(settings.name, .changed, at: Clock.now())
        return try impairment(settings.name)
    }

    /// Removes an impairment. What waits goes on in its time; what it holds is lost.
    public func removeImpairment(_ name: String) throws(EngineError) {
        _ = try impairment(name)
        leases.forget(.impairment(name))
        stack.removeImpairment(name)
        stack.noteImpairment(name, .deleted, at: Clock.now())
    }

    /// The segments that an impairment holds, oldest first.
    public func heldSegments(by name: String) throws(EngineError) -> [HeldSegment] {
        _ = try impairment(name)
        return stack.heldSegments(by: name).map { HeldSegment(segment: $0.record, since: $0.since) }
    }

    /// Lets held segments go on, changed by `edit` if that is given: all, or the one of this record. Returns the records
    /// that they get now.
    public func release(
        heldBy name: String, segment: UInt64?, edit: CraftRequest?
    ) throws(EngineError) -> [UInt64] {
        let held = try heldSegments(by: name)
        if let segment, !held.contains(where: { $0.segment == segment }) {
            throw .invalidRequest(member: "segment", detail: "\(name) holds no segment \(segment)")
        }
        guard let edit else {
            let now = Clock.now()
            return stack.releaseHeld(by: name, record: segment, at: now, wall: wall(at: now))
        }
        let log = stack.log.snapshot(run: run)
        let wanted = held.filter { segment == nil || $0.segment == segment }
        // All are tried before any goes: half a release could not be taken back.
        for entry in wanted {
            var probe = CraftedSegment(log[entry.segment]?.octets ?? []) ?? CraftedSegment(tuple: Self.nobody)
            try edit.apply(to: &probe, bases: bases(of: log[entry.segment]))
        }
        return wanted.flatMap { entry in
            let bases = bases(of: log[entry.segment])
            let now = Clock.now()
            return stack.releaseHeld(by: name, record: entry.segment, at: now, wall: wall(at: now)) { crafted in
                try? edit.apply(to: &crafted, bases: bases)
            }
        }
    }

    private static let nobody = FourTuple(local: Endpoint(.anyV4, 0), remote: Endpoint(.anyV4, 0))

    /// Where the numbers of a record's segment count from.
    private func bases(of record: SegmentRecord?) -> (sequence: SequenceNumber, acknowledgment: SequenceNumber)? {
        guard let record, let id = record.connection, let connection = try? connection(id) else { return nil }
        let (ours, theirs) = (connection.send.iss, connection.receive.irs)
        return record.direction == .outbound ? (ours, theirs) : (theirs, ours)
    }

    /// For tests: removes impairments and observations, aborts connections, closes listeners.
    public func reset() {
        for impairment in impairments() { try? removeImpairment(impairment.settings.name) }
        for listener in listeners() { try? close(listener.id) }
        for observation in observations() { try? stopObserving(observation.id) }
        for twin in twins.values { abort(twin, .aborted) }
        // Ports in TIME-WAIT are free for the next test, too.
        for id in stack.openIDs + stack.timeWaitIDs { try? abort(id, .aborted) }
    }
}
