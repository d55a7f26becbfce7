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

    /// The option's kind.
    package static let kind: UInt8 = 34
    /// RFC 7413 §4.1.1: "Cookie: 0, or 4 to 16 bytes".
    package static func isCookie(_ data: [UInt8]) -> Bool { (4...16).contains(data.count) && data.count % 2 == 0 }
}

extension Connection {
    /// Adds cookie and text to the first SYN. One that is repeated has neither: RFC 7413 §4.1.3, a middlebox may drop what it
    /// does not know.
    func addFastOpen(to syn: inout OutgoingSegment) {
        if receive != nil {
            if let grant = fastOpen.grant { syn.options.extra.append(kind: FastOpenState.kind, data: grant) }
            return
        }
        guard let cookie = fastOpen.request, hasRoom(for: cookie, in: syn),
            syn.options.extra.append(kind: FastOpenState.kind, data: cookie), !cookie.isEmpty
        else { return }
        // RFC 7413 §4.2.1: without a cached MSS "the default of 536 for IPv4 or 1220 for IPv6"; options take their room too.
        let known = fastOpen.cachedMSS > 0 ? fastOpen.cachedMSS : tuple.remote.address.family == .v4 ? 536 : 1_220
        let length = min(unsentText, min(known, routeMSS) - OptionOctets.capacity)
        guard length > 0 else { return }
        syn.text = sendBuffer.slices(from: sendBuffer.start, length: length)
        if pushPosition > 0, pushPosition <= UInt64(length) { syn.flags.insert(.psh) }
    }

    /// The cookie, and what is added behind it, fit into the header.
    private func hasRoom(for cookie: [UInt8], in syn: OutgoingSegment) -> Bool {
        let added = cookie.count + 2 + extraOptions.onSyn.count + (options.userTimeoutOption ? 4 : 0)
        return SegmentHeaderFields.optionsLength(of: syn.options) + (added + 3) & ~3 <= OptionOctets.capacity
    }

    /// What the SYN,ACK says of our cookie.
    func noteFastOpenAnswer(_ segment: Segment) {
        guard fastOpen.request != nil else { return }
        if let cookie = segment.options.extra.data(ofKind: FastOpenState.kind), FastOpenState.isCookie(cookie) {
            fastOpen.granted = cookie
        }
        negotiated.fastOpen = segment.acknowledgment > send.iss + 1
    }

    /// The SYN carried a cookie of ours: its text counts before the handshake is over (RFC 7413 §4.2.2).
    package func takeFastOpenText(_ segment: Segment, payload: RawSpan, record: UInt64, at now: Instant) {
        negotiated.fastOpen = true
        acceptText(segment, payload: payload, record: record, at: now)
    }
}
