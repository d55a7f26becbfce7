/// Where a connection stands with Fast Open (RFC 7413).
package struct FastOpenState: Sendable {
    /// The client's cookie for this server, of an earlier connection; empty asks for one. nil: no Fast Open.
    package var request: [UInt8]?
    /// The MSS that the server announced with that cookie; 0: not known.
    package var cachedMSS = 0
    /// The server's cookie for this client, to be sent in the SYN,ACK.
    package var grant: [UInt8]?
    /// What the server granted us; the stack takes it into its cache.
    package var granted: [UInt8]?
    /// The MSS that the server's SYN,ACK announced; the stack takes it into its cache.
    package var serverMSS: Int?
    /// The server neither granted a valid cookie nor took our text.
    package var wasRefused = false
    /// The client showed a cookie of ours: text may go both ways before the handshake is over.
    package var isAdmitted = false
    /// One side speaks of cookies by the experimental option of the years before RFC 7413.
    package var isExperimental = false

    /// The experimental kind of RFC 6994, and the identifier behind it that RFC 7413 §8 names.
    package static let experimentalKind: UInt8 = 254
    package static let experimentalID: [UInt8] = [0xf9, 0x89]

    /// What a SYN says of cookies: the option's data, and whether the option is the experimental one; nil if it says nothing.
    package static func option(in options: SegmentOptions) -> (data: [UInt8], isExperimental: Bool)? {
        if let data = options.extra.data(ofKind: OptionKind.fastOpen.rawValue) { return (data, false) }
        guard let data = options.extra.data(ofKind: experimentalKind), data.starts(with: experimentalID) else {
            return nil
        }
        return (Array(data.dropFirst(experimentalID.count)), true)
    }

    /// The option that asks for a cookie, shows or grants one.
    func option(with cookie: [UInt8]) -> (kind: UInt8, data: [UInt8]) {
        isExperimental
            ? (Self.experimentalKind, Self.experimentalID + cookie) : (OptionKind.fastOpen.rawValue, cookie)
    }

    /// RFC 7413 §4.1.1: "Cookie: 0, or 4 to 16 bytes".
    package static func isCookie(_ data: [UInt8]) -> Bool { (4...16).contains(data.count) && data.count % 2 == 0 }
}

extension Connection {
    /// Adds cookie and text to the first SYN. One that is repeated has neither: RFC 7413 §4.1.3, a middlebox may drop what it
    /// does not know.
    func addFastOpen(to syn: inout OutgoingSegment) {
        if receive != nil {
            guard let grant = fastOpen.grant else { return }
            let option = fastOpen.option(with: grant)
            syn.options.extra.append(kind: option.kind, data: option.data)
            guard fastOpen.isAdmitted, options.habits.fastOpen.delaysAnswer else { return }
            return carryText(in: &syn, upTo: mss - OptionOctets.capacity)
        }
        guard let cookie = fastOpen.request else { return }
        if !cookie.isEmpty || !options.habits.fastOpen.sendsWithoutCookie {
            let option = fastOpen.option(with: cookie)
            guard hasRoom(for: option.data, in: syn),
                syn.options.extra.append(kind: option.kind, data: option.data), !cookie.isEmpty
            else { return }
        }
        // Options take their room too.
        carryText(in: &syn, upTo: min(knownServerMSS, announcedMSS) - OptionOctets.capacity)
    }

    /// Without PSH: no other flag than those of every SYN, for the sake of middleboxes, and the peer pushes it anyway.
    private func carryText(in syn: inout OutgoingSegment, upTo limit: Int) {
        let length = min(unsentText, limit)
        guard length > 0 else { return }
        syn.textPosition = sendBuffer.start
        syn.textLength = length
        if options.habits.remembersPushes { notePushOfSyn(length: length) }
    }

    /// The first SYN,ACK waits for text to go with, and no longer than an ACK.
    var waitsToAnswer: Bool {
        options.habits.fastOpen.delaysAnswer && send.nxt == send.iss && fastOpen.isAdmitted && debt == .delayed
            && unsentText == 0 && closure == .open
    }

    /// RFC 7413 §4.2.1: without a cached MSS "the default of 536 for IPv4 or 1220 for IPv6". Who sends without a cookie counts
    /// on a server that it knows.
    private var knownServerMSS: Int {
        if fastOpen.cachedMSS > 0 { return fastOpen.cachedMSS }
        if options.habits.fastOpen.sendsWithoutCookie { return announcedMSS }
        return tuple.remote.address.family == .v4 ? 536 : 1_220
    }

    /// The cookie, and what is added behind it, fit into the header.
    private func hasRoom(for cookie: [UInt8], in syn: OutgoingSegment) -> Bool {
        let added = cookie.count + 2 + extraOptions.onSyn.count + (options.userTimeoutOption ? 4 : 0)
        return syn.options.encodedLength + (added + 3) & ~3 <= OptionOctets.capacity
    }

    /// What the SYN,ACK says of our cookie.
    func noteFastOpenAnswer(_ segment: Segment) {
        guard fastOpen.request != nil else { return }
        // Who asked for no cookie takes none.
        let wasAsked = fastOpen.request?.isEmpty == false || !options.habits.fastOpen.sendsWithoutCookie
        if wasAsked, let answer = FastOpenState.option(in: segment.options), FastOpenState.isCookie(answer.data) {
            fastOpen.granted = answer.data
            fastOpen.isExperimental = answer.isExperimental
        }
        fastOpen.serverMSS = segment.options.maximumSegmentSize.map(Int.init)
        negotiated.fastOpen = segment.acknowledgment > send.iss + 1 && segment.acknowledgment == send.nxt
        fastOpen.wasRefused = fastOpen.granted == nil && segment.acknowledgment <= send.iss + 1
    }

    /// The SYN carried a cookie of ours: its text counts before the handshake is over (RFC 7413 §4.2.2).
    package func takeFastOpenText(_ segment: Segment, payload: RawSpan, record: UInt64, at now: Instant) {
        fastOpen.isAdmitted = true
        startCongestionControl()
        guard segment.textLength > 0 else { return }
        negotiated.fastOpen = true
        acceptText(segment, payload: payload, record: record, at: now)
    }
}
