/// What the peer has said of its user timeout (RFC 5482).
struct UserTimeoutState: Sendable {
    /// REMOTE_UTO; nil: nothing said.
    var announced: Interval?
    /// ADV_UTO has changed and is to be told with the next segment.
    var isAnnouncementDue = false
}

/// The user timeout option (RFC 5482).
extension Connection {
    /// L_LIMIT; RFC 5482 §3.1: "a lower limit of at least 100 seconds is RECOMMENDED", as RFC 9293 SHLD-11 has for R2.
    private static let userTimeoutFloor = r2ForData
    /// U_LIMIT: a peer shall not make us hold a dead connection for longer than a day.
    private static let userTimeoutCeiling = Interval.seconds(Int64(86_400))

    /// RFC 5482 §3.1: "USER_TIMEOUT = min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT))"; nil where the option plays no part.
    ///
    /// "CHANGEABLE … SHOULD be set to false … when an application explicitly sets a user timeout".
    var negotiatedUserTimeout: Interval? {
        guard options.userTimeoutOption, options.userTimeout == nil, let remote = peerUserTimeout.announced else {
            return nil
        }
        return min(Self.userTimeoutCeiling, max(advertisedUserTimeout, remote, Self.userTimeoutFloor))
    }

    /// ADV_UTO
    private var advertisedUserTimeout: Interval { options.userTimeout ?? Self.r2ForData }

    /// Learns REMOTE_UTO from any segment that carries it.
    func noteUserTimeout(_ segment: Segment) {
        guard options.userTimeoutOption, let data = segment.options.extra.data(ofKind: OptionKind.userTimeout.rawValue),
            data.count == 2
        else { return }
        let bits = UInt16(data[0]) << 8 | UInt16(data[1])
        let value = Int64(bits & 0x7fff)
        // RFC 5482 §3: G, "Granularity bit … MUST be set to 1 if … specified in minutes"; zero is reserved.
        if value > 0 { peerUserTimeout.announced = .seconds(bits & 0x8000 == 0 ? value : value * 60) }
    }

    /// Adds the option to a SYN, and to the first segment behind a change.
    func addUserTimeout(to segment: inout OutgoingSegment) {
        guard segment.flags.contains(.syn) || peerUserTimeout.isAnnouncementDue else { return }
        let seconds = max((advertisedUserTimeout.nanoseconds + 999_999_999) / 1_000_000_000, 1)
        let bits = seconds <= 0x7fff ? UInt16(seconds) : 0x8000 | UInt16(min((seconds + 59) / 60, 0x7fff))
        segment.options.extra.append(
            kind: OptionKind.userTimeout.rawValue, data: [UInt8(bits >> 8), UInt8(bits & 0xff)])
        if !segment.flags.contains(.syn) { peerUserTimeout.isAnnouncementDue = false }
    }
}
