import DequeModule

/// The reset guards that the engine holds, one for each local endpoint, shared by every connection that uses it.
///
/// A guard costs as much as a whole handshake, so one that nobody needs any more stays open, idle, until its port is
/// wanted again or the limit asks for room; then the one idle for longest goes.
package struct GuardPool {
    private struct Entry {
        let guardian: ResetGuard
        var references = 1
        /// Where the port stands in its address's `ports`.
        var position: Int
        /// Which idling this is: a place in the queue of idle ports counts only with the same number.
        var idling: UInt64 = 0
    }

    private struct IdlePlace {
        var port: UInt16
        var idling: UInt64
    }

    /// The guarded ports of one local address.
    private struct Ports {
        /// All of them, in no order.
        var all: [UInt16] = []
        /// The idle ones, longest idle first, among places that have lost their meaning.
        var idle: Deque<IdlePlace> = []
        /// Where the next search for a port to share begins.
        var cursor = 0
    }

    /// Ports in use that are tried for another peer before a guard is opened: a miss costs a lookup, a guard 18 µs.
    private static let probes = 16

    private var entries: [Endpoint: Entry] = [:]
    private var ports: [IPAddress: Ports] = [:]
    private var idlings: UInt64 = 0
    private var evicted: [Endpoint] = []
    /// Guards that nobody refers to.
    package private(set) var idleCount = 0
    /// Guards opened since the start.
    package private(set) var openedTotal: UInt64 = 0
    /// Most guards open at once.
    package let limit: Int

    /// Makes an empty pool of at most `limit` guards; each is a descriptor.
    package init(limit: Int) { self.limit = limit }

    /// Guards open now, idle ones included.
    package var open: Int { entries.count }

    /// True if a guard is open here, in use or idle: the kernel is silent, so answering is up to us.
    package func owns(_ endpoint: Endpoint) -> Bool { entries[endpoint] != nil }

    /// True if a guard is open here that nobody refers to.
    package func isIdle(_ endpoint: Endpoint) -> Bool { entries[endpoint]?.references == 0 }

    /// The endpoints whose idle guards had to make room since the last call: there the kernel answers again.
    package mutating func takeEvicted() -> [Endpoint] {
        defer { evicted.removeAll() }
        return evicted
    }

    /// Takes a reference on the endpoint's guard. True if a descriptor had to be opened for it.
    package mutating func acquire(_ endpoint: Endpoint) throws(LinkError) -> Bool {
        if let place = entries.index(forKey: endpoint) {
            entries.values[place].references += 1
            if entries.values[place].references == 1 { idleCount -= 1 }
            return false
        }
        let guardian = try openGuard(endpoint)
        let position = ports[endpoint.address]?.all.count ?? 0
        entries[endpoint] = Entry(guardian: guardian, position: position)
        ports[endpoint.address, default: Ports()].all.append(endpoint.port)
        openedTotal += 1
        return true
    }

    /// Gives a reference back; with the last one the guard becomes idle.
    package mutating func release(_ endpoint: Endpoint) {
        guard let place = entries.index(forKey: endpoint) else { return }
        precondition(entries.values[place].references > 0, "released more often than acquired")
        entries.values[place].references -= 1
        guard entries.values[place].references == 0 else { return }
        idlings += 1
        idleCount += 1
        entries.values[place].idling = idlings
        ports[endpoint.address]?.idle.append(IdlePlace(port: endpoint.port, idling: idlings))
        dropStalePlaces(at: endpoint.address)
    }

    /// Closes the endpoint's guard, whoever refers to it.
    package mutating func close(_ endpoint: Endpoint) {
        guard let entry = entries.removeValue(forKey: endpoint) else { return }
        if entry.references == 0 { idleCount -= 1 }
        guard let last = ports[endpoint.address]?.all.popLast(), last != endpoint.port else { return }
        ports[endpoint.address]?.all[entry.position] = last
        entries[Endpoint(endpoint.address, last)]?.position = entry.position
    }

    /// A port in `range` that is guarded at `address` already: the one idle for longest, which is free for any peer, else
    /// one in use by others of which `isFree` says that it is free for the peer in question. nil: open another.
    package mutating func reusablePort(
        at address: IPAddress, in range: ClosedRange<UInt16>, isFree: (UInt16) -> Bool
    ) -> UInt16? {
        if let port = longestIdle(at: address, in: range)?.port { return port }
        guard var cursor = ports[address]?.cursor, let all = ports[address]?.all else { return nil }
        defer { ports[address]?.cursor = cursor }
        for _ in 0..<min(Self.probes, all.count) {
            cursor = cursor + 1 < all.count ? cursor + 1 : 0
            if range.contains(all[cursor]), isFree(all[cursor]) { return all[cursor] }
        }
        return nil
    }
}

// MARK: - Idle guards

extension GuardPool {
    /// Opens a guard, at the expense of an idle one if the pool, the process or the host is full.
    private mutating func openGuard(_ endpoint: Endpoint) throws(LinkError) -> ResetGuard {
        if open >= limit, !closeLongestIdle() { throw .exhausted(limit: limit) }
        do {
            return try ResetGuard(endpoint)
        } catch {
            guard case .exhausted = error, closeLongestIdle() else { throw error }
            return try ResetGuard(endpoint)
        }
    }

    private mutating func closeLongestIdle() -> Bool {
        var oldest: (place: IdlePlace, address: IPAddress)?
        for address in ports.keys {
            guard let place = longestIdle(at: address, in: 0...UInt16.max) else { continue }
            if place.idling < oldest?.place.idling ?? .max { oldest = (place, address) }
        }
        guard let oldest else { return false }
        let endpoint = Endpoint(oldest.address, oldest.place.port)
        close(endpoint)
        evicted.append(endpoint)
        return true
    }

    private mutating func longestIdle(at address: IPAddress, in range: ClosedRange<UInt16>) -> IdlePlace? {
        while let place = ports[address]?.idle.first, !isCurrent(place, at: address) {
            ports[address]?.idle.removeFirst()
        }
        return ports[address]?.idle.first { range.contains($0.port) && isCurrent($0, at: address) }
    }

    private func isCurrent(_ place: IdlePlace, at address: IPAddress) -> Bool {
        guard let entry = entries[Endpoint(address, place.port)] else { return false }
        return entry.references == 0 && entry.idling == place.idling
    }

    /// Keeps the queue of idle places as short as the list of ports, give or take a factor.
    private mutating func dropStalePlaces(at address: IPAddress) {
        guard let queue = ports[address]?.idle, queue.count > 64 + 2 * (ports[address]?.all.count ?? 0) else { return }
        let current = queue.filter { isCurrent($0, at: address) }
        ports[address]?.idle = current
    }
}
