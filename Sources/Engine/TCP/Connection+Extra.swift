/// What a segment carries beside its numbers and its text: urgent pointer, and options of the user's own.
extension Connection {
    /// Adds what every segment of this kind carries; called for each segment right before it leaves.
    func complete(_ segment: inout OutgoingSegment, at now: Instant) {
        // A reset that answers a stranger, or ends everything, says nothing else.
        guard !segment.flags.contains(.rst) else { return }
        if !extraOptions.isEmpty { addExtraOptions(to: &segment) }
        if !segment.flags.contains(.syn), let pointer = urgentPointer(at: segment.sequence) {
            segment.flags.insert(.urg)
            segment.urgentPointer = pointer
        }
        if options.userTimeoutOption { addUserTimeout(to: &segment) }
        if options.ecn || negotiated.ecn {
            markExceptionally(&segment)
            addOctetCounts(to: &segment)
        }
        if !registered.isEmpty { attachRegistered(to: &segment, at: now) }
    }

    private func addExtraOptions(to segment: inout OutgoingSegment) {
        if segment.flags.contains(.syn) {
            segment.options.extra.append(extraOptions.onSyn)
        } else {
            segment.options.extra.append(segment.textLength > 0 ? extraOptions.onData : extraOptions.onEmpty)
        }
    }

    /// What follows from changed options.
    func settleChange(_ change: ConnectionChange, at now: Instant) {
        if change.customOptions != nil { extraOptions = ExtraOptions.of(options.customOptions) }
        if change.userTimeout != nil {
            peerUserTimeout.isAnnouncementDue = options.userTimeoutOption && state.isSynchronized
            if state.isSynchronized { restartUserTimeout(at: now) }
        }
        if change.keepAlive != nil {
            keepAlive.probes = 0
            armKeepAlive(at: now)
        }
        if change.autoRelease == true { release(before: reassembly.next, at: now) }
    }

    /// RFC 9293 §3.6.1, SHLD-3: "if new data is received after CLOSE is called, its TCP implementation SHOULD send a RST to show
    /// that data was lost."
    func refuseLateText(_ segment: Segment, at now: Instant) -> Verdict? {
        guard refusesText, segment.textLength > 0, let receive,
            segment.end > receive.nxt + (segment.flags.contains(.fin) ? 1 : 0)
        else { return nil }
        abort(.aborted, at: now)
        return Verdict(.outOfWindow, .seventh)
    }
}
