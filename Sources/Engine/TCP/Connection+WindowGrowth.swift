/// How an acknowledgment outside recovery opens the congestion window (RFC 5681 §3.1, RFC 7661).
extension Connection {
    /// Lets the controller open its window for what has been acknowledged.
    ///
    /// - Parameter reported: octets that duplicate ACKs have reported before, as far as they can say.
    func growWindow(_ arrival: Arrival, reported: Int = 0) {
        guard arrival.text > 0 || growsOnReports else { return }
        let countsPeak = options.habits.countsPeakOfRound
        let peak = flightPeak.onAcknowledged(
            inFlight: arrival.inFlight, una: send.una, nxt: send.nxt, countsBegun: countsPeak)
        // Linux lets the window grow while it is below, not at, twice the most that was in flight in the round.
        let used = countsPeak ? peak - 1 : arrival.inFlight
        let delivered = options.habits.countsDeliveredOnce ? newlyDelivered(arrival, reported: reported) : arrival.text
        let octets = min(delivered, growthLeft)
        guard octets > 0 || growthLeft > 0 else { return }
        var flight = AcknowledgedFlight(
            octets: octets, inFlight: used, roundTrip: rtt.smoothed ?? .zero, at: arrival.delivery.at)
        flight.sample = arrival.sample
        flight.una = send.una
        flight.nxt = send.nxt
        flight.limit = options.habits.slowStartLimit
        flight.startsSlowlyAtThreshold = options.habits.startsSlowlyAtThreshold
        congestion.onAcknowledged(flight)
    }

    /// How far the congestion window may still grow at all.
    private var growthLeft: Int {
        options.habits.widestCongestionWindow.map { max($0 * mss - congestion.window, 0) } ?? .max
    }

    /// Selective acknowledgments open the window where segments are known to overtake each other: Linux, tcp_may_raise_cwnd().
    private var growsOnReports: Bool {
        options.habits.countsDeliveredOnce && negotiated.sack
            && rack.reorderingExtent > RetransmissionQueue.duplicateThreshold * mss
    }

    /// Octets of text that were not known to have arrived before this acknowledgment.
    private func newlyDelivered(_ arrival: Arrival, reported: Int) -> Int {
        guard negotiated.sack else { return max(arrival.text - reported, min(arrival.text, mss)) }
        return arrival.delivery.octets - (arrival.delivery.hadSyn ? 1 : 0) - (arrival.delivery.hadFin ? 1 : 0)
    }
}
