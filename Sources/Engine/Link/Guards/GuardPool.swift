/// The reset guards that the engine holds, one for each local endpoint, shared by every connection that uses it.
///
/// A guard costs as much as a whole handshake, so one that nobody needs any more stays open, idle, until its port is
/// wanted again or a limit asks for room; then the one idle for longest goes.
package struct GuardPool {
    /// The guarded ports of each local address, which stay once there are any.
    private var places: [GuardedPorts] = []
    private var addresses: [IPAddress: Int] = [:]
    /// The address that was asked for last: most hosts use one.
    private var newest: (address: IPAddress, place: Int)?
    private var idlings: UInt64 = 0
    private var evicted: [Endpoint] = []
    /// Guards open now, idle ones included.
    package private(set) var open = 0
    /// Those of them that guard a port at all addresses.
    private var openAnywhere = 0
    /// Guards that nobody refers to.
    package private(set) var idleCount = 0
    /// Guards opened since the start.
    package private(set) var openedTotal: UInt64 = 0
    /// Most guards open at once.
    package let limit: Int
    /// Most guards idle at once.
    private let idleLimit: Int

    /// An idle guard keeps its port from every other program, and a descriptor from us: a burst of a whole range's ports must not
    /// hold them for good. It is as many as there are connections to open at once again.
    package static let standardIdleLimit = 4_096

    /// Makes an empty pool of at most `limit` guards; each is a descriptor.
    package init(limit: Int, idleLimit: Int = standardIdleLimit) {
        self.limit = limit
        self.idleLimit = idleLimit
    }

    /// True if a guard is open here, in use or idle: the kernel is silent, so answering is up to us.
    package func owns(_ endpoint: Endpoint) -> Bool { references(to: endpoint) != nil }

    /// Some guards are open at all addresses.
    package var hasGuardsAnywhere: Bool { openAnywhere > 0 }

    /// Where the guard of this endpoint stands: one for all addresses guards its port at each of them.
    package func guardedEndpoint(for local: Endpoint) -> Endpoint {
        hasGuardsAnywhere && owns(local.atAnyAddress) ? local.atAnyAddress : local
    }

    /// True if a guard is open here that nobody refers to.
    package func isIdle(_ endpoint: Endpoint) -> Bool { references(to: endpoint) == 0 }

    private func references(to endpoint: Endpoint) -> Int? {
        place(of: endpoint.address).flatMap { places[$0].references(to: endpoint.port) }
    }

    private func place(of address: IPAddress) -> Int? {
        if let newest, newest.address == address { return newest.place }
        return addresses[address]
    }

    /// The address's place, made if it has none.
    private mutating func makePlace(of address: IPAddress) -> Int {
        if let place = place(of: address) {
            newest = (address, place)
            return place
        }
        places.append(GuardedPorts())
        addresses[address] = places.count - 1
        return places.count - 1
    }

    /// The endpoints whose idle guards had to make room since the last call: there the kernel answers again.
    package mutating func takeEvicted() -> [Endpoint] {
        guard !evicted.isEmpty else { return [] }
        defer { evicted.removeAll() }
        return evicted
    }

    /// Takes a reference on the endpoint's guard. True if a descriptor had to be opened for it.
    package mutating func acquire(_ endpoint: Endpoint) throws(LinkError) -> Bool {
        let place = makePlace(of: endpoint.address)
        if let references = places[place].retain(endpoint.port) {
            if references == 1 { idleCount -= 1 }
            return false
        }
        let guardian = try openGuard(endpoint)
        places[place].insert(endpoint.port, guardian)
        open += 1
        if endpoint.address.isUnspecified { openAnywhere += 1 }
        openedTotal += 1
        return true
    }

    /// Gives a reference back; with the last one the guard becomes idle.
    package mutating func release(_ endpoint: Endpoint) {
        guard let place = place(of: endpoint.address), places[place].release(endpoint.port, idling: idlings) == 0
        else { return }
        idlings += 1
        idleCount += 1
        if idleCount > idleLimit { _ = closeLongestIdle() }
    }

    /// Closes the endpoint's guard, whoever refers to it.
    package mutating func close(_ endpoint: Endpoint) {
        guard let place = place(of: endpoint.address), let references = places[place].remove(endpoint.port)
        else { return }
        open -= 1
        if endpoint.address.isUnspecified { openAnywhere -= 1 }
        if references == 0 { idleCount -= 1 }
    }

    /// A port in `range` that is guarded at `address` already: the one idle for longest, which nobody uses, else one in use
    /// by others of which `isFree` says that it is free for the peer in question. nil: open another.
    package mutating func reusablePort(
        at address: IPAddress, in range: ClosedRange<UInt16>, isFree: (UInt16) -> Bool
    ) -> UInt16? {
        guard let place = place(of: address) else { return nil }
        if let idle = places[place].longestIdle(in: range) { return idle.port }
        return places[place].shareable(in: range, isFree: isFree)
    }

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
        guard idleCount > 0 else { return false }
        var oldest: (place: GuardedPorts.IdlePlace, address: IPAddress)?
        for (address, place) in addresses {
            guard let idle = places[place].longestIdle(in: 0...UInt16.max) else { continue }
            if idle.idling < oldest?.place.idling ?? .max { oldest = (idle, address) }
        }
        guard let oldest else { return false }
        let endpoint = Endpoint(oldest.address, oldest.place.port)
        close(endpoint)
        evicted.append(endpoint)
        return true
    }
}
