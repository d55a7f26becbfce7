/// Asks for a passive open.
public struct ListenRequest: Sendable {
    /// The unspecified address listens at all of the host's; port 0 lets the engine choose.
    public var local: Endpoint
    public var name: String?
    public var service = ListenerService.hold
    /// Most connections in their handshake at once; beyond it SYN cookies answer.
    public var backlog = 128
    /// What its connections start with.
    public var options = ConnectionOptions()
    /// Where its connections' numbers begin; nil: RFC 6528 decides for each.
    public var initialSequence: SequenceNumber?
    /// What its connections send first.
    public var payload: [UInt8] = []
    /// How long it stands unless the lease is renewed; nil: for ever.
    public var lease: Interval?

    public init(local: Endpoint) { self.local = local }
}

/// What becomes of a listener's connections once they are established.
public enum ListenerService: String, CaseIterable, Hashable, Sendable {
    /// They wait for calls.
    case hold
    /// RFC 862.
    case echo
    /// RFC 863.
    case discard
    /// RFC 864.
    case chargen

    /// A listener's service, and since when it stands.
    struct Standing {
        let kind: ListenerService
        let since: Instant
    }
}

/// A listener as it is at one moment.
public struct ListenerSnapshot: Sendable {
    public var id: ListenerID
    public var name: String?
    public var local: Endpoint
    public var service: ListenerService
    public var backlog: Int
    /// Connections in their handshake.
    public var halfOpen: Int
    /// Connections accepted since the listener began.
    public var accepted: UInt64
    public var openedAt: Instant
    public var options: ConnectionOptions
    /// When it is closed unless its lease is renewed; nil: never.
    public var leaseExpiry: Instant?

    init(_ listener: Listener, _ service: ListenerService.Standing) {
        id = listener.id
        name = listener.name
        local = listener.local
        self.service = service.kind
        backlog = listener.backlog
        halfOpen = listener.halfOpen
        accepted = listener.accepted.last
        openedAt = service.since
        options = listener.options
    }
}
