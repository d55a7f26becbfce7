/// A TCP option that the user makes up; it goes out verbatim.
public struct CustomOption: Hashable, Sendable {
    /// Which segments carry it.
    public enum Place: String, CaseIterable, Hashable, Sendable {
        /// SYN and SYN,ACK.
        case syn
        /// Segments with text.
        case data
        /// All segments but RSTs.
        case every
    }

    /// 2 … 255: End of Option List and No-Operation, 0 and 1, are single octets (RFC 9293 §3.2).
    public var kind: UInt8
    /// The octets behind kind and length.
    public var data: [UInt8]
    public var place: Place

    public init(kind: UInt8, data: [UInt8], place: Place) {
        self.kind = kind
        self.data = data
        self.place = place
    }

    /// Octets that it takes, kind and length included.
    public var length: Int { data.count + 2 }
}

/// A connection's own options, put together once for each kind of segment, so that none is allocated later. A class, since
/// nearly all connections have none and share that.
final class ExtraOptions: Sendable {
    static let none = ExtraOptions()

    /// What SYN and SYN,ACK carry.
    let onSyn: OptionOctets
    /// What segments with text carry.
    let onData: OptionOctets
    /// What the others carry.
    let onEmpty: OptionOctets

    private init(
        onSyn: OptionOctets = OptionOctets(), onData: OptionOctets = OptionOctets(),
        onEmpty: OptionOctets = OptionOctets()
    ) {
        self.onSyn = onSyn
        self.onData = onData
        self.onEmpty = onEmpty
    }

    /// No segment carries any; what every segment carries is on both of these.
    var isEmpty: Bool { onSyn.isEmpty && onData.isEmpty }

    /// Puts the options together.
    static func of(_ options: [CustomOption]) -> ExtraOptions {
        guard !options.isEmpty else { return none }
        return ExtraOptions(
            onSyn: octets(of: options) { $0 != .data }, onData: octets(of: options) { $0 != .syn },
            onEmpty: octets(of: options) { $0 == .every })
    }

    private static func octets(
        of options: [CustomOption], in belongs: (CustomOption.Place) -> Bool
    ) -> OptionOctets {
        var octets = OptionOctets()
        for option in options where belongs(option.place) { octets.append(kind: option.kind, data: option.data) }
        return octets
    }
}

extension ConnectionOptions {
    /// Why the options do not fit into the forty octets that a header has for them (RFC 9293 §3.1); nil if they do.
    public var optionOverflow: String? { optionOverflow(beside: []) }

    /// The same with options that are registered at run time beside them.
    func optionOverflow(beside definitions: [OptionDefinition]) -> String? {
        // All that is ours fits. Nearly nobody has options of their own.
        guard !customOptions.isEmpty || !definitions.isEmpty else { return nil }
        // MSS and window scale 4 each, timestamps 12 with SACK-permitted inside; without timestamps SACK-permitted is 4.
        let handshake = 4 + (windowScale == nil ? 0 : 4) + (timestamps ? 12 : sack ? 4 : 0)
        let extra = ExtraLengths(self)
        let onSYN = extra.syn + RegisteredOptions.length(definitions, [.syn, .every])
        let onData = extra.data + RegisteredOptions.length(definitions, [.data, .every])
        return Self.overflow("SYN", handshake, onSYN) ?? Self.overflow("data", timestamps ? 12 : 0, onData)
    }

    private static func overflow(_ segment: String, _ standard: Int, _ extra: Int) -> String? {
        let padded = (extra + 3) & ~3
        guard standard + padded > OptionOctets.capacity else { return nil }
        return
            "a \(segment) segment would carry \(standard + padded) octets of options, \(standard) of them the connection's own;"
            + " a header has room for \(OptionOctets.capacity)"
    }

    /// Octets of custom options per kind of segment.
    private struct ExtraLengths {
        let syn: Int
        let data: Int

        init(_ options: ConnectionOptions) {
            func sum(_ place: CustomOption.Place) -> Int {
                options.customOptions.filter { $0.place == place || $0.place == .every }.reduce(0) { $0 + $1.length }
            }
            // A cookie of 8 octets, as ours and Linux's are; for a longer one without room the SYN goes out without Fast Open.
            // A user timeout takes 4 (RFC 5482 §3).
            syn = sum(.syn) + (options.fastOpen ? 10 : 0) + (options.userTimeoutOption ? 4 : 0)
            data = sum(.data) + (options.userTimeoutOption ? 4 : 0)
        }
    }
}
