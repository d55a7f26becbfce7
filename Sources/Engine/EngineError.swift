/// Why the engine could not do what it was asked. Each case is one problem type of the HTTP contract; the API turns it
/// into status, title and remedy.
public enum EngineError: Error, Hashable, Sendable {
    /// No connection has this id or name.
    case notFound(String)
    /// Something in the request cannot be: names the member and what it may be.
    case invalidRequest(member: String, detail: String)
    /// The target policy forbids the address; `rule` is the rule that did, in words.
    case targetNotAllowed(Endpoint, rule: String)
    /// The local address is not one of this host's.
    case notLocal(Endpoint)
    /// The local port is below `ip_unprivileged_port_start` and CAP_NET_BIND_SERVICE is missing.
    case privilegedPort(UInt16, unprivilegedStart: UInt16)
    /// The local endpoint is taken; `holder` says by whom: "c1, TIME-WAIT, 41 s left".
    case portInUse(Endpoint, holder: String)
    case nameInUse(String, holder: String)
    /// The name is taken where it had to be free, or free where it had to be taken.
    case standsOtherwise(String, isThere: Bool)
    /// A guard of this kind cannot be had; `reason` says why, and what would help.
    case guardUnavailable(String, reason: String)
    /// No port is free, or a limit is reached; try again after the interval.
    case tooManyConnections(detail: String, retryAfter: Interval)
    case tooManyListeners(limit: Int)
    /// A rate limit; try again after the interval.
    case tooManyRequests(detail: String, retryAfter: Interval)
    /// It would touch what other programs own, which needs `serve --observe` and a token.
    case observationDisabled(detail: String)
    case noRawSocket(detail: String)
    /// The state forbids the command.
    case notOpen(ConnectionID, State, CloseReason?)
    /// The octets before `oldest` have been released.
    case offsetReleased(oldest: UInt64)
    /// RST in answer to our SYN.
    case connectionRefused(ConnectionID)
    /// RST after the handshake.
    case connectionReset(ConnectionID)
    /// This host's own kernel has reset the connection, because nothing guards it; the segments tell the story.
    case kernelReset(ConnectionID, segments: [UInt64])
    /// No route, or an ICMP error (`detail`).
    case unreachable(ConnectionID?, detail: String)
    case handshakeTimeout(ConnectionID, after: Interval)
    /// The patience ran out; the connection goes on. `detail` says what was missing: "the peer's window is closed".
    case timedOut(ConnectionID, detail: String)
    /// The condition waited for can no longer come true.
    case impossible(ConnectionID, detail: String)
    case messageTooLong(mtu: Int)
    case shuttingDown
    /// The caller went away.
    case cancelled
    /// A system call failed where it should not.
    case system(call: String, errno: Int32)
}
