import HeapModule
import OrderedCollections

/// The impairments of a stack in the order in which segments meet them, and the segments that they keep.
struct Impairments {
    /// Segments that wait at once; further ones are dropped, as by any queue that is full.
    static let queueLimit = 10_000
    /// Octets that wait at once.
    static let octetLimit = 64 << 20

    /// A segment that is kept on its way.
    enum Traveller {
        /// Cause and state are for the record that it gets when it goes on.
        case outbound(OutboundPacket, cause: Cause, connection: ConnectionID?)
        case inbound([UInt8], zone: UInt32)

        var length: Int {
            switch self {
            case .outbound(let packet, _, _): packet.length
            case .inbound(let octets, _): octets.count
            }
        }
    }

    /// A segment that waits, with what its record will say.
    struct Waiting {
        var traveller: Traveller
        var note: RecordNote
    }

    /// A segment that is parked until somebody releases it.
    struct Held {
        var traveller: Traveller
        var impairment: String
        var since: Instant
    }

    /// All that happens to one segment.
    struct Fate {
        /// What its record says; nil: nothing happens.
        var note: RecordNote?
        var damage: Damage?
        /// It goes on then; nil: now.
        var due: Instant?
        /// It goes on at the latest then, and earlier if so many have overtaken it.
        var gap: Int?
        var isDropped = false
        /// The impairment that parks it.
        var holder: String?
        /// What the records of its copies say.
        var copies: [RecordNote] = []
    }

    private struct Due: Comparable {
        let instant: Instant
        let serial: UInt64
        static func < (a: Self, b: Self) -> Bool { (a.instant, a.serial) < (b.instant, b.serial) }
    }

    private(set) var all: OrderedDictionary<String, Impairment> = [:]
    private var lastOrdinal: UInt64 = 0
    private(set) var held: OrderedDictionary<UInt64, Held> = [:]
    private var waiting: [UInt64: Waiting] = [:]
    private var waitingOctets = 0
    private var order = Heap<Due>()
    private var lastSerial: UInt64 = 0
    /// Segments that wait for others to overtake them.
    private var overtakable: [(serial: UInt64, direction: Direction, left: Int)] = []

    /// Nothing is impaired, and nothing waits: the hot path asks this alone.
    var isIdle: Bool { all.isEmpty }
    /// When the next waiting segment goes on.
    var nextDeadline: Instant { order.min?.instant ?? .distantFuture }

    // MARK: Impairments

    mutating func insert(_ impairment: Impairment) {
        lastOrdinal += 1
        var impairment = impairment
        impairment.ordinal = lastOrdinal
        all[impairment.settings.name] = impairment
    }

    mutating func update(_ settings: ImpairmentSettings) { all[settings.name]?.update(settings) }

    /// Removes an impairment; what it holds is lost, as on a link that is cut.
    mutating func remove(_ name: String) {
        all[name] = nil
        _ = takeHeld(by: name, record: nil)
    }

    /// The number of segments that the impairment holds.
    func heldCount(_ name: String) -> Int { held.values.count { $0.impairment == name } }

    // MARK: Choosing

    /// Asks every impairment, in order, until one lets the segment go no further.
    mutating func judge(_ facts: SegmentFacts, at now: Instant) -> Fate {
        var fate = Fate()
        for index in all.values.indices {
            let held = if case .hold = all.values[index].settings.kind { heldCount(all.keys[index]) } else { 0 }
            let choice = all.values[index].choose(facts, held: held, at: max(now, fate.due ?? now))
            apply(choice, of: all.values[index], to: &fate, facts.direction)
            if fate.isDropped || fate.holder != nil { break }
        }
        return fate
    }

    private func apply(_ choice: Impairment.Choice, of impairment: Impairment, to fate: inout Fate, _ way: Direction) {
        func note(_ action: ImpairmentAction, onWire: Bool) -> RecordNote {
            RecordNote(impairment: impairment.number, action: action, onWire: onWire)
        }
        switch choice {
        case .pass: return
        case .drop:
            fate.isDropped = true
            fate.note = note(.dropped, onWire: way == .inbound)
        case .delay(let until):
            fate.due = max(until, fate.due ?? .zero)
            if fate.damage == nil { fate.note = note(.delayed, onWire: true) }
        case .duplicate: fate.copies.append(note(.duplicated, onWire: way == .outbound))
        case .overtaken(let gap, let until):
            fate.due = max(until, fate.due ?? .zero)
            fate.gap = gap
            if fate.damage == nil { fate.note = note(.delayed, onWire: true) }
        case .corrupt(let damage):
            fate.damage = damage
            fate.note = note(.corrupted, onWire: way == .outbound)
        case .hold:
            fate.holder = impairment.settings.name
            fate.note = note(.held, onWire: way == .inbound)
        }
    }

    // MARK: Waiting

    /// True if another segment of so many octets may wait.
    func hasRoom(for octets: Int) -> Bool {
        waiting.count + held.count < Self.queueLimit && waitingOctets + octets <= Self.octetLimit
    }

    /// Keeps a segment until `due`, or until `gap` others of its direction have overtaken it.
    mutating func park(_ traveller: Traveller, note: RecordNote, until due: Instant, gap: Int?, _ way: Direction) {
        lastSerial += 1
        waiting[lastSerial] = Waiting(traveller: traveller, note: note)
        waitingOctets += traveller.length
        order.insert(Due(instant: due, serial: lastSerial))
        if let gap { overtakable.append((lastSerial, way, gap)) }
    }

    /// A segment goes on: those that waited to be overtaken often enough follow it.
    mutating func noteOvertaking(_ way: Direction, at now: Instant) {
        guard !overtakable.isEmpty else { return }
        for index in overtakable.indices.reversed() where overtakable[index].direction == way {
            overtakable[index].left -= 1
            guard overtakable[index].left <= 0 else { continue }
            order.insert(Due(instant: now, serial: overtakable[index].serial))
            overtakable.remove(at: index)
        }
    }

    /// Takes out one segment whose time has come.
    mutating func popDue(at now: Instant) -> Waiting? {
        while let first = order.min, first.instant <= now {
            order.removeMin()
            guard let found = waiting.removeValue(forKey: first.serial) else { continue }
            overtakable.removeAll { $0.serial == first.serial }
            waitingOctets -= found.traveller.length
            return found
        }
        return nil
    }

    // MARK: Holding

    mutating func hold(_ traveller: Traveller, record: UInt64, by name: String, at now: Instant) {
        held[record] = Held(traveller: traveller, impairment: name, since: now)
        waitingOctets += traveller.length
    }

    /// Takes out the held segments of an impairment: all, or the one of this record.
    mutating func takeHeld(by name: String, record: UInt64?) -> [(record: UInt64, held: Held)] {
        let found = held.filter { $0.value.impairment == name && (record == nil || record == $0.key) }
        for (key, value) in found {
            held[key] = nil
            waitingOctets -= value.traveller.length
        }
        return found.map { ($0.key, $0.value) }
    }
}
