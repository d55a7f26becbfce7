/// What an impairment does to the segments that it chooses.
public enum ImpairmentKind: Hashable, Sendable {
    case loss
    /// Each waits `latency`, more or less by up to `jitter`; none overtakes another.
    case delay(latency: Interval, jitter: Interval)
    case duplicate
    /// The segment waits until `gap` later ones have overtaken it, at most for `latency`.
    case reorder(gap: Int, latency: Interval)
    /// So many octets are changed, from `offset` in the TCP header on; nil: anywhere in the payload, or in the header of a
    /// segment without any.
    case corrupt(offset: Int?, octets: Int)
    /// A token bucket, and a queue of so many octets before it; what finds the queue full is dropped.
    case rate(octetsPerSecond: Int, burst: Int, queue: Int)
    /// Those from the `nth` on, `count` of them; the first is 1.
    case drop(nth: Int, count: Int)
    /// Parks them until they are released; at most so many, further ones are dropped.
    case hold(limit: Int)

    /// The word in the HTTP contract.
    public var name: String {
        switch self {
        case .loss: "loss"
        case .delay: "delay"
        case .duplicate: "duplicate"
        case .reorder: "reorder"
        case .corrupt: "corrupt"
        case .rate: "rate"
        case .drop: "drop"
        case .hold: "hold"
        }
    }
}

/// Which segments an impairment looks at.
public enum SegmentMatch: String, CaseIterable, Hashable, Sendable {
    case any
    /// With text.
    case data
    /// An acknowledgment and nothing else.
    case ack
    case syn
    case synAck = "syn-ack"
    case fin
    case rst
    /// What we send once more; what the peer repeats nobody can tell.
    case retransmission
}

/// An impairment as its user sets it up.
public struct ImpairmentSettings: Hashable, Sendable {
    public var name: String
    public var kind: ImpairmentKind
    public var match = SegmentMatch.any
    /// Outbound is Toxiproxy's upstream, inbound its downstream.
    public var stream = Direction.inbound
    /// The share of matching segments that it acts on, 0 … 1.
    public var probability = 1.0
    /// Multiplied with `probability`; Toxiproxy's word.
    public var toxicity = 1.0
    /// nil: all connections.
    public var connection: ConnectionID?
    /// The same seed makes the same choices.
    public var seed: UInt64

    public init(name: String, kind: ImpairmentKind, seed: UInt64) {
        self.name = name
        self.kind = kind
        self.seed = seed
    }
}

/// What an impairment has met.
public struct ImpairmentCounters: Hashable, Sendable {
    /// Segments that it looked at.
    public var matched = 0
    /// Segments that it did something to.
    public var impaired = 0
}

/// What an impairment must know of a segment to choose.
struct SegmentFacts {
    var direction: Direction
    var connection: ConnectionID?
    var flags: TCPFlags
    var textLength: Int
    /// Octets of the datagram.
    var length: Int
    /// Where the TCP header begins in it.
    var headerOffset: Int
    /// Where the text begins in it.
    var textOffset: Int
    var isRetransmission = false

    func isMatched(by match: SegmentMatch) -> Bool {
        switch match {
        case .any: true
        case .data: textLength > 0
        case .ack: textLength == 0 && flags.contains(.ack) && flags.isDisjoint(with: [.syn, .fin, .rst])
        case .syn: flags.contains(.syn) && !flags.contains(.ack)
        case .synAck: flags.isSuperset(of: [.syn, .ack])
        case .fin: flags.contains(.fin)
        case .rst: flags.contains(.rst)
        case .retransmission: isRetransmission
        }
    }
}

/// Octets of a datagram that are to be changed, each by what is XORed into it.
struct Damage: Hashable {
    var offset: Int
    var masks: [UInt8]

    /// Changes the octets; what lies beyond the end stays out.
    func apply(to octets: inout [UInt8]) {
        for (index, mask) in masks.enumerated() where offset + index < octets.count { octets[offset + index] ^= mask }
    }
}

/// One impairment at work.
struct Impairment {
    /// What it does to one segment.
    enum Choice: Hashable {
        case pass
        case drop
        case delay(until: Instant)
        case duplicate
        /// Until so many have overtaken it, or that moment.
        case overtaken(by: Int, until: Instant)
        case corrupt(Damage)
        case hold
    }

    private(set) var settings: ImpairmentSettings
    /// Its name's number in the log.
    let number: UInt16
    /// Its place among all that ever stood, which it gets when it is put behind the others.
    var ordinal: UInt64 = 0
    private(set) var counters = ImpairmentCounters()
    private var dice: SplitMix64
    private var bucket: TokenBucket?
    /// When the newest delayed segment goes on: none overtakes it.
    private var lastDue = Instant.zero

    init(_ settings: ImpairmentSettings, number: UInt16) {
        self.settings = settings
        self.number = number
        dice = SplitMix64(seed: settings.seed)
        bucket = Self.bucket(settings.kind)
    }

    private static func bucket(_ kind: ImpairmentKind) -> TokenBucket? {
        guard case .rate(let rate, let burst, _) = kind else { return nil }
        return TokenBucket(rate: Double(rate), burst: Double(burst))
    }

    /// Takes over other settings, and begins anew where they ask for other choices.
    mutating func update(_ new: ImpairmentSettings) {
        let old = settings
        settings = new
        if new.seed != old.seed || new.kind != old.kind {
            dice = SplitMix64(seed: new.seed)
            bucket = Self.bucket(new.kind)
            counters = ImpairmentCounters()
        }
    }

    /// Chooses what happens to the segment. Every matching segment costs the same number of throws, whatever becomes of it,
    /// so that the n-th choice depends on the seed and n alone.
    mutating func choose(_ facts: SegmentFacts, held: Int, at now: Instant) -> Choice {
        guard facts.direction == settings.stream, facts.isMatched(by: settings.match),
            settings.connection == nil || settings.connection == facts.connection
        else { return .pass }
        counters.matched += 1
        let isChosen = dice.chance(settings.probability * settings.toxicity)
        let draw = dice.next()
        guard isChosen else { return .pass }
        let choice = choice(facts, draw, held: held, at: now)
        if choice != .pass { counters.impaired += 1 }
        return choice
    }

    private mutating func choice(_ facts: SegmentFacts, _ draw: UInt64, held: Int, at now: Instant) -> Choice {
        switch settings.kind {
        case .loss: return .drop
        case .delay(let latency, let jitter):
            // Evenly from latency − jitter to latency + jitter.
            let share = Double(draw >> 11) / 9_007_199_254_740_992 * 2 - 1
            let wait = max(0, latency.nanoseconds + Int64(Double(jitter.nanoseconds) * share))
            lastDue = max(lastDue, now + .nanoseconds(wait))
            return .delay(until: lastDue)
        case .duplicate: return .duplicate
        case .reorder(let gap, let latency): return .overtaken(by: gap, until: now + latency)
        case .corrupt(let offset, let octets): return .corrupt(Self.damage(facts, draw, offset, octets))
        case .rate(_, _, let queue): return shape(facts.length, queue: queue, at: now)
        case .drop(let nth, let count):
            return counters.matched >= nth && counters.matched - nth < count ? .drop : .pass
        case .hold(let limit): return held < limit ? .hold : .drop
        }
    }

    private mutating func shape(_ length: Int, queue: Int, at now: Instant) -> Choice {
        guard var bucket else { return .pass }
        defer { self.bucket = bucket }
        // An empty queue takes any segment, however long: else none of loopback's would ever pass.
        let waiting = bucket.debt(at: now)
        if waiting > 0, waiting + Double(length) > Double(queue) { return .drop }
        let wait = bucket.borrow(Double(length), at: now)
        return wait > .zero ? .delay(until: now + wait) : .pass
    }

    private static func damage(_ facts: SegmentFacts, _ draw: UInt64, _ offset: Int?, _ count: Int) -> Damage {
        var dice = SplitMix64(seed: draw)
        let range = facts.textLength > 0 ? facts.textOffset..<facts.length : facts.headerOffset..<facts.length
        let start = offset.map { facts.headerOffset + $0 } ?? range.lowerBound + Int(dice.next() % UInt64(range.count))
        // 1 … 255: an octet is never changed into itself.
        return Damage(offset: start, masks: (0..<count).map { _ in UInt8(1 + dice.next() % 255) })
    }
}
