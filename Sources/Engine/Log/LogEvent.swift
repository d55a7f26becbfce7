/// A place in the log between two events: how many events after the segment with this number have been seen.
package struct LogPosition: Hashable, Comparable, Sendable {
    /// The segment; 0: before the first.
    package var number: UInt64
    /// Counts events after that segment; 0 is the segment itself.
    package var ordinal: UInt32

    package init(_ number: UInt64, _ ordinal: UInt32 = 0) {
        self.number = number
        self.ordinal = ordinal
    }

    package static func < (a: Self, b: Self) -> Bool { (a.number, a.ordinal) < (b.number, b.ordinal) }
}

/// Something that happened and is no segment, with its place among the segments.
package struct LogEvent: Hashable, Sendable {
    /// What may happen to a connection or an impairment as a whole.
    package enum Fate: String, Hashable, Sendable {
        case created
        /// Its name or its options.
        case changed
        case deleted
    }

    /// What happened.
    package enum Kind: Hashable, Sendable {
        /// The connection went from one state to another; `bySegment`: the segment before this event did it, else a timer
        /// or the user.
        case state(ConnectionID, from: State, to: State, bySegment: Bool)
        case connection(ConnectionID, Fate)
        /// The impairment of this name.
        case impairment(String, Fate)
        /// The kernel dropped so many packets before they could be seen.
        case dropped(UInt64)
    }

    package let position: LogPosition
    /// Nanoseconds since 1970.
    package let wall: Int64
    package let kind: Kind

    /// The connection that it is about; nil if it is about none.
    package var connection: ConnectionID? {
        switch kind {
        case .state(let id, _, _, _), .connection(let id, _): id
        case .impairment, .dropped: nil
        }
    }
}
