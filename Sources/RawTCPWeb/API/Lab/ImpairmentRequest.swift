package import Engine

/// The body of `POST` and `PATCH` of impairments, read strictly.
package struct ImpairmentRequest: Sendable {
    /// The words of the contract.
    package enum Kind: String, CaseIterable, Sendable {
        case loss, delay, duplicate, reorder, corrupt, rate, drop, hold
    }

    /// Toxiproxy's words: upstream is what we send, downstream what comes.
    package enum Stream: String, CaseIterable, Sendable {
        case upstream, downstream

        init(_ direction: Direction) { self = direction == .outbound ? .upstream : .downstream }
        var direction: Direction { self == .upstream ? .outbound : .inbound }
    }

    /// The settings; the connection is still to be settled.
    package var settings: ImpairmentSettings
    /// The id or name of a connection; nil in it: all connections.
    package var connection: String??
    package var lease: Interval??

    /// A new impairment.
    package init(creating body: StrictObject) throws(Problem) {
        var object = body
        let name = object.name("name")
        let kind = object.word("type", Kind.self)
        if !object.written.contains("type") { object.addFault("type", "is required: one of \(Self.kinds)") }
        let stream = object.word("stream", Stream.self) ?? .downstream
        let word = kind ?? .loss
        settings = ImpairmentSettings(
            name: name ?? "\(word.rawValue)_\(stream.rawValue)", kind: .loss, seed: UInt64.random(in: 0...Self.mostSeed)
        )
        settings.stream = stream.direction
        try read(&object, word)
    }

    /// A change of `settings`; what is not named stays.
    package init(changing settings: ImpairmentSettings, _ body: StrictObject) throws(Problem) {
        var object = body
        self.settings = settings
        object.refuseNull("stream", "toxicity", "seed", "attributes")
        if let stream = object.word("stream", Stream.self) { self.settings.stream = stream.direction }
        try read(&object, Kind(rawValue: settings.kind.name) ?? .loss)
    }

    private static let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
    /// As large as a whole number of JSON that every reader understands (RFC 8259 §6).
    static let mostSeed: UInt64 = 1 << 53 - 1

    private mutating func read(_ object: inout StrictObject, _ kind: Kind) throws(Problem) {
        settings.toxicity = object.share("toxicity") ?? settings.toxicity
        settings.seed = object.integer("seed", in: 0...Int(Self.mostSeed)).map { UInt64($0) } ?? settings.seed
        if object.has("connection") { connection = .some(object.string("connection")) }
        lease = object.lease()
        var changed = settings
        let isKindSettled = settings.kind.name == kind.rawValue && kind != .loss
        _ = object.object("attributes") { attributes -> Bool? in
            changed.read(&attributes, kind, isChange: isKindSettled)
            return true
        }
        if !object.has("attributes") || object.isNull("attributes"), !isKindSettled {
            var none = StrictObject([:], at: JSONPointer.root.appending("attributes"))
            changed.read(&none, kind, isChange: false)
            for fault in none.faults { object.addFault("attributes", fault.detail) }
        }
        settings = changed
        if settings.match == .retransmission, settings.stream == .inbound {
            object.addFault(
                "attributes", "match: retransmission is for upstream; what the peer repeats nobody can tell")
        }
        try object.finish()
    }
}

extension ImpairmentSettings {
    private static let patience = Interval.zero...(.milliseconds(3_600_000))

    /// Reads the attributes of one kind; what is not named stays as it is, or has the default.
    fileprivate mutating func read(_ object: inout StrictObject, _ word: ImpairmentRequest.Kind, isChange: Bool) {
        probability = object.share("probability") ?? probability
        match = object.word("match", SegmentMatch.self) ?? match
        switch word {
        case .loss: kind = .loss
        case .duplicate: kind = .duplicate
        case .delay:
            var (latency, jitter) = (Interval.zero, Interval.zero)
            if isChange, case .delay(let old, let variation) = kind { (latency, jitter) = (old, variation) }
            latency = object.interval("latency", in: Self.patience) ?? latency
            jitter = object.interval("jitter", in: Self.patience) ?? jitter
            kind = .delay(latency: latency, jitter: jitter)
        case .reorder:
            var (gap, latency) = (1, Interval.milliseconds(100))
            if isChange, case .reorder(let old, let longest) = kind { (gap, latency) = (old, longest) }
            gap = object.integer("gap", in: 1...1_000) ?? gap
            latency = object.interval("latency", in: Self.patience) ?? latency
            kind = .reorder(gap: gap, latency: latency)
        case .corrupt:
            var (offset, octets) = (Int?.none, 1)
            if isChange, case .corrupt(let old, let count) = kind { (offset, octets) = (old, count) }
            if object.has("offset") { offset = object.integer("offset", in: 0...65_535) }
            octets = object.integer("bytes", in: 1...65_535) ?? octets
            kind = .corrupt(offset: offset, octets: octets)
        case .rate: readRate(&object, isChange: isChange)
        case .drop:
            var (nth, count) = (1, 1)
            if isChange, case .drop(let old, let many) = kind { (nth, count) = (old, many) }
            nth = object.integer("nth", in: 1...Int(Int32.max)) ?? nth
            count = object.integer("count", in: 1...Int(Int32.max)) ?? count
            kind = .drop(nth: nth, count: count)
        case .hold:
            var limit = 1_000
            if isChange, case .hold(let old) = kind { limit = old }
            limit = object.integer("limit", in: 1...10_000) ?? limit
            kind = .hold(limit: limit)
        }
        readIdle(&object, word)
    }

    /// Attributes of other types that may stand beside any type, so that one body does for all of them: they are checked, and
    /// have no effect.
    private func readIdle(_ object: inout StrictObject, _ word: ImpairmentRequest.Kind) {
        if word != .delay, word != .reorder { _ = object.interval("latency", in: Self.patience) }
        if word != .delay { _ = object.interval("jitter", in: Self.patience) }
        if word != .drop { _ = object.integer("nth", in: 1...Int(Int32.max)) }
    }

    private mutating func readRate(_ object: inout StrictObject, isChange: Bool) {
        // A megabit a second, slow enough to be seen; room for four of the longest segments: what a router of the
        // loopback's size would have.
        var (rate, burst, queue) = (125_000, 0, 262_144)
        if isChange, case .rate(let old, let allowance, let room) = kind {
            (rate, burst, queue) = (old, allowance, room)
        }
        rate = object.integer("rate", in: 1...1_000_000_000_000) ?? rate
        burst = object.integer("burst", in: 0...(1 << 30)) ?? burst
        queue = object.integer("queue", in: 0...(1 << 30)) ?? queue
        kind = .rate(octetsPerSecond: rate, burst: burst, queue: queue)
    }

    /// The attributes in force, as answers show them.
    package var attributes: JSON {
        let common: JSON = ["probability": .double(probability), "match": .string(match.rawValue)]
        let own: JSON =
            switch kind {
            case .loss, .duplicate: [:]
            case .delay(let latency, let jitter): ["latency": latency.json, "jitter": jitter.json]
            case .reorder(let gap, let latency): ["gap": .integer(gap), "latency": latency.json]
            case .corrupt(let offset, let octets): ["offset": .integer(offset), "bytes": .integer(octets)]
            case .rate(let rate, let burst, let queue):
                ["rate": .integer(rate), "burst": .integer(burst), "queue": .integer(queue)]
            case .drop(let nth, let count): ["nth": .integer(nth), "count": .integer(count)]
            case .hold(let limit): ["limit": .integer(limit)]
            }
        return common.merging(own)
    }
}

extension StrictObject {
    /// A share from 0 to 1.
    fileprivate mutating func share(_ name: String) -> Double? {
        read(name, "a number from 0 to 1") { value in
            let number: Double? =
                switch value {
                case .integer(let number): Double(number)
                case .double(let number): number
                case .null, .bool, .string, .array, .object: nil
                }
            return number.flatMap { (0...1).contains($0) ? $0 : nil }
        }
    }
}
