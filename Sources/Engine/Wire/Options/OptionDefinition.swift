/// A TCP option that somebody registered at run time: its kind, what its octets mean, and which segments carry it.
public struct OptionDefinition: Hashable, Sendable {
    /// Which segments carry it.
    public enum Attachment: String, CaseIterable, Hashable, Sendable {
        /// SYN and SYN,ACK.
        case syn
        /// Segments with text.
        case data
        /// All segments but RSTs.
        case every
        /// It is only decoded.
        case never
    }

    public var name: String
    /// 2 … 255: 0 and 1 are single octets (RFC 9293 §3.1).
    public var kind: UInt8
    /// RFC 6994: the experiment identifier that follows kind and length, 2 or 4 octets; none: the kind is the option's own.
    public var experiment: [UInt8]
    public var fields: [OptionField]
    public var attachment: Attachment

    public init(name: String, kind: UInt8, experiment: [UInt8], fields: [OptionField], attachment: Attachment) {
        self.name = name
        self.kind = kind
        self.experiment = experiment
        self.fields = fields
        self.attachment = attachment
    }

    /// Octets that it takes in a segment, kind, length and experiment identifier included.
    public var length: Int { 2 + experiment.count + fields.reduce(0) { $0 + $1.length } }
}

/// One field of a registered option.
public struct OptionField: Hashable, Sendable {
    /// The type of a value: an unsigned number of so many bits, octets, or UTF-8.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case u8, u16, u32, u64, bytes, text
    }

    /// How many values it has.
    public enum Count: Hashable, Sendable {
        case one
        case array(Int)
        /// As many as the option's length leaves; only the last field.
        case rest
    }

    /// Where the value comes from, anew for each segment, retransmissions included.
    public enum Rule: Hashable, Sendable {
        case constant(OptionValue)
        /// Counts the connection's segments that carry it.
        case counter(start: UInt64)
        /// What the peer sent last in this field; zeros before.
        case echo
        /// The monotonic clock in ticks of this length.
        case timestamp(tick: Interval)
    }

    public var name: String
    public var kind: Kind
    public var count: Count
    /// Octets of one value of `bytes` or `text`; nil: as many as the option's length leaves, or the constant has.
    public var size: Int?
    public var rule: Rule

    public init(name: String, kind: Kind, count: Count = .one, size: Int? = nil, rule: Rule) {
        self.name = name
        self.kind = kind
        self.count = count
        self.size = size
        self.rule = rule
    }

    /// Octets of one value; nil: as many as there are.
    var width: Int? {
        switch kind {
        case .u8: 1
        case .u16: 2
        case .u32: 4
        case .u64: 8
        case .bytes, .text: size
        }
    }

    /// Octets that it takes when we send it.
    var length: Int {
        switch (count, width) {
        case (.one, let width?): width
        case (.array(let count), let width?): count * width
        case (.rest, _), (_, nil):
            if case .constant(let value) = rule { encode(value).count } else { 0 }
        }
    }
}

/// What a field of a registered option holds.
public indirect enum OptionValue: Hashable, Sendable {
    case number(UInt64)
    case octets([UInt8])
    case text(String)
    case list([OptionValue])
}
