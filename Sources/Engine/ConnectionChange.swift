/// What a user may change on a connection that exists. Nil leaves a member as it is.
public struct ConnectionChange: Hashable, Sendable {
    /// The inner nil takes the name away.
    public var name: String??
    public var nagle: Bool?
    public var delayedAck: Bool?
    public var congestion: CongestionAlgorithm?
    /// The inner nil is R2 again.
    public var userTimeout: Interval??

    public init() {}
}
