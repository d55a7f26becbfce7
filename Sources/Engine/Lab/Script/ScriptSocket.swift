/// A descriptor of a script: what stands behind it, and what its user has chosen.
struct ScriptSocket: Sendable {
    enum Phase: Sendable {
        case fresh
        case listening(ListenerID)
        case connection(ConnectionID)
    }

    var phase = Phase.fresh
    var options: ConnectionOptions
    /// The port that `bind` gave it.
    var port: UInt16?
    var isNonBlocking = false
    /// The stream position behind what was read.
    var position: UInt64 = 0
    /// SHUT_RD was called.
    var isReadShut = false
    /// SHUT_WR was called.
    var isWriteShut = false
    /// `connect` has told its caller that the connection stands.
    var hasConnected = false
    /// The connection's end was told to a caller, who is told only once.
    var hasToldError = false
    /// SO_LINGER with a time of zero: `close` aborts.
    var abortsOnClose = false
    var reusesAddress = false
    /// When an idle connection would be probed, once SO_KEEPALIVE asks for it.
    var keepAlive: KeepAlive

    var connection: ConnectionID? {
        if case .connection(let id) = phase { return id }
        return nil
    }
}

/// What a call came to.
enum ScriptCallResult: Hashable, Sendable {
    case value(Int64)
    case failure(String)
    /// It would have to wait.
    case blocked

    var text: String {
        switch self {
        case .value(let number): "\(number)"
        case .failure(let errno): "-1 \(errno)"
        case .blocked: "blocks"
        }
    }
}

/// What must be known of a connection's peer to translate a script's numbers into those on the wire.
struct ScriptPeer: Sendable {
    /// Our ISN on the wire less the one in the script; nil before our SYN was seen.
    var offset: UInt32?
    /// Our ISN on the wire, to notice a new connection of the same name.
    var isn: SequenceNumber?
    /// TSvals of ours, by what the script calls them.
    var stamps: [UInt32: UInt32] = [:]
    /// The first of them: script and wire.
    var firstStamp: (script: UInt32, wire: UInt32)?
    /// The newest TSval that we have sent.
    var lastStamp: UInt32?

    /// The TSval on the wire that the script calls so.
    func wireStamp(_ script: UInt32) -> UInt32 {
        if let known = stamps[script] { return known }
        if let first = firstStamp { return first.wire &+ (script &- first.script) }
        return lastStamp ?? script
    }
}
