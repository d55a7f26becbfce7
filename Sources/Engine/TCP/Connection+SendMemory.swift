/// What changes for a connection whose send buffer is counted in memory (`SendMemory`).
extension Connection {
    /// SO_SNDBUF as Linux has it: from now on so much memory may be in use.
    package func countSendMemory(limit: Int) {
        if !$sendMemory.isSet { sendMemory = SendMemory(limit: limit, held: sendBuffer.start..<sendBuffer.end) }
        $sendMemory.change { $0.limit = limit }
        // The last packet may go beyond the limit.
        sendBuffer.grow(to: limit + Self.largestPacket)
    }

    /// GSO_LEGACY_MAX_SIZE: what a device cuts up is one datagram at most, headers included (`sk_setup_caps`).
    private static let largestPacket = 65_536

    /// How much of `wanted` octets SEND takes now. More may fit once what is taken has begun to leave.
    func takeMemory(_ wanted: Int) -> Int {
        guard $sendMemory.isSet else { return wanted }
        let (goal, sent) = (packetGoal, nextTextPosition)
        return $sendMemory.change { $0.take(wanted, goal: goal, sent: sent) } ?? wanted
    }

    /// Text of a packet that is cut up as it leaves, in whole segments and at most half of what the peer can take
    /// (`tcp_xmit_size_goal`, `tcp_bound_to_half_wnd`; MAX_TCP_HEADER is 320).
    var packetGoal: Int {
        let most = Self.largestPacket - 320 - 1
        let half = send.largestWindow > 536 ? send.largestWindow / 2 : send.largestWindow
        let bound = half > 0 ? min(most, half) : most
        return max(bound / maximumText, 1) * maximumText
    }
}
