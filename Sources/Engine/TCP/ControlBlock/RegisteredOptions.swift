/// The registered options that a connection carries, with what their values depend on.
package struct RegisteredOptions: Sendable {
    private struct Entry: Sendable {
        let definition: OptionDefinition
        /// Segments that have carried it.
        var sent: UInt64 = 0
        /// What the peer sent last.
        var peer: [OptionValue]?
    }

    private var entries: [Entry] = []
    /// Octets on segments with text, and on those without; a header has room for forty.
    private var lengths: (onData: UInt8, onEmpty: UInt8)

    /// None, as nearly all connections have it.
    package init() { lengths = (0, 0) }

    package init(_ definitions: [OptionDefinition]) {
        entries = definitions.filter { $0.attachment != .never }.map { Entry(definition: $0) }
        lengths = (
            UInt8(clamping: Self.length(definitions, [.data, .every])),
            UInt8(clamping: Self.length(definitions, [.every]))
        )
    }

    /// Octets on segments with text.
    var lengthOnData: Int { Int(lengths.onData) }
    /// Octets on segments without text.
    var lengthOnEmpty: Int { Int(lengths.onEmpty) }

    /// Octets that the definitions of these attachments take together.
    package static func length(_ definitions: [OptionDefinition], _ places: [OptionDefinition.Attachment]) -> Int {
        definitions.reduce(0) { $0 + (places.contains($1.attachment) ? $1.length : 0) }
    }

    package var isEmpty: Bool { entries.isEmpty }
    /// What is carried, without the values.
    var definitions: [OptionDefinition] { entries.map(\.definition) }

    /// Adds the options that a segment of this kind carries, with fresh values.
    package mutating func append(to extra: inout OptionOctets, isSYN: Bool, hasText: Bool, at now: Instant) {
        for index in entries.indices where isCarried(entries[index].definition.attachment, isSYN, hasText) {
            let entry = entries[index]
            let values = entry.definition.fields.enumerated().map { place, field in
                Self.value(of: field, entry, place, at: now)
            }
            let fits = extra.append(kind: entry.definition.kind, data: entry.definition.encode(values))
            if fits { entries[index].sent += 1 }
        }
    }

    private func isCarried(_ attachment: OptionDefinition.Attachment, _ isSYN: Bool, _ hasText: Bool) -> Bool {
        switch attachment {
        case .syn: isSYN
        case .data: hasText && !isSYN
        case .every: true
        case .never: false
        }
    }

    private static func value(of field: OptionField, _ entry: Entry, _ place: Int, at now: Instant) -> OptionValue {
        switch field.rule {
        case .constant(let value): return value
        case .counter(let start): return field.repeated(.number(start &+ entry.sent))
        case .echo: return entry.peer?[place] ?? field.zero
        case .timestamp(let tick):
            return field.repeated(.number(UInt64(now.nanoseconds / max(tick.nanoseconds, 1))))
        }
    }

    /// Remembers what a segment of the peer's carried.
    package mutating func note(_ extra: OptionOctets) {
        guard !extra.isEmpty, !entries.isEmpty else { return }
        for case .unknown(let kind, let data) in TCPOption.decode(extra.array) {
            for index in entries.indices where entries[index].definition.matches(kind: kind, data: data) {
                if let values = entries[index].definition.decode(data) { entries[index].peer = values }
            }
        }
    }
}

extension Connection {
    /// Adds the registered options that a segment of this kind carries; called right before it leaves, so that a repetition has
    /// fresh values.
    func attachRegistered(to segment: inout OutgoingSegment, at now: Instant) {
        registered.append(
            to: &segment.options.extra, isSYN: segment.flags.contains(.syn), hasText: segment.textLength > 0, at: now)
    }
}
