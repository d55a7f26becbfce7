/// Asks for an active open.
public struct OpenRequest: Sendable {
    public var remote: Endpoint
    /// nil: the route decides.
    public var localAddress: IPAddress?
    /// nil: RFC 6056 decides.
    public var localPort: UInt16?
    public var name: String?
    /// nil: RFC 6528 decides.
    public var initialSequence: SequenceNumber?
    public var options = ConnectionOptions()
    /// Octets to send right after the handshake.
    public var payload: [UInt8] = []

    /// An HTTP client's tunnel asks for it.
    public var isTunnel = false

    /// Whose TCP speaks.
    public var engine = EngineKind.raw
    /// The members that the user wrote. The kernel is told these and what differs from our defaults; the rest is its own choice.
    public var written: Set<String> = []
    /// How long it lives unless the lease is renewed; nil: for ever.
    public var lease: Interval?

    public init(remote: Endpoint) { self.remote = remote }

    /// The request may take its name over from this record.
    func mayReuse(_ record: TimeWaitRecord, at now: Instant) -> Bool {
        options.reuseTimeWait && options.timestamps
            && record.mayBeReused(after: options.habits.reuseDelay, at: now)
    }
}
