/// The socket options that have a meaning here, or that change nothing which a script could see.
enum ScriptSocketOption: String, CaseIterable {
    case reuseAddress = "SO_REUSEADDR"
    case reusePort = "SO_REUSEPORT"
    case receiveBuffer = "SO_RCVBUF"
    case sendBuffer = "SO_SNDBUF"
    case receiveBufferForced = "SO_RCVBUFFORCE"
    case sendBufferForced = "SO_SNDBUFFORCE"
    case error = "SO_ERROR"
    case linger = "SO_LINGER"
    case noDelay = "TCP_NODELAY"
    case cork = "TCP_CORK"
    case noPush = "TCP_NOPUSH"
    case maximumSegment = "TCP_MAXSEG"
    case quickAck = "TCP_QUICKACK"
    case noOptions = "TCP_NOOPT"
    case keepInit = "TCP_KEEPINIT"
    case synCount = "TCP_SYNCNT"
    case userTimeout = "TCP_USER_TIMEOUT"
    case finWait2Timeout = "TCP_LINGER2"
    case deferAccept = "TCP_DEFER_ACCEPT"
    case keepAlive = "SO_KEEPALIVE"
    case keepIdle = "TCP_KEEPIDLE"
    case keepInterval = "TCP_KEEPINTVL"
    case keepCount = "TCP_KEEPCNT"
    case congestion = "TCP_CONGESTION"
    case fastOpen = "TCP_FASTOPEN"
    case fastOpenConnect = "TCP_FASTOPEN_CONNECT"
    case fastOpenNoCookie = "TCP_FASTOPEN_NO_COOKIE"
    case fastOpenKey = "TCP_FASTOPEN_KEY"
    case inQueue = "TCP_INQ"
    case info = "TCP_INFO"
    case timeToLive = "IP_TTL"
    case typeOfService = "IP_TOS"
    case hopLimit = "IPV6_UNICAST_HOPS"
    case trafficClass = "IPV6_TCLASS"
    case localPorts = "IP_LOCAL_PORT_RANGE"
    case onlyV6 = "IPV6_V6ONLY"
    // Nothing that a script could see depends on these: routing, signals, tracing, what poll() waits for, how octets are copied.
    case pathDiscovery = "IP_MTU_DISCOVER"
    case pathDiscoveryV6 = "IPV6_MTU_DISCOVER"
    case errorQueue = "IP_RECVERR"
    case errorQueueV6 = "IPV6_RECVERR"
    case zeroCopy = "SO_ZEROCOPY"
    case debug = "SO_DEBUG"
    case priority = "SO_PRIORITY"
    case mark = "SO_MARK"
    case noSignal = "SO_NOSIGPIPE"
    case notSentLowWater = "TCP_NOTSENT_LOWAT"
    case bindsNoPort = "IP_BIND_ADDRESS_NO_PORT"

    /// It is remembered and has no other effect.
    var isInert: Bool {
        switch self {
        case .onlyV6, .pathDiscovery, .pathDiscoveryV6, .errorQueue, .errorQueueV6, .zeroCopy, .debug, .priority, .mark,
            .noSignal, .notSentLowWater, .bindsNoPort:
            true
        case .reuseAddress, .reusePort, .receiveBuffer, .sendBuffer, .receiveBufferForced, .sendBufferForced, .error,
            .linger, .noDelay, .cork, .noPush, .maximumSegment, .quickAck, .noOptions, .keepInit, .synCount,
            .userTimeout, .finWait2Timeout, .deferAccept,
            .keepAlive, .keepIdle, .keepInterval, .keepCount, .congestion, .fastOpen, .fastOpenConnect,
            .fastOpenNoCookie, .fastOpenKey, .inQueue, .info, .timeToLive, .typeOfService, .hopLimit, .trafficClass,
            .localPorts:
            false
        }
    }
}

/// What `ioctl` may ask about a socket's queues.
enum ScriptQueueQuestion: String, CaseIterable {
    /// Octets that can be read.
    case received = "SIOCINQ"
    case readable = "FIONREAD"
    /// Octets that are not acknowledged.
    case unacknowledged = "SIOCOUTQ"
    case unacknowledgedByTerminal = "TIOCOUTQ"
    /// Octets that have not left.
    case unsent = "SIOCOUTQNSD"
}
