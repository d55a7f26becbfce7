/// Fast recovery with SACK as BSD had it before proportional rate reduction (FreeBSD: `net.inet.tcp.do_prr`): a window of its own
/// begins with one segment, and opens by one for each duplicate ACK once enough has left the network.
package struct StepwiseRecovery: Sendable {
    /// ssthresh
    private let threshold: Int
    /// SMSS
    private let mss: Int
    /// SND.NXT when recovery began: sack_newdata.
    package let start: SequenceNumber
    /// snd_cwnd
    private var window: Int
    /// Octets of the rescue retransmission, which count as on their way until the recovery is over; 0: there was none.
    package private(set) var rescued = 0

    package init(threshold: Int, mss: Int, nxt: SequenceNumber) {
        self.threshold = threshold
        self.mss = mss
        start = nxt
        window = mss
    }

    /// The newest segment is repeated, since nothing behind it could tell that it is lost.
    package mutating func onRescue(octets: Int) { rescued = octets }

    /// A duplicate ACK has come.
    ///
    /// - Parameter inNetwork: octets that are taken to be in the network: awnd.
    package mutating func onDuplicate(inNetwork: Int) {
        if inNetwork < threshold { window = min(window + mss, threshold) }
    }

    /// An ACK has taken part of what was in flight when recovery began: tcp_sack_partialack().
    ///
    /// - Parameters:
    ///   - octets: so many.
    ///   - repeated: octets of repetitions that are on their way: sack_bytes_rexmit.
    ///   - new: octets sent for the first time since recovery began.
    package mutating func onPartialAcknowledgment(octets: Int, repeated: Int, new: Int) {
        window = min(repeated + new + (octets >= 2 * mss ? 2 : 1) * mss, threshold)
    }

    /// Octets that may leave now, holes first: tcp_output().
    ///
    /// - Parameters:
    ///   - holes: octets that wait to be repeated.
    ///   - inFlight: SND.NXT - SND.UNA.
    package func allowance(holes: Int, repeated: Int, new: Int, inFlight: Int) -> Int {
        let forHoles = window - repeated
        let forNew = repeated + holes == 0 ? window - inFlight : window - new - repeated
        return max(holes > 0 ? min(forHoles, max(holes, forNew)) : forNew, 0)
    }
}

extension RetransmissionQueue {
    /// The newest segment, if it has text and was sent once only, waits to be repeated. Returns its octets.
    package mutating func markNewestLost(_ cause: Cause) -> Int {
        guard let newest = segments.last, newest.textLength > 0, newest.fate == .outstanding, !newest.wasRepeated else {
            return 0
        }
        markLost(at: segments.count - 1, cause)
        return newest.textLength
    }

    /// The newest segment is reported as held.
    package var isNewestReported: Bool { segments.last?.fate == .sacked }

    /// What lies in front of a selectively acknowledged segment, and was not repeated, waits to be: BSD asks for no more proof.
    /// Returns the octets that wait, and those of repetitions that are on their way.
    ///
    /// - Parameter limit: a hole from here on is the next recovery's: snd_recover.
    package mutating func markHoles(upTo limit: SequenceNumber, _ cause: Cause) -> (waiting: Int, repeated: Int) {
        var (passed, waiting, repeated) = (0, 0, 0)
        for index in segments.indices {
            let segment = segments[index]
            switch segment.fate {
            case .sacked: passed += 1
            case .lost: waiting += segment.length
            case .outstanding where segment.wasRepeated: repeated += segment.length
            case .outstanding where passed < sackedCount && segment.sequence < limit:
                markLost(at: index, cause)
                waiting += segment.length
            case .outstanding: break
            }
        }
        return (waiting, repeated)
    }
}
