/// What a user may change on a connection that exists. Nil leaves a member as it is.
public struct ConnectionChange: Hashable, Sendable {
    /// The inner nil takes the name away.
    public var name: String??
    public var nagle: Bool?
    public var delayedAck: Bool?
    public var congestion: CongestionAlgorithm?
    /// The inner nil is R2 again.
    public var userTimeout: Interval??
    /// The inner nil turns the probes off.
    public var keepAlive: KeepAlive??
    public var customOptions: [CustomOption]?
    public var autoRelease: Bool?
    public var ttl: UInt8?
    public var dscp: UInt8?
    /// For a TIME-WAIT that has not begun.
    public var timeWait: Interval?
    public var timeWaitReset: TimeWaitReset?
    /// How long it lives from now on; the inner nil takes the lease away.
    public var lease: Interval??

    public init() {}
}

extension ConnectionOptions {
    /// Takes over what is to change.
    package mutating func apply(_ change: ConnectionChange) {
        nagle = change.nagle ?? nagle
        delayedAck = change.delayedAck ?? delayedAck
        congestion = change.congestion ?? congestion
        userTimeout = change.userTimeout ?? userTimeout
        keepAlive = change.keepAlive ?? keepAlive
        customOptions = change.customOptions ?? customOptions
        autoRelease = change.autoRelease ?? autoRelease
        ttl = change.ttl ?? ttl
        dscp = change.dscp ?? dscp
        timeWait = change.timeWait ?? timeWait
        timeWaitReset = change.timeWaitReset ?? timeWaitReset
    }
}

extension Connection {
    /// Takes over what is to change, except the name: names belong to the table.
    package func change(_ change: ConnectionChange, at now: Instant) {
        let before = options
        options.apply(change)
        settleChange(change, at: now)
        if let algorithm = change.congestion, algorithm != before.congestion {
            congestion = algorithm.makeController(options.habits.cubic)
            // A new controller starts like that of a new connection; one that comes amid a recovery must know of it.
            if establishedAt != nil { congestion.onEstablished(mss: mss, synWasLost: false) }
            if recovery.isRecovering { congestion.onRecoveryEntered(inFlight: send.inFlight) }
        }
    }
}
