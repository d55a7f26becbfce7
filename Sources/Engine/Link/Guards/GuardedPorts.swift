import DequeModule

/// The guarded ports of one local address: who refers to them, and which have been idle for how long.
struct GuardedPorts {
    private struct Entry {
        let guardian: ResetGuard
        /// Which idling this is: a place in the queue of idle ports counts only with the same number.
        var idling: UInt64 = 0
        var references: UInt32 = 1
    }

    /// A port in the queue of idle ones.
    struct IdlePlace {
        var port: UInt16
        /// Counts up over the whole pool: the lowest has been idle for longest.
        var idling: UInt64
    }

    /// Ports in use that are tried for another peer before a guard is opened: a miss costs a lookup, a guard 18 µs.
    private static let probes = 16

    /// All guarded ports.
    private var entries = NumberTable<Entry>()
    /// The idle ones, longest idle first, among places that have lost their meaning.
    private var idle: Deque<IdlePlace> = []
    /// Where the next search for a port to share begins.
    private var cursor = 0

    /// How many refer to the port's guard; nil if it has none.
    func references(to port: UInt16) -> Int? { entries[UInt32(port)].map { Int($0.references) } }

    /// Takes a reference. Returns how many there are now, or nil if the port has no guard.
    mutating func retain(_ port: UInt16) -> Int? {
        let references = entries.change(UInt32(port)) { entry in
            entry.references += 1
            return Int(entry.references)
        }
        // Ports are mostly taken up again in the order of their idling; others leave a place without meaning.
        if references == 1, idle.first?.port == port { idle.removeFirst() }
        return references
    }

    /// Adds a port with its guard, and a reference to it.
    mutating func insert(_ port: UInt16, _ guardian: ResetGuard) {
        entries[UInt32(port)] = Entry(guardian: guardian)
    }

    /// Gives a reference back; with the last one the port begins its idling number `idling`. Returns how many are left, or
    /// nil if the port has no guard.
    mutating func release(_ port: UInt16, idling: UInt64) -> Int? {
        let left = entries.change(UInt32(port)) { entry in
            precondition(entry.references > 0, "released more often than acquired")
            entry.references -= 1
            if entry.references == 0 { entry.idling = idling }
            return Int(entry.references)
        }
        guard left == 0 else { return left }
        idle.append(IdlePlace(port: port, idling: idling))
        // Places without meaning must not pile up behind a port that stays idle.
        if idle.count > 64 + 2 * entries.count { idle = idle.filter(isCurrent) }
        return left
    }

    /// Drops the port and closes its guard. Returns how many referred to it, or nil if it had none.
    mutating func remove(_ port: UInt16) -> Int? {
        entries.removeValue(for: UInt32(port)).map { Int($0.references) }
    }

    /// The port in `range` that has been idle for longest.
    mutating func longestIdle(in range: ClosedRange<UInt16>) -> IdlePlace? {
        while let place = idle.first, !isCurrent(place) { idle.removeFirst() }
        if let place = idle.first, range.contains(place.port) { return place }
        return idle.first { range.contains($0.port) && isCurrent($0) }
    }

    /// A port in `range` that others use, and that `isFree` says is free for the peer in question.
    mutating func shareable(in range: ClosedRange<UInt16>, isFree: (UInt16) -> Bool) -> UInt16? {
        var tries = min(Self.probes, entries.count)
        // Three places of four may be empty.
        for _ in 0..<entries.placeCount where tries > 0 {
            cursor = cursor + 1 < entries.placeCount ? cursor + 1 : 0
            guard let port = entries.entry(at: cursor).map({ UInt16($0.number) }) else { continue }
            tries -= 1
            if range.contains(port), isFree(port) { return port }
        }
        return nil
    }

    private func isCurrent(_ place: IdlePlace) -> Bool {
        guard let entry = entries[UInt32(place.port)] else { return false }
        return entry.references == 0 && entry.idling == place.idling
    }
}
