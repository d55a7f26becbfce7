/// No congestion control: only the peer's window limits the flight. For experiments on a path of one's own.
package struct UnlimitedWindow: CongestionController {
    package let algorithm = CongestionAlgorithm.none
    /// As wide as the widest window that RFC 7323 §2.3 allows.
    package let window = 1 << 30
    package let slowStartThreshold: Int? = nil
    package let phase = CongestionPhase.unlimited
    package let pacingGain: Double? = nil

    package init() {}

    package mutating func onAcknowledged(_ flight: AcknowledgedFlight) {}
    package mutating func onRecoveryEntered(inFlight: Int) {}
    package mutating func onRateReduced(to window: Int) {}
    package mutating func onDuplicateInRecovery() {}
    package mutating func onPartialAcknowledgment(octets: Int) {}
    package mutating func onRecovered(limit: Int) {}
    package mutating func onTimeout(inFlight: Int, isRepeated: Bool) {}
    package mutating func onCongestionSignalled(inFlight: Int) {}
    package mutating func onIdle() {}
    package mutating func onPathShortened(mss: Int) {}
    package mutating func onPathWidened(mss: Int) {}
    package mutating func onEstablished(mss: Int, synWasLost: Bool) {}
    package mutating func setInitialWindow(_ octets: Int) {}
}
