/// What a connection has left in the log, and what the log knows of it.
package struct RecordTrail: Sendable {
    /// The first and last records; nil before the first.
    package private(set) var range: ClosedRange<UInt64>?
    /// When the first record was made; the log counts from here.
    @Moment package var begin: Instant?
    /// The state that the newest record ended in. The next sent one begins there, so that an edge which a user's call
    /// took shows at the segment that tells the peer.
    package var recordedState = State.closed
    /// The state that the log was told last, by a segment or without one.
    package var journaledState = State.closed

    /// One of the connection's segments got this number; 0 if the log is off.
    package mutating func note(_ record: UInt64) {
        guard record > 0 else { return }
        range = (range?.lowerBound ?? record)...record
    }
}
