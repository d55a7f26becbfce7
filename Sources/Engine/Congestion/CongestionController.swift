/// The congestion controllers to choose from.
public enum CongestionAlgorithm: String, CaseIterable, Hashable, Sendable {
    case cubic
    case newreno
    case none
}

/// What a congestion controller is doing (RFC 5681).
public enum CongestionPhase: String, Hashable, Sendable {
    case slowStart = "slow-start"
    case congestionAvoidance = "congestion-avoidance"
    case fastRecovery = "fast-recovery"
    case loss
    /// The connection has no congestion control.
    case unlimited
}

/// What an ACK outside recovery told.
package struct AcknowledgedFlight: Sendable {
    /// Octets newly acknowledged.
    package var octets: Int
    /// Octets in flight just before.
    package var inFlight: Int
    /// The smoothed round trip; zero before the first sample.
    package var roundTrip: Interval
    /// When the ACK arrived.
    package var at: Instant

    package init(octets: Int, inFlight: Int, roundTrip: Interval, at now: Instant) {
        self.octets = octets
        self.inFlight = inFlight
        self.roundTrip = roundTrip
        at = now
    }
}

/// Decides how much may be in flight (RFC 5681). The connection tells it what happened; it never sees a segment.
///
/// All sizes are octets. `inFlight` is what was sent and not acknowledged just before the event.
package protocol CongestionController: Sendable {
    var algorithm: CongestionAlgorithm { get }
    /// cwnd
    var window: Int { get }
    /// ssthresh; nil while arbitrarily high.
    var slowStartThreshold: Int? { get }
    var phase: CongestionPhase { get }

    /// An ACK outside recovery took octets off the flight.
    mutating func onAcknowledged(_ flight: AcknowledgedFlight)
    /// The third duplicate ACK came: the segment at SND.UNA is being repeated (RFC 5681 §3.2, steps 2 and 3).
    mutating func onRecoveryEntered(inFlight: Int)
    /// Another duplicate ACK came in recovery: one more segment has left the network (step 4).
    mutating func onDuplicateInRecovery()
    /// An ACK in recovery took `octets` but not all that was in flight at its start (RFC 6582 §3.2, step 3).
    mutating func onPartialAcknowledgment(octets: Int)
    /// An ACK covered all that was in flight when recovery began; `inFlight` is what is left (RFC 6582 §3.2, step 3).
    mutating func onRecovered(inFlight: Int)
    /// The retransmission timer expired; `isRepeated` if it did so before for the same segment (RFC 5681 §3.1).
    mutating func onTimeout(inFlight: Int, isRepeated: Bool)
    /// Nothing was sent for longer than an RTO (RFC 5681 §4.1).
    mutating func onIdle()
    /// The handshake settled the MSS; called once, before anything else.
    mutating func onEstablished(mss: Int, synWasLost: Bool)
}

extension CongestionAlgorithm {
    /// A controller at the start of a connection.
    package func makeController() -> any CongestionController {
        switch self {
        case .cubic: Cubic()
        case .newreno: NewReno()
        case .none: UnlimitedWindow()
        }
    }
}
