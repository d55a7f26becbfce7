/// Text that has waited for its acknowledgment in vain.
struct Stall: Sendable {
    /// When it was repeated for the first time, or would have been.
    let since: Instant
    /// Timeouts since then.
    var timeouts = 1
}

/// R2 as a number of repetitions, which stands for the time that they take (Linux's tcp_retries2).
extension Connection {
    /// Repetitions where nobody would hear of the connection any more: net.ipv4.tcp_orphan_retries.
    private static let retriesWithoutUser = 8
    /// What the first repetition is taken to wait: TCP_RTO_MIN.
    private static let firstWait = Interval.milliseconds(200)

    /// The time that so many repetitions take, each waiting twice as long as the one before, up to `longest`.
    ///
    /// tcp_timer.c: tcp_model_timeout().
    package static func patience(retries: Int, longest: Interval) -> Interval {
        var (sum, wait) = (Interval.zero, firstWait)
        for _ in 0...min(max(retries, 0), 255) {
            sum = sum + wait
            wait = wait * 2 <= longest ? wait * 2 : longest
        }
        return sum
    }

    /// How long text waits before it ends the connection, for those who count repetitions.
    private var patienceOfRetries: Interval? {
        guard let retries = options.habits.dataRetries else { return nil }
        let isOrphan = refusesText || hasNoReader
        let limit = isOrphan ? Self.retriesWithoutUser : retries
        return Self.patience(retries: limit, longest: options.habits.maximumRTO)
    }

    /// Text waits no longer: the timer has expired again, and it was repeated often enough.
    func hasRetriedEnough(at now: Instant) -> Bool {
        guard options.userTimeout == nil, negotiatedUserTimeout == nil else { return false }
        guard let stall, let patience = patienceOfRetries else { return false }
        return now - stall.since >= patience
    }

    /// The SYN,ACK of a listener's connection is repeated a number of times, not for a time.
    var countsOffers: Bool { state == .synReceived && listener != nil && options.habits.synAckRetries != nil }

    /// The SYN,ACK has been repeated often enough, and nobody is to be told of a connection that has never been. One that was
    /// acknowledged waits for text as long as its listener wants (inet_connection_sock.c, syn_ack_recalc()).
    var hasOfferedEnough: Bool {
        guard countsOffers, let retries = options.habits.synAckRetries else { return false }
        let isPromised = isAcceptanceDeferred && counters.timeouts < options.habits.acceptDeferral
        return counters.timeouts >= retries && !isPromised
    }

    /// The text at SND.UNA was not acknowledged in time.
    func noteStall(at now: Instant) {
        if $stall.isSet { $stall.change { $0.timeouts += 1 } } else { stall = Stall(since: now) }
    }

    /// Timeouts since text was acknowledged last.
    package var timeoutsInRow: Int { stall?.timeouts ?? 0 }

    /// R2 for data, where the user has said nothing. Repetitions end the connection before, but not who asks a closed window.
    var standardPatience: Interval {
        guard let patience = patienceOfRetries else { return Self.r2ForData }
        return max(patience + options.habits.maximumRTO * 2, Self.r2ForData)
    }
}
