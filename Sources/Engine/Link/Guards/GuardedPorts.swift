import DequeModule

/// The guarded ports of one local address: who refers to them, and which have been idle for how long.
struct GuardedPorts {
    private struct Entry {
        let guardian: ResetGuard
        /// Which idling this is: a place in the queue of idle ports counts only with the same number.
        var idling: UInt64 = 0
        var references: UInt32 = 1
        let port: UInt16
    }

    /// A port in the queue of idle ones.
    struct IdlePlace {
        var port: UInt16
        /// Counts up over the whole pool: the lowest has been idle for longest.
        var idling: UInt64
    }

    /// Ports in use that are tried for another peer before a guard is opened: a miss costs a lookup, a guard 18 µs.
    private static let probes = 16

    /// All guarded ports, in no order.
    private var entries: [Entry] = []
    /// Where each of them stands; 32 bits, since every connection of a port of its own pays for its place.
    private var places = NumberTable<UInt32>()
    /// The idle ones, longest idle first, among places that have lost their meaning.
    private var idle: Deque<IdlePlace> = []
    /// Where the next search for a port to share begins.
    private var cursor = 0

    private func place(of port: UInt16) -> Int? { places[UInt32(port)].map(Int.init) }

    /// How many refer to the port's guard; nil if it has none.
    func references(to port: UInt16) -> Int? { place(of: port).map { Int(entries[$0].references) } }

    /// Takes a reference. Returns how many there are now, or nil if the port has no guard.
    mutating func retain(_ port: UInt16) -> Int? {
        guard let place = place(of: port) else { return nil }
        entries[place].references += 1
        return Int(entries[place].references)
    }

    /// Adds a port with its guard, and a reference to it.
    mutating func insert(_ port: UInt16, _ guardian: ResetGuard) {
        places[UInt32(port)] = UInt32(entries.count)
        entries.append(Entry(guardian: guardian, port: port))
    }

    /// Gives a reference back; with the last one the port begins its idling number `idling`. Returns how many are left, or
    /// nil if the port has no guard.
    mutating func release(_ port: UInt16, idling: UInt64) -> Int? {
        guard let place = place(of: port) else { return nil }
        precondition(entries[place].references > 0, "released more often than acquired")
        entries[place].references -= 1
        let left = Int(entries[place].references)
        guard left == 0 else { return left }
        entries[place].idling = idling
        idle.append(IdlePlace(port: port, idling: idling))
        // Places without meaning must not pile up behind a port that stays idle.
        if idle.count > 64 + 2 * entries.count { idle = idle.filter(isCurrent) }
        return left
    }

    /// Drops the port and closes its guard. Returns how many referred to it, or nil if it had none.
    mutating func remove(_ port: UInt16) -> Int? {
        guard let place = places.removeValue(for: UInt32(port)).map(Int.init) else { return nil }
        let references = Int(entries[place].references)
        let last = entries.removeLast()
        if last.port != port {
            entries[place] = last
            places[UInt32(last.port)] = UInt32(place)
        }
        return references
    }

    /// The port in `range` that has been idle for longest.
    mutating func longestIdle(in range: ClosedRange<UInt16>) -> IdlePlace? {
        while let place = idle.first, !isCurrent(place) { idle.removeFirst() }
        if let place = idle.first, range.contains(place.port) { return place }
        return idle.first { range.contains($0.port) && isCurrent($0) }
    }

    /// A port in `range` that others use, and that `isFree` says is free for the peer in question.
    mutating func shareable(in range: ClosedRange<UInt16>, isFree: (UInt16) -> Bool) -> UInt16? {
        for _ in 0..<min(Self.probes, entries.count) {
            cursor = cursor + 1 < entries.count ? cursor + 1 : 0
            let port = entries[cursor].port
            if range.contains(port), isFree(port) { return port }
        }
        return nil
    }

    private func isCurrent(_ place: IdlePlace) -> Bool {
        guard let standing = self.place(of: place.port) else { return false }
        return entries[standing].references == 0 && entries[standing].idling == place.idling
    }
}
