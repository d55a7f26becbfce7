/// Packetization layer path MTU discovery (RFC 4821): segments that are longer than the others, and what becomes of them.
extension Connection {
    /// Fewer segments than this in the congestion window are too few to spend some on a probe (tcp_mtu_probe()).
    private static let leastWindow = 11

    private var headers: Int { tuple.local.address.family.headers }

    /// The peer's SYN has told how long segments may be.
    func preparePathSearch(peerMSS: Int) {
        let habits = options.habits.pathProbing
        guard habits.beginning != .never else { return }
        pathSearch = PathSearch(
            low: Int(habits.baseMSS) + headers, most: peerMSS + headers, isActive: habits.beginning == .atOnce)
    }

    /// A segment of new text that is longer than the others, where the path may take it and enough follows to tell of its loss.
    func nextPathProbe(_ probe: inout OutgoingSegment, at now: Instant) -> Bool {
        guard recovery.phase == .open, reassembly.ranges.isEmpty,
            congestion.window >= Self.leastWindow * mss, retransmission.pipe + 2 * mss <= congestion.window
        else { return false }
        let (current, limit, step) = (mss + headers, pathMTU, Int(options.habits.pathProbing.leastStep))
        let next = $pathSearch.change { $0.nextSize(above: current, limit: limit, step: step, at: now) }
        guard let size = next ?? nil else { return false }
        let length = size - current + maximumText
        // RFC 4821 §7.4: enough text behind it for three duplicates.
        let needed = length + (RetransmissionQueue.duplicateThreshold + 1) * maximumText
        guard unsentText >= needed, send.usableWindow >= needed, nextRun >= length, !isPaced(at: now) else {
            return false
        }
        makeText(&probe, length: length, cause: .data, at: now)
        markCapable(&probe)
        let (start, end) = (probe.sequence, probe.end)
        $pathSearch.change { $0.onSent(start, end, size: size) }
        return true
    }

    /// SND.UNA has moved, maybe beyond a probe: then all segments may be as long.
    func takePathProbeAnswer() {
        let una = send.una
        guard let size = $pathSearch.change({ $0.onAcknowledged(upTo: una) }) ?? nil, size - headers > mss else {
            return
        }
        mss = size - headers
        congestion.onPathWidened(mss: mss)
    }

    /// So many octets are lost: true if they were a probe, and nothing needs to be reduced.
    func isLossOfPathProbe(octets: Int) -> Bool {
        let una = send.una
        return $pathSearch.change { $0.onLoss(octets: octets, una: una) } ?? false
    }

    /// A timeout: after some in a row the path may be one that drops long packets.
    func noteTimeoutForPathSearch(_ oldest: SentSegment) {
        guard $pathSearch.isSet else { return }
        $pathSearch.change { $0.onTimeout() }
        guard oldest.transmissions >= Self.r1 else { return }
        let (habits, headers) = (options.habits.pathProbing, headers)
        $pathSearch.change {
            $0.onSilence(base: Int(habits.baseMSS), floor: Int(habits.leastMSS), headers: headers)
        }
        guard let low = pathSearch?.low, low - headers < mss else { return }
        mss = low - headers
        congestion.onPathShortened(mss: mss)
    }

    /// The route carries packets of this size from now on; who searches will find out what that is worth.
    package func takeRoute(mtu: Int, at now: Instant) {
        guard $pathSearch.isSet else { return }
        if mtu < pathMTU { _ = shortenPath(to: mtu, at: now) } else { pathMTU = mtu }
    }
}
