/// The most that was in flight within a round trip. A window counts as used if it was full at any moment of the round, not
/// only when its last ACK comes: RFC 7661 §4.2 measures pipeACK over a round trip for the same reason.
package struct FlightPeak: Sendable {
    // Half words, since every connection has them: no window is wider than 2^30 (RFC 7323 §2.3).
    private var peak: UInt32 = 0
    /// That of the round before.
    private var last: UInt32 = 0
    /// The round is over when SND.UNA reaches this; nil before the first ACK.
    private var roundEnd: SequenceNumber?

    package init() {}

    /// The most octets in flight in this round and the one before it.
    package var most: Int { Int(max(peak, last)) }

    /// An ACK has come: the most octets in flight in the round that it belongs to.
    ///
    /// - Parameters:
    ///   - inFlight: just before it.
    ///   - una: SND.UNA after it.
    ///   - countsBegun: a round begins with all that was sent since the last one ended, not with what is left of that.
    package mutating func onAcknowledged(
        inFlight: Int, una: SequenceNumber, nxt: SequenceNumber, countsBegun: Bool = false
    ) -> Int {
        peak = max(peak, UInt32(clamping: inFlight))
        guard let end = roundEnd else {
            roundEnd = nxt
            return Int(peak)
        }
        // Where nothing has left since the round began, the window is as used as it was before: in Linux only what leaves asks
        // (tcp_cwnd_validate()).
        let result = countsBegun && nxt == end ? most : Int(peak)
        if una >= end {
            last = peak
            peak = UInt32(clamping: nxt - (countsBegun ? end : una))
            roundEnd = nxt
        }
        return result
    }
}
