/// What was done to a segment on its way.
public enum ImpairmentAction: UInt8, CaseIterable, Hashable, Sendable {
    case dropped = 1
    case delayed, duplicated, corrupted, held, edited

    /// The word in the HTTP contract.
    public var name: String {
        switch self {
        case .dropped: "dropped"
        case .delayed: "delayed"
        case .duplicated: "duplicated"
        case .corrupted: "corrupted"
        case .held: "held"
        case .edited: "edited"
        }
    }
}

/// What the next record must say of what was done to its segment.
package struct RecordNote: Hashable, Sendable {
    /// From `SegmentLog.number(ofImpairment:)`.
    package var impairment: UInt16
    package var action: ImpairmentAction
    /// A packet of these octets has crossed the raw socket, or is about to.
    package var onWire: Bool
    /// The record of the segment that this one is, once more.
    package var original: UInt64?

    package init(impairment: UInt16, action: ImpairmentAction, onWire: Bool, original: UInt64? = nil) {
        self.impairment = impairment
        self.action = action
        self.onWire = onWire
        self.original = original
    }
}

/// What a record says of what was done to its segment.
public struct RecordedImpairment: Hashable, Sendable {
    public var name: String
    public var action: ImpairmentAction
    public var onWire: Bool

    public init(name: String, action: ImpairmentAction, onWire: Bool) {
        self.name = name
        self.action = action
        self.onWire = onWire
    }
}

extension SegmentRecord {
    /// What was done to the segment on its way; nil: nothing.
    public var impairment: RecordedImpairment? {
        guard facts.impairment > 0, let action = facts.impairmentAction else { return nil }
        return RecordedImpairment(
            name: chunk.impairments[Int(facts.impairment) - 1], action: action, onWire: facts.isOnWire)
    }
}
