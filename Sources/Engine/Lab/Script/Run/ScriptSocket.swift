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
    /// IP_LOCAL_PORT_RANGE: where `connect` looks for one.
    var ports: ClosedRange<UInt16>?
    var isNonBlocking = false
    /// The stream position behind what was read.
    var position: UInt64 = 0
    /// SHUT_RD was called.
    var isReadShut = false
    /// SHUT_WR was called.
    var isWriteShut = false
    /// FreeBSD's SHUT_WR where our FIN is acknowledged already: the socket counts as disconnected, whatever the peer still sends.
    var isDisconnected = false
    /// `connect` has told its caller that the connection stands.
    var hasConnected = false
    /// The connection's end was told to a caller, who is told only once.
    var hasToldError = false
    /// SO_LINGER with a time of zero: `close` aborts.
    var abortsOnClose = false
    var reusesAddress = false
    /// SO_KEEPALIVE was set.
    var asksToKeepAlive = false
    /// TCP_FASTOPEN was set: a listener that takes text in SYNs, or FreeBSD's client that sends it.
    var isFastOpen = false
    /// TCP_FASTOPEN_NO_COOKIE
    var needsNoCookie = false
    /// TCP_FASTOPEN_CONNECT: `connect` waits for the first write, if a cookie is known.
    var defersConnect = false
    /// `connect` has been called, and the SYN waits for what will be written.
    var isConnectDeferred = false
    /// TCP_FASTOPEN_KEY
    var fastOpenKey: FastOpenKey?
    /// SO_SNDBUF was set: the buffer stays as it is.
    var hasFixedSendBuffer = false
    /// TCP_CORK, TCP_NOPUSH
    var isCorked = false
    /// TCP_INQ: `recvmsg` tells how much is left to read.
    var tellsInQueue = false
    /// Options that do nothing, with what they were set to.
    var inert: [ScriptSocketOption: Int64] = [:]
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
    /// The ISN that the script gives our SYN, and the one that it gives the peer's.
    var ownISN = SequenceNumber(0)
    var peerISN = SequenceNumber(0)
    /// What a SYN into a connection that is under way has: its ISN only if our stack answers with a SYN.
    var nextPeerISN: SequenceNumber?
    /// Behind a SYN whose number is not zero, scripts go on from it or count from zero; nil until a segment has shown which.
    var ownCountsFromZero: Bool?
    var peerCountsFromZero: Bool?
    /// TSvals of ours, by what the script calls them.
    var stamps: [UInt32: UInt32] = [:]
    /// The first of them: script and wire.
    var firstStamp: (script: UInt32, wire: UInt32)?
    /// The newest TSval that we have sent.
    var lastStamp: UInt32?

    /// What to add to a number of ours, in a segment without SYN, to get the one on the wire.
    var ownShift: UInt32 { (offset ?? 0) &+ (ownCountsFromZero == true ? ownISN.rawValue : 0) }
    /// What to add to a number of the peer's.
    var peerShift: UInt32 { peerCountsFromZero == true ? peerISN.rawValue : 0 }

    /// A SYN of the peer's.
    mutating func noteSyn(_ number: SequenceNumber) {
        guard number != peerISN else { return nextPeerISN = nil }
        if isn != nil, peerCountsFromZero != nil { return nextPeerISN = number }
        peerISN = number
        peerCountsFromZero = nil
    }

    /// The first number of each side behind its SYN shows what the script counts from.
    mutating func learn(own: SequenceNumber?, peer: SequenceNumber?) {
        if let own, ownCountsFromZero == nil { ownCountsFromZero = Self.countsFromZero(own, behind: ownISN) }
        if let peer, peerCountsFromZero == nil { peerCountsFromZero = Self.countsFromZero(peer, behind: peerISN) }
    }

    /// Not where the number goes on from the SYN's, but a little above zero. Never 0 itself: behind a SYN that counts as 0
    /// comes 1.
    private static func countsFromZero(_ number: SequenceNumber, behind isn: SequenceNumber) -> Bool {
        let near: UInt32 = 1 << 24
        // Behind a SYN nothing bears its own number.
        let goesOn = number != isn && number.rawValue &- isn.rawValue < near
        return !goesOn && (1..<near).contains(number.rawValue)
    }

    /// The TSval on the wire that the script calls so.
    func wireStamp(_ script: UInt32) -> UInt32 {
        if let known = stamps[script] { return known }
        if let first = firstStamp { return first.wire &+ (script &- first.script) }
        return lastStamp ?? script
    }
}
