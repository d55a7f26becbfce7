/// Explicit congestion notification of one connection (RFC 3168 §6.1), and its accurate variant (RFC 9768).
extension Connection {
    private static let bits: TCPFlags = [.ae, .cwr, .ece]

    /// RFC 3168 §6.1.1: "an ECN-setup SYN packet" has ECE and CWR, "an ECN-setup SYN-ACK packet" ECE only. With AE, a SYN offers
    /// AccECN, and the answer tells how it came.
    ///
    /// A SYN that got no answer is repeated without: §6.1.1.1 "A host that receives no reply to an ECN-setup SYN within the
    /// normal SYN retransmission timeout interval MAY resend the SYN … with CWR and ECE cleared", for the path's sake.
    func offerECN(_ syn: inout OutgoingSegment) {
        if syn.flags.contains(.ack) {
            if let codepoint = ecn.accurate?.synCodepoint {
                guard counters.timeouts <= options.habits.ecn.accurateSynRepetitions else { return }
                syn.flags.formUnion(AccurateECN.flags(telling: codepoint))
            } else if negotiated.ecn {
                syn.flags.insert(.ece)
            }
        } else if options.ecn, maySynOfferECN {
            syn.flags.formUnion(options.habits.ecn.offersAccurate ? Self.bits : [.ece, .cwr])
        }
    }

    /// Our SYN was not repeated too often for that yet.
    private var maySynOfferECN: Bool {
        let habits = options.habits.ecn
        return counters.timeouts <= (habits.offersAccurate ? habits.accurateSynRepetitions : habits.synRepetitions)
    }

    /// Reads the peer's SYN or SYN,ACK; anything but the right flags means no ECN, and never harms the handshake.
    func settleECN(_ syn: Segment) {
        guard options.ecn else { return }
        let offered = syn.flags.intersection(Self.bits)
        if isAccurate(offered, isAnswer: syn.flags.contains(.ack)) {
            ecn.accurate = AccurateECN(syn: syn.codepoint, isAnswer: syn.flags.contains(.ack))
            ecn.accurate?.takeOption(syn.options)
            negotiated.ecn = true
            return
        }
        // §6.1.1: a reflection of both flags in a SYN,ACK is the mark of a broken host, not an agreement.
        negotiated.ecn =
            syn.flags.contains(.ack)
            ? offered.subtracting(.ae) == .ece && maySynOfferECN : offered.subtracting(.ae) == [.ece, .cwr]
    }

    /// RFC 9768 §3.1.1, Table 2: answers that only a host with AccECN gives, and one that is reserved. In a SYN, any bits with AE
    /// are an offer, so that later variants can be told apart.
    private func isAccurate(_ offered: TCPFlags, isAnswer: Bool) -> Bool {
        guard isAnswer else { return options.habits.ecn.acceptsAccurate && offered.contains(.ae) }
        let isAsked = maySynOfferECN || options.habits.ecn.believesLateAnswer
        return options.habits.ecn.offersAccurate && isAsked && offered != Self.bits
            && !offered.isDisjoint(with: [.ae, .cwr])
    }

    /// RFC 3168 §6.1.5, §6.1.6: retransmissions, window probes and pure ACKs are never marked capable; new text is.
    func markCapable(_ segment: inout OutgoingSegment) {
        guard negotiated.ecn, !isECNCleared, segment.textLength > 0, segment.cause != .windowProbe else { return }
        segment.codepoint = .capable0
        if ecn.owesReduced { segment.flags.insert(.cwr) }
    }

    /// The path does not let AccECN through: nothing is marked capable, since no mark would be heard of.
    private var isECNCleared: Bool { ecn.accurate?.isCleared == true && !options.habits.ecn.marksOnClearedPath }

    /// Marks what RFC 3168 leaves unmarked, for those who do.
    func markExceptionally(_ segment: inout OutgoingSegment) {
        let habits = options.habits.ecn
        let marked = ecn.accurate == nil ? habits.capable : habits.capableOnceAccurate
        guard !marked.isEmpty, segment.codepoint == .notCapable else { return }
        let kind: ECNHabits.Segments
        if segment.flags.contains(.syn) {
            guard !segment.flags.isDisjoint(with: Self.bits) else { return }
            kind = segment.flags.contains(.ack) ? .synAck : .syn
        } else {
            guard negotiated.ecn, !isECNCleared else { return }
            kind = segment.retransmits != nil ? .repetitions : segment.textLength > 0 ? .probes : .empty
        }
        if marked.contains(kind) { segment.codepoint = .capable0 }
    }

    /// An acceptable segment has come: notes its codepoint.
    func noteCodepoint(of segment: Segment) {
        guard negotiated.ecn else { return }
        let isChange = ecn.accurate?.note(segment) == true
        if options.habits.ecn.acknowledgesReduction, ecn.endEcho(segment) { debt = .due(.ack) }
        guard segment.textLength > 0 else { return }
        if isChange, options.habits.ecn.acknowledgesChange { debt = .due(.ack) }
        guard ecn.onText(segment), !options.habits.ecn.delaysEcho else { return }
        debt = .due(.ack)
    }

    /// The peer repeats its SYN,ACK: our answer to it did not arrive.
    func noteRepeatedAnswer(_ segment: Segment) {
        guard ecn.accurate != nil, segment.flags.intersection([.syn, .ack]) == [.syn, .ack] else { return }
        ecn.accurate?.handshake = segment.codepoint
    }

    /// The peer repeats its SYN: our answer to it did not arrive, and another goes out.
    func noteRepeatedSyn(_ segment: Segment) {
        if ecn.accurate != nil { ecn.accurate?.takeRepeatedSyn(segment) }
    }

    /// A segment is about to be judged: has the peer's clock moved on since the last one?
    func noteStampProgress(_ segment: Segment) {
        guard ecn.accurate != nil, let value = segment.options.timestamps?.value else { return }
        ecn.accurate?.hasNewerStamp = timestamps.recent.map { Int32(bitPattern: value &- $0) > 0 } ?? false
    }

    /// An acceptable ACK may carry the echo of a congestion that our segments met.
    ///
    /// - Parameters:
    ///   - inFlight: octets in flight just before it.
    ///   - isProgress: it acknowledges something new.
    ///   - delivery: what has arrived by it.
    func takeCongestionEcho(_ segment: Segment, inFlight: Int, isProgress: Bool, _ delivery: Delivery) {
        guard negotiated.ecn, !segment.flags.contains(.syn), hearsOfCongestion(segment, isProgress, delivery),
            inFlight > 0, recovery.phase == .open, ecn.isEchoNews(una: send.una, nxt: send.nxt)
        else { return }
        counters.congestionEchoes += 1
        signalCongestion(inFlight: inFlight)
        guard options.habits.ecn.reducesGradually, negotiated.sack, let threshold = congestion.slowStartThreshold else {
            return
        }
        ecn.reduction = ProportionalRateReduction(threshold: threshold, flight: inFlight, mss: mss)
    }

    /// The window still shrinks after an echo: sets what this ACK leaves of it; false if it does not.
    func reducesGradually(_ arrival: Arrival) -> Bool {
        guard ecn.reduction != nil, recovery.phase == .open else { return false }
        if ecn.isReductionOver(una: send.una) {
            ecn.reduction = nil
            congestion.onRecovered(limit: .max)
            return false
        }
        let window = ecn.reduction?.window(
            delivered: arrival.delivery.octets, pipe: retransmission.pipe, isSafe: arrival.advances)
        if let window { congestion.onRateReduced(to: window) }
        return true
    }

    /// Counts of an ACK that may be an old one, since it brings nothing new and no newer timestamp either, do not count.
    private func hearsOfCongestion(_ segment: Segment, _ isProgress: Bool, _ delivery: Delivery) -> Bool {
        guard let accurate = ecn.accurate else { return segment.flags.contains(.ece) }
        guard isProgress || accurate.hasNewerStamp else { return false }
        let isHandshake = state == .synReceived
        let reach = AccurateECN.Reach(
            segments: delivery.segments, mss: mss, marked: ecn.accurate?.takeOption(segment.options),
            trustsLongAcks: options.habits.ecn.trustsLongAcks)
        return ecn.accurate?.take(segment.flags, isHandshake: isHandshake, reach) ?? 0 > 0
    }

    /// The network signals congestion, and nothing has to be repaired.
    func signalCongestion(inFlight: Int) {
        congestion.onCongestionSignalled(inFlight: flightAtLoss(inFlight))
        ecn.onWindowReduced(nxt: send.nxt, isNegotiated: negotiated.ecn)
    }

    /// Room that segments with text leave for the AccECN option.
    var octetCountsLength: Int {
        guard options.habits.ecn.octetCounts == .onceSeen, let accurate = ecn.accurate, accurate.hasSeenOption,
            !accurate.isOptionDropped
        else { return 0 }
        return AccurateECN.length(fields: AccurateECN.fields)
    }

    /// The AccECN option, for those who send it: on a SYN,ACK that is not repeated (RFC 9768 §3.2.3.2.2), and on all that follows
    /// once the peer has shown it. Where it finds too little room for what has changed, SACK blocks behind the second make some.
    func addOctetCounts(to segment: inout OutgoingSegment) {
        guard options.habits.ecn.octetCounts == .onceSeen, let accurate = ecn.accurate,
            segment.flags.contains(.syn)
                ? maySynAckCountOctets(segment) : accurate.hasSeenOption && !accurate.isOptionDropped
        else { return }
        var blocks = segment.options.sackBlocks
        while true {
            var options = segment.options
            options.sackBlocks = blocks
            let room = OptionOctets.capacity - options.encodedLength
            let fields = (accurate.fieldsDue...AccurateECN.fields).last { AccurateECN.length(fields: $0) <= room }
            if let fields {
                options.extra.append(kind: AccurateECN.kinds.oneFirst, data: accurate.option(fields: fields))
                segment.options = options
                return noteOctetCountsSent(segment)
            }
            guard accurate.fieldsDue > 0, blocks.count > 2 else { return }
            blocks.removeLast()
        }
    }

    /// In a simultaneous open the SYN,ACK is our SYN once more, whose timeouts count: Linux's tcp_syn_options() has the option in it
    /// until the second.
    private func maySynAckCountOctets(_ synAck: OutgoingSegment) -> Bool {
        guard listener == nil else { return synAck.retransmits == nil }
        return counters.timeouts <= options.habits.ecn.accurateSynRepetitions
    }

    private func noteOctetCountsSent(_ segment: OutgoingSegment) {
        ecn.accurate?.onOptionSent()
        if let first = segment.options.sackBlocks[0], first.right <= segment.acknowledgment {
            ecn.accurate?.onDuplicateReported(first.left)
        }
    }
}
