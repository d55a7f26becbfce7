/// A controller that takes loss for congestion, and keeps its window as RFC 5681 does: what all of these share.
///
/// Each adds how it avoids congestion, how far it backs off, and what it forgets then.
package protocol LossBasedController: CongestionController {
    /// cwnd and ssthresh.
    var cwnd: CongestionWindow { get set }
}

extension LossBasedController {
    package var window: Int { cwnd.size }
    package var slowStartThreshold: Int? { cwnd.threshold }
    package var phase: CongestionPhase { cwnd.phase }

    package mutating func onEstablished(mss: Int, synWasLost: Bool) { cwnd.start(mss: mss, synWasLost: synWasLost) }
    package mutating func setInitialWindow(_ octets: Int) { cwnd.setInitial(octets) }
    package mutating func onRateReduced(to window: Int) { cwnd.follow(window) }
    package mutating func onDuplicateInRecovery() { cwnd.inflate() }
    package mutating func onPartialAcknowledgment(octets: Int) { cwnd.deflate(octets: octets) }
    package mutating func onRecovered(limit: Int) { cwnd.leaveRecovery(limit: limit) }
    package mutating func onIdle() { cwnd.restartAfterIdle() }
    /// As many segments as before.
    package mutating func onPathShortened(mss: Int) { cwnd.shortenSegments(to: mss) }
    package mutating func onPathWidened(mss: Int) { cwnd.lengthenSegments(to: mss) }
}
