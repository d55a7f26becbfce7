/// The most that was in flight within a round trip. A window counts as used if it was full at any moment of the round, not
/// only when its last ACK comes: RFC 7661 §4.2 measures pipeACK over a round trip for the same reason.
package struct FlightPeak: Sendable {
    private var peak = 0
    /// The round is over when SND.UNA reaches this; nil before the first ACK.
    private var roundEnd: SequenceNumber?

    package init() {}

    /// An ACK has come: the most octets in flight in the round that it belongs to.
    ///
    /// - Parameters:
    ///   - inFlight: just before it.
    ///   - una: SND.UNA after it.
    package mutating func onAcknowledged(inFlight: Int, una: SequenceNumber, nxt: SequenceNumber) -> Int {
        peak = max(peak, inFlight)
        let result = peak
        guard let end = roundEnd else {
            roundEnd = nxt
            return result
        }
        if una >= end {
            peak = nxt - una
            roundEnd = nxt
        }
        return result
    }
}
