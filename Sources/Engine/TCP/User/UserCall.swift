/// One thing that a connection's user asked of it.
public struct UserCall: Hashable, Sendable {
    /// What it was, as far as segments follow from it.
    public enum Kind: Hashable, Sendable {
        /// SEND: so many octets were taken.
        case write(octets: UInt32, push: Bool, urgent: Bool)
        /// So many received octets were given up, which opens the window.
        case release(octets: UInt32)
        case close(endsReading: Bool)
        case abort
        /// Options became others; these are the ones that a script can set.
        case change(nagle: Bool, delayedAck: Bool, congestion: CongestionAlgorithm)
    }

    public let kind: Kind
    public let at: Instant
    /// The connection's newest record then; 0: there was none yet.
    public let after: UInt64
}

/// How a connection began and what its user did with it: what its segments follow from, beside those of the peer.
public struct ConnectionUse: Sendable {
    /// The options that it began with.
    public let options: ConnectionOptions
    /// Octets of the largest datagram on its route.
    public let mtu: Int
    public let openedAt: Instant
    /// When its first record was made; nil before.
    public let firstRecordAt: Instant?
    public let calls: [UserCall]
    /// There were more calls than are kept.
    public let isCut: Bool
}

/// A user's calls, the first ones.
struct UserCalls {
    /// Most calls kept: 48 KiB a connection.
    static let capacity = 2_048

    private(set) var kept: [UserCall] = []
    /// There were more.
    private(set) var isCut = false

    fileprivate mutating func append(_ call: UserCall) {
        guard kept.count < Self.capacity else {
            isCut = true
            return
        }
        kept.append(call)
    }
}

extension Connection {
    /// Remembers what the user has just asked for.
    package func note(_ kind: UserCall.Kind, at now: Instant) {
        calls.append(UserCall(kind: kind, at: now, after: trail.range?.upperBound ?? 0))
    }
}
