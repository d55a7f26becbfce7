/// The congestion controllers to choose from.
public enum CongestionAlgorithm: String, CaseIterable, Hashable, Sendable {
    case cubic
    case newreno
    case none
}

/// What a congestion controller is doing (RFC 5681).
public enum CongestionPhase: String, Hashable, Sendable {
    case slowStart = "slow-start"
    /// HyStart++ has seen the round trip grow, and slow start goes on at a quarter of its pace (RFC 9406 §4.2).
    case conservativeSlowStart = "conservative-slow-start"
    case congestionAvoidance = "congestion-avoidance"
    case fastRecovery = "fast-recovery"
    case loss
    /// The connection has no congestion control.
    case unlimited
}

/// How far one ACK may open the window in slow start (L of RFC 3465 §2.3).
public enum SlowStartLimit: Hashable, Sendable {
    /// As the congestion controller's own RFC says.
    case ofController
    case segments(Int)
    /// As far as it acknowledges.
    case none

    /// In segments, for a controller whose own limit is `own`; nil: none.
    func segments(_ own: Int) -> Int? {
        switch self {
        case .ofController: own
        case .segments(let count): count
        case .none: nil
        }
    }
}

/// How CUBIC is done.
public enum CubicVariant: Hashable, Sendable {
    /// RFC 9438 with HyStart++ (RFC 9406), and Reno's β beside Reno in a full queue.
    case rfc
    /// As Linux does it: `CountedCubic`.
    case linux
}

/// What an ACK outside recovery told.
package struct AcknowledgedFlight: Sendable {
    /// Octets newly acknowledged.
    package var octets: Int
    /// Octets in flight just before.
    package var inFlight: Int
    /// The smoothed round trip; zero before the first sample.
    package var roundTrip: Interval
    /// The round trip that this ACK alone has measured; nil if it could not.
    package var sample: Interval?
    /// SND.UNA after it, and SND.NXT: a round is over when SND.UNA reaches what SND.NXT was at its start.
    package var una = SequenceNumber(0)
    package var nxt = SequenceNumber(0)
    /// When the ACK arrived.
    package var at: Instant
    package var limit = SlowStartLimit.ofController
    /// A window as wide as ssthresh still grows by slow start.
    package var startsSlowlyAtThreshold = false

    package init(octets: Int, inFlight: Int, roundTrip: Interval, at now: Instant) {
        self.octets = octets
        self.inFlight = inFlight
        self.roundTrip = roundTrip
        at = now
    }
}

/// Decides how much may be in flight (RFC 5681). The connection tells it what happened; it never sees a segment.
///
/// All sizes are octets. `inFlight` is what was sent and not acknowledged just before the event, and at most the window:
/// what limited transmit has added does not count (RFC 5681 §3.2 step 2). A controller is a value, so a copy made before a
/// recovery undoes it, should the recovery turn out to be spurious (RFC 4015, RFC 9438 §4.9).
package protocol CongestionController: Sendable {
    var algorithm: CongestionAlgorithm { get }
    /// cwnd
    var window: Int { get }
    /// ssthresh; nil while arbitrarily high.
    var slowStartThreshold: Int? { get }
    var phase: CongestionPhase { get }
    /// How many times cwnd a round trip may leave at most, evenly spread; nil: the clock of ACKs is enough.
    var pacingGain: Double? { get }

    /// The handshake settled the MSS; called once, before anything else.
    mutating func onEstablished(mss: Int, synWasLost: Bool)
    /// Right after `onEstablished`: another initial window than RFC 6928's, in octets.
    mutating func setInitialWindow(_ octets: Int)
    /// An ACK outside fast recovery took octets off the flight.
    mutating func onAcknowledged(_ flight: AcknowledgedFlight)
    /// A loss was found: fast recovery begins (RFC 5681 §3.2, steps 2 and 3).
    mutating func onRecoveryEntered(inFlight: Int)
    /// In fast recovery with SACK, after each ACK: proportional rate reduction has found this window (RFC 9937).
    mutating func onRateReduced(to window: Int)
    /// In fast recovery without SACK: another duplicate ACK, so one more segment has left the network (RFC 5681 §3.2 step 4).
    mutating func onDuplicateInRecovery()
    /// In fast recovery without SACK: an ACK took `octets` but not all that was in flight at its start (RFC 6582 §3.2 step 3).
    mutating func onPartialAcknowledgment(octets: Int)
    /// An ACK covered all that was in flight when fast recovery began. The window becomes ssthresh, or `limit` if that is
    /// less, lest a burst follows (RFC 6582 §3.2 step 3).
    mutating func onRecovered(limit: Int)
    /// The retransmission timer expired; `isRepeated` if it did so before for the same segment (RFC 5681 §3.1).
    mutating func onTimeout(inFlight: Int, isRepeated: Bool)
    /// The network signals congestion without a loss that would still have to be repaired: an ECN echo, at most once a
    /// window (RFC 3168 §6.1.2), or a loss that a tail loss probe has repaired (RFC 8985 §7.4.2).
    mutating func onCongestionSignalled(inFlight: Int)
    /// Nothing was sent for longer than an RTO (RFC 5681 §4.1).
    mutating func onIdle()
    /// So much time has passed with nothing in flight, and the window stays.
    mutating func onPause(_ interval: Interval)
    /// The path takes only segments of this size from now on, which is less than before (RFC 1191, RFC 8201).
    mutating func onPathShortened(mss: Int)
    /// The path has been found to take segments of this size, which is more than before (RFC 4821).
    mutating func onPathWidened(mss: Int)
}

extension CongestionController {
    /// Time means nothing to most.
    package mutating func onPause(_ interval: Interval) {}
}

extension CongestionAlgorithm {
    /// A controller at the start of a connection.
    package func makeController(_ variant: CubicVariant = .rfc) -> any CongestionController {
        switch self {
        case .cubic:
            switch variant {
            case .rfc: Cubic()
            case .linux: CountedCubic()
            }
        case .newreno: NewReno()
        case .none: UnlimitedWindow()
        }
    }
}
