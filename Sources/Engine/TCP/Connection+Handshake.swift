/// The handshake of an active open (RFC 9293 §3.5, §3.10.7.3).
extension Connection {
    /// SEGMENT ARRIVES in SYN-SENT. The third check of the RFC, security, is historic (RFC 9293 A.1).
    func arriveInSynSent(
        _ segment: Segment, payload: RawSpan, record: UInt64, at now: Instant, answered: inout [UInt64]
    ) -> Verdict {
        // First, check the ACK bit.
        // "If SND.UNA < SEG.ACK =< SND.NXT, then the ACK is acceptable." Text of a Fast Open SYN may be left out.
        let isAckAcceptable =
            segment.flags.contains(.ack) && segment.acknowledgment > send.iss && segment.acknowledgment <= send.nxt
        if segment.flags.contains(.ack), !isAckAcceptable {
            if !segment.flags.contains(.rst) { answerStaleAcknowledgment(segment, record: record) }
            return Verdict(.oldAck, .synSentFirst)
        }
        // Second, check the RST bit.
        if segment.flags.contains(.rst) {
            // "If the RST bit is set: … If the ACK was acceptable, then … drop the segment, enter CLOSED state"
            guard isAckAcceptable else { return Verdict(.outOfWindow, .synSentSecond) }
            becomeClosed(.refused, at: now)
            return Verdict(.accepted, .synSentSecond)
        }
        // Fourth, check the SYN bit.
        guard segment.flags.contains(.syn) else { return Verdict(.outOfWindow, .synSentFifth) }
        if segment.hasIllegalOptions {
            // MUST-7, as in the synchronized states.
            immediate = .reset(answering: segment, record: record)
            becomeClosed(.aborted, at: now)
            return Verdict(.malformed, .malformed)
        }
        acceptSyn(segment, at: now)
        noteFastOpenAnswer(segment)
        synAckRecord = record > 0 ? record : nil
        guard isAckAcceptable else { return openSimultaneously(segment, payload: payload, record: record) }
        acceptAcknowledgment(segment, at: now, answered: &answered)
        becomeEstablished(at: now)
        // The server took our SYN but not its text (RFC 7413 §4.2.2): it goes out again at once.
        if !retransmission.isEmpty { retransmission.markAllLost(.fastRetransmit) }
        debt = .due(.ack)
        guard segment.length > 1 else { return Verdict(.accepted, .synSentFourth) }
        acceptText(segment, payload: payload, record: record, at: now)
        takeFin(segment, at: now)
        return Verdict(.accepted, .synSentFourth)
    }

    /// Both ends called at once: "Otherwise, enter SYN-RECEIVED, form a SYN,ACK segment … and send it. … If there are other
    /// controls or text in the segment, queue them for processing after the ESTABLISHED state has been reached". A FIN is not
    /// kept: the peer will send it again.
    private func openSimultaneously(_ segment: Segment, payload: RawSpan, record: UInt64) -> Verdict {
        if segment.textLength > 0, !options.habits.dropsTextOfSyn { heldText = HeldText(segment, payload, record) }
        transition(to: .synReceived)
        retransmission.markFirstLost(.synAck)
        return Verdict(.accepted, .synSentFourth)
    }

    /// The text that came with the peer's SYN in a simultaneous open; the handshake is over.
    func takeHeldText(at now: Instant) {
        guard let held = heldText else { return }
        heldText = nil
        acceptText(held.segment, payload: held.octets.span.bytes, record: held.record, at: now)
    }

    /// Someone at the other end still knows an older connection of this name: a reset clears it, and our SYN goes out once
    /// more at once, as Linux does, instead of after a whole RTO.
    private func answerStaleAcknowledgment(_ segment: Segment, record: UInt64) {
        immediate = .reset(answering: segment, record: record)
        guard options.habits.renewsSyn, !wasSynRenewed else { return }
        wasSynRenewed = true
        retransmission.markFirstLost(.syn)
    }

    /// Learns from the peer's SYN, and settles what its options and ours allow together.
    func acceptSyn(_ segment: Segment, at now: Instant) {
        let offered = segment.options
        negotiated.windowScale = offered.windowScale != nil && options.windowScale != nil
        negotiated.timestamps = offered.timestamps != nil && options.timestamps
        negotiated.sack = offered.sackPermitted && options.sack
        settleECN(segment)
        // RFC 7323 §2.3: "If a Window Scale option is received with a shift.cnt value larger than 14, the TCP SHOULD log
        // the error but MUST use 14 instead of the specified value."
        send.scale = negotiated.windowScale ? min(offered.windowScale ?? 0, 14) : 0
        if negotiated.timestamps, let timestamps = offered.timestamps { self.timestamps.noteSyn(timestamps, at: now) }
        // RFC 9293 §3.7.1, MUST-15: "If an MSS Option is not received at connection setup, TCP implementations MUST assume
        // a default send MSS of 536 (576 - 40) for IPv4 or 1220 (1280 - 60) for IPv6"
        // An MSS below 64 octets would leave no room for text beside options; nobody means it.
        let peerMSS = max(Int(offered.maximumSegmentSize ?? UInt16(defaultMSS)), 64)
        mss = min(peerMSS, announcedMSS, pathMSS)
        preparePathSearch(peerMSS: peerMSS)
        if options.habits.windowRounding == .upToSegments {
            options.receiveBuffer = (options.receiveBuffer + mss - 1) / mss * mss
            sendBuffer.grow(to: fittedSendBuffer(options.sendBuffer))
        }
        receive = ReceiveSequenceSpace(
            irs: segment.sequence, window: options.habits.receiveMemory == nil ? synWindow : initialWindow,
            scale: negotiated.windowScale ? ownScale : 0
        )
        beginReceiveMemory()
        lastAckSent = segment.sequence + 1
        send.noteSynWindow(segment)
        noteUserTimeout(segment)
    }

    /// What a send buffer that was asked for holds: a whole number of segments, for those who round up.
    package func fittedSendBuffer(_ wanted: Int) -> Int {
        options.habits.windowRounding == .upToSegments ? (wanted + mss - 1) / mss * mss : wanted
    }

    /// The shift that our SYN offers.
    var ownScale: UInt8 { min(options.windowScale ?? 0, 14) }

    /// The window that our SYN announces.
    var synWindow: Int { min(initialWindow, 65_535) }

    /// The window that a connection begins with.
    var initialWindow: Int {
        let buffer = options.receiveBuffer
        guard options.habits.windowRounding == .downToSegments else { return buffer }
        // Who opens does not know yet whether segments will have timestamps.
        let segment = announcedMSS - (negotiated.timestamps && listener != nil ? 12 : 0)
        let whole = segment < buffer ? buffer / segment * segment : buffer
        let width = min(whole, options.habits.widestFirstWindow ?? whole)
        return options.habits.initialReceiveWindow.map { min(width, $0 * segment) } ?? width
    }

    /// SYN or SYN,ACK with everything that it negotiates.
    func makeSyn(_ syn: inout OutgoingSegment, at now: Instant) {
        syn = OutgoingSegment(sequence: send.iss, flags: .syn, cause: .syn, because: trigger)
        // RFC 7323 §2.2: "The window field in a segment where the SYN bit is set … MUST NOT be scaled."
        syn.window = UInt16(synWindow)
        syn.options.order = options.habits.synOptions
        let isBare = options.habits.dropsOptionsOfRepeatedSyn && counters.timeouts >= 3
        if !options.habits.omitsOptions { syn.options.maximumSegmentSize = UInt16(min(announcedMSS, announcedPathMSS)) }
        if let receive {
            if options.habits.answersWithPeersMSS, listener != nil { limitMSS(of: &syn) }
            syn.flags = [.syn, .ack]
            syn.acknowledgment = receive.nxt
            syn.cause = .synAck
            let offers = listener == nil ? options.habits.repeatedOffers : []
            syn.options.sackPermitted = negotiated.sack || options.sack && offers.contains(.sack)
            if negotiated.windowScale || options.windowScale != nil && offers.contains(.windowScale) {
                syn.options.windowScale = ownScale
            }
            if negotiated.timestamps || options.timestamps && offers.contains(.timestamps) {
                syn.options.timestamps = timestamps.option(at: now)
            }
        } else if !isBare {
            syn.options.sackPermitted = options.sack
            if options.windowScale != nil { syn.options.windowScale = ownScale }
            if options.timestamps { syn.options.timestamps = timestamps.option(at: now) }
        }
        offerECN(&syn)
    }
}

extension Connection {
    /// What a SYN without MSS announces.
    private var defaultMSS: Int { tuple.remote.address.family == .v4 ? 536 : 1_220 }

    /// FreeBSD: net.inet.tcp.minmss.
    private static let leastAnsweredMSS: UInt16 = 216

    /// What our SYN,ACK announces where the peer's SYN has the last word: `mss` knows it, where it is less than ours, and is the
    /// default where the peer has said nothing.
    private func limitMSS(of syn: inout OutgoingSegment) {
        guard let own = syn.options.maximumSegmentSize, mss != defaultMSS else { return }
        syn.options.maximumSegmentSize = min(own, max(UInt16(clamping: mss), Self.leastAnsweredMSS))
    }
}

/// Text that has to wait for the end of the handshake.
struct HeldText {
    let segment: Segment
    let octets: [UInt8]
    let record: UInt64

    init(_ segment: Segment, _ payload: RawSpan, _ record: UInt64) {
        self.segment = segment
        octets = payload.readOctets(0..<payload.byteCount)
        self.record = record
    }
}
