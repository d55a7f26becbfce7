/// What routers and hosts on the way say about our segments (RFC 9293 §3.9.2.2, RFC 5927), and path MTU discovery (RFC 1191,
/// RFC 8201).
extension Connection {
    /// The newest error of the network about this connection, and how many there were.
    package struct NetworkTrouble: Sendable {
        package var error: NetworkError
        package var at: Instant
        package var count: Int
    }

    /// What an error of the network has led to.
    package enum NetworkErrorOutcome: Hashable, Sendable {
        /// It does not quote what is in flight: forged, or long over.
        case disbelieved
        /// Remembered, for whoever asks what the matter is.
        case remembered
        /// The path takes only packets of this many octets.
        case shortened(Int)
        /// The connection is over.
        case aborted
    }

    /// Takes in an ICMP error that quotes a segment of this connection's four-tuple.
    package func receiveNetworkError(_ error: NetworkError, at now: Instant) -> NetworkErrorOutcome {
        // RFC 5927 §4.1: "TCP SHOULD check that the TCP sequence number contained in the payload of the ICMP error message
        // is within the range SND.UNA =< SEG.SEQ < SND.NXT."
        // By distance: half a ring away, `<` and `<=` would both hold.
        let ahead = error.sequence.rawValue &- send.una.rawValue
        guard !isOver, ahead < UInt32(truncatingIfNeeded: send.nxt - send.una) else { return .disbelieved }
        switch error.kind {
        case .discarded: return .disbelieved
        case .tooBig(let mtu): return shortenPath(to: mtu ?? nextPlateau, error, at: now)
        case .hard where !state.isSynchronized && !options.habits.ignoresHardErrors,
            .soft where !state.isSynchronized && endsOpen(error):
            remember(error, at: now)
            trigger = nil
            becomeClosed(.unreachable, at: now)
            return .aborted
        case .hard, .soft:
            remember(error, at: now)
            return .remembered
        }
    }

    /// A soft error that ends an open all the same, for those who do not wait.
    private func endsOpen(_ error: NetworkError) -> Bool {
        options.habits.endsOpenOnSoftErrors
            || (options.habits.endsOpenAtHopLimit && error.isHopLimitExceeded && !options.habits.ignoresHardErrors)
    }

    /// The kernel would not take a packet of ours because its device takes only this many octets.
    package func shortenPath(to mtu: Int, at now: Instant) -> Bool {
        guard mtu >= Self.smallestMTU(tuple.local.address.family), mtu < pathMTU else { return false }
        pathMTU = mtu
        mss = min(mss, pathMSS)
        let window = congestion.window
        congestion.onPathShortened(mss: mss)
        if options.habits.keepsWindowOnNarrowPath { congestion.onRateReduced(to: window) }
        episode?.before.onPathShortened(mss: mss)
        trigger = nil
        retransmission.markLost(longerThan: maximumText, .mtuRetransmit)
        return true
    }

    private func shortenPath(to mtu: Int, _ error: NetworkError, at now: Instant) -> NetworkErrorOutcome {
        // RFC 1191 §3, RFC 8201 §4: "A node MUST NOT increase its estimate of the Path MTU in response to the contents of a
        // Packet Too Big message."
        guard shortenPath(to: mtu, at: now) else { return .disbelieved }
        remember(error, at: now)
        return .shortened(mtu)
    }

    private func remember(_ error: NetworkError, at now: Instant) {
        trouble = NetworkTrouble(error: error, at: now, count: (trouble?.count ?? 0) + 1)
        changes.insert(.state)
    }

    /// The largest segment that the path carries.
    var pathMSS: Int { max(pathMTU - tuple.local.address.family.headers, Self.smallestMSS) }

    /// The most that a SYN announces on a path which has become narrower: no limit, unless our habit is to tell.
    var announcedPathMSS: Int {
        switch options.habits.pathAnnouncement {
        case .never: Int.max
        case .onlyV6: tuple.local.address.family == .v6 ? pathMSS : Int.max
        case .always: pathMSS
        }
    }

    /// Room for text beside the longest options.
    private static let smallestMSS = 64

    /// A path that claims to take less is not believed. RFC 8200 §5: "IPv6 requires that every link in the Internet have an
    /// MTU of 1280 octets or greater." For IPv4 it is what `smallestMSS` needs: RFC 791's 68 octets would leave no room for
    /// text, and serve nobody but an attacker (RFC 5927 §7.2).
    private static func smallestMTU(_ family: IPAddress.Family) -> Int {
        family == .v6 ? 1_280 : smallestMSS + family.headers
    }

    /// RFC 1191 §7.1: what to try where a router does not say what its next hop takes, the next of these below what was sent.
    private var nextPlateau: Int {
        let plateaus = [32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296]
        return plateaus.first { $0 < pathMTU } ?? pathMTU
    }
}
