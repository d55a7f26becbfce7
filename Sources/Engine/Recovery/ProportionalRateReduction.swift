/// Proportional rate reduction (RFC 9937): how much may leave for each acknowledgment in fast recovery, so that the flight
/// shrinks to ssthresh evenly, and never in one silence or one burst.
package struct ProportionalRateReduction: Sendable {
    /// ssthresh
    private let threshold: Int
    /// RecoverFS
    private let flight: Int
    /// SMSS
    private let mss: Int
    /// prr_delivered
    private var delivered = 0
    /// prr_out
    private var out = 0

    /// Recovery begins.
    ///
    /// - Parameter flight: octets in flight when it does, without those that the peer had reported before
    ///   (RFC 9937 §6.1, RecoverFS).
    package init(threshold: Int, flight: Int, mss: Int) {
        self.threshold = threshold
        self.flight = max(flight, 1)
        self.mss = mss
    }

    /// An acknowledgment has come, or a timer has begun the recovery. Returns cwnd; nil to leave it.
    ///
    /// - Parameters:
    ///   - octets: DeliveredData, newly arrived, cumulatively or selectively.
    ///   - pipe: octets in flight now.
    ///   - isSafe: SafeACK. RFC 9937 §6.2: "SND.UNA advances and no further loss indicated".
    package mutating func window(delivered octets: Int, pipe: Int, isSafe: Bool) -> Int? {
        guard octets > 0 || out == 0 else { return nil }
        delivered += octets
        var count: Int
        if pipe > threshold {
            // RFC 9937 §6.2: "out = DIV_ROUND_UP(prr_delivered * ssthresh, RecoverFS)", "SndCnt = out - prr_out"
            count = (delivered * threshold + flight - 1) / flight - out
        } else {
            // "PRR-CRB by default": as much as has arrived; "PRR-SSRB when recovery is making good progress": one segment more.
            count = max(delivered - out, octets)
            if isSafe { count += mss }
            count = min(threshold - pipe, count)
        }
        count = max(count, 0)
        // "if (prr_out is 0 AND SndCnt is 0) … Force a fast retransmit upon entering recovery": also where less than a segment
        // might go, since we send whole ones.
        if out == 0, count < mss { count = mss }
        return pipe + count
    }

    /// Octets have left, for the first time or again.
    package mutating func onSent(_ octets: Int) { out += octets }
}
