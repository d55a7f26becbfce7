/// What may have a lease.
enum LeaseHolder: Hashable, Sendable {
    case connection(ConnectionID)
    case listener(ListenerID)
    case impairment(String)
    case observation(ConnectionID)
}

/// Leases: a script that dies leaves nothing behind.
extension Engine {
    /// Gives a lease of this length from now on, renews it, or takes it away.
    func lease(_ holder: LeaseHolder, _ length: Interval?) {
        guard let length else { return leases.forget(holder) }
        leases.set(holder, length, at: Clock.now())
    }

    /// Gives a listener a lease, renews it, or takes it away.
    public func lease(_ id: ListenerID, _ length: Interval?) throws(EngineError) {
        _ = try listener(id)
        lease(.listener(id), length)
    }

    /// Gives an impairment a lease, renews it, or takes it away.
    public func lease(impairment name: String, _ length: Interval?) throws(EngineError) -> ImpairmentSnapshot {
        _ = try impairment(name)
        lease(.impairment(name), length)
        return try impairment(name)
    }

    /// Removes what was not renewed in time.
    func expireLeases(at now: Instant) {
        for holder in leases.popExpired(at: now) {
            switch holder {
            case .connection(let id): try? abort(id, .leaseExpired)
            case .observation(let id): try? stopObserving(id)
            case .listener(let id): try? close(id)
            case .impairment(let name): try? removeImpairment(name)
            }
        }
    }
}
