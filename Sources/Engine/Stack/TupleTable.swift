/// Who has a pair of endpoints: a connection, or what is left of one.
enum TupleHolder {
    /// Segments are delivered to it.
    case live(Connection)
    indirect case timeWait(TimeWaitRecord)

    var id: ConnectionID {
        switch self {
        case .live(let connection): connection.id
        case .timeWait(let record): record.id
        }
    }

    /// Asked for each segment; `tuple` would be copied for it.
    fileprivate func has(_ tuple: FourTuple) -> Bool {
        switch self {
        case .live(let connection): connection.tuple == tuple
        case .timeWait(let record): record.tuple == tuple
        }
    }

    fileprivate var tuple: FourTuple {
        switch self {
        case .live(let connection): connection.tuple
        case .timeWait(let record): record.tuple
        }
    }
}

/// The holders of all pairs of endpoints. Every segment is looked up here, so that live connections and those in TIME-WAIT stand in
/// one table, and a segment costs one look.
///
/// Open addressing with linear probing, as in `NumberTable`. A place has 32 bits of its pair's hash beside the holder, which knows
/// the pair: whoever else stands on the way is passed without being looked at.
struct TupleTable {
    private let hash: TupleHash
    /// The hashes, never 0 but where the place is empty.
    private var marks = [UInt32](repeating: 0, count: smallest)
    /// Beside `marks`.
    private var slots = [TupleHolder?](repeating: nil, count: smallest)
    private(set) var liveCount = 0
    private(set) var timeWaitCount = 0

    /// Places at the beginning; a power of two, as always.
    private static let smallest = 8

    init(_ hash: TupleHash) { self.hash = hash }

    /// All holders, in no order.
    var holders: some Sequence<TupleHolder> { slots.lazy.compactMap { $0 } }

    /// Who has this pair; nil: nobody.
    subscript(tuple: FourTuple) -> TupleHolder? { slots[place(of: tuple, hash(tuple))] }

    /// Gives the holder its pair; whoever had it loses it.
    mutating func insert(_ holder: TupleHolder) {
        if (liveCount + timeWaitCount) * 4 >= slots.count * 3 { grow() }
        let mark = hash(holder.tuple)
        let place = place(of: holder.tuple, mark)
        if let loser = slots[place] { count(loser, -1) }
        count(holder, 1)
        marks[place] = mark
        slots[place] = holder
    }

    /// Nobody has the pair any more.
    mutating func remove(_ tuple: FourTuple) {
        var gap = place(of: tuple, hash(tuple))
        guard let holder = slots[gap].take() else { return }
        count(holder, -1)
        let mask = marks.count - 1
        var next = (gap + 1) & mask
        while marks[next] != 0 {
            // It may move up unless its home lies behind the gap.
            if (next - home(of: marks[next])) & mask >= (next - gap) & mask {
                marks[gap] = marks[next]
                slots[gap] = slots[next].take()
                gap = next
            }
            next = (next + 1) & mask
        }
        marks[gap] = 0
    }

    private mutating func count(_ holder: TupleHolder, _ change: Int) {
        switch holder {
        case .live: liveCount += change
        case .timeWait: timeWaitCount += change
        }
    }

    /// Where the pair stands, or else the empty place where it would.
    private func place(of tuple: FourTuple, _ mark: UInt32) -> Int {
        var place = home(of: mark)
        while marks[place] != 0, marks[place] != mark || slots[place]?.has(tuple) == false {
            place = (place + 1) & (marks.count - 1)
        }
        return place
    }

    private func home(of mark: UInt32) -> Int { Int(mark) & (marks.count - 1) }

    private mutating func grow() {
        let old = (marks: marks, slots: slots)
        marks = Array(repeating: 0, count: old.marks.count * 2)
        slots = Array(repeating: nil, count: old.slots.count * 2)
        for (mark, slot) in zip(old.marks, old.slots) where mark != 0 {
            var place = home(of: mark)
            while marks[place] != 0 { place = (place + 1) & (marks.count - 1) }
            marks[place] = mark
            slots[place] = slot
        }
    }
}

/// A keyed hash of pairs of endpoints, for `TupleTable` alone. Peers choose their half of a pair, and must not be able to choose
/// many that collide; but they never see a hash, so that multiplying by secret numbers is enough, where numbers that go out need
/// `SipHash`.
struct TupleHash: Sendable {
    private let key: (UInt64, UInt64, UInt64)

    /// Draws its key from the stack's secret.
    init(_ secret: SipHash) { key = (secret(1), secret(2), secret(3)) }

    /// The hash of a pair; never 0. Addresses that differ in nothing but their zone share it.
    func callAsFunction(_ tuple: FourTuple) -> UInt32 {
        let (local, remote) = (tuple.local, tuple.remote)
        var mixed = Self.fold(local.address.low ^ key.0, remote.address.low ^ key.1)
        if local.address.family == .v6 {
            mixed ^= Self.fold(local.address.high ^ key.1, remote.address.high ^ key.2)
        }
        let ports = UInt64(local.port) << 16 | UInt64(remote.port)
        return max(UInt32(truncatingIfNeeded: Self.fold(mixed ^ ports, key.2) >> 32), 1)
    }

    /// Both halves of the product, so that each bit of the factors counts.
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
