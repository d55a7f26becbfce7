/// Asks for segments made by hand. What is nil is computed.
public struct CraftRequest: Sendable {
    /// Whose segments they pretend to be.
    public enum Subject: Hashable, Sendable {
        case connection(ConnectionID)
        /// nil: the route decides about the address, RFC 6056 about the port.
        case endpoints(localAddress: IPAddress?, localPort: UInt16?, remote: Endpoint)
    }

    /// A number as it is, or counted from the initial sequence number of whoever counts with it.
    public enum Number: Hashable, Sendable {
        case absolute(SequenceNumber)
        case relative(UInt32)
    }

    public var subject: Subject
    public var sequence: Number?
    public var acknowledgment: Number?
    public var flags: TCPFlags?
    /// The upper three reserved bits, in their places.
    public var reserved: UInt8 = 0
    public var window: UInt16?
    public var urgentPointer: UInt16 = 0
    public var dataOffset: UInt8?
    public var checksum: UInt16?
    /// At most 40 octets.
    public var options: [UInt8] = []
    public var payload: [UInt8] = []
    public var ttl: UInt8?
    public var dscp: UInt8?
    public var ecn: UInt8 = 0
    public var identification: UInt32?
    public var dontFragment: Bool?
    /// Octets of each fragment but the last, a multiple of 8; nil: in one piece.
    public var fragmentSize: Int?
    /// A multiple of 8, below `fragmentSize`.
    public var fragmentOverlap = 0
    package var pair: CraftedSegment.Pair?
    public var repetitions = 1
    public var guardKind = GuardKind.socket
    /// How long a local endpoint where no connection is stays guarded and listened to.
    public var hold = Interval.seconds(Int64(10))
    /// What comes back is answered as RFC 9293 §3.10.7.1 tells a CLOSED endpoint to.
    public var answersAsClosed = false

    public init(subject: Subject) { self.subject = subject }
}

/// What has left.
public struct CraftReceipt: Sendable {
    /// The record of each datagram.
    public var segments: [UInt64]
    /// The fields that the kernel fills in differently from what was asked.
    public var kernelRewrote: [String]
    public var local: Endpoint
    public var remote: Endpoint
}

/// What the engine remembers of crafted segments.
struct CraftingState {
    /// A local endpoint that is kept for the replies.
    struct Hold {
        var kind: GuardKind
        var expiry: Instant
    }

    /// Crafted datagrams a second that may leave for other hosts, and as many at once.
    static let rate = 1_000.0

    var holds: [Endpoint: Hold] = [:]
    var allowance = TokenBucket(rate: rate, burst: rate)
    /// Records whose fate is watched, with the errno if the kernel would not take them; nil while nobody asks.
    private var refusals: [UInt64: Int32]?

    /// The first moment at which a hold ends.
    var nextDeadline: Instant { holds.isEmpty ? .distantFuture : holds.values.map(\.expiry).min() ?? .distantFuture }

    /// From now on refusals of the kernel are remembered.
    mutating func watch() { refusals = [:] }

    /// The kernel would not take the packet of this record.
    mutating func note(refused record: UInt64, _ errno: Int32) {
        guard refusals != nil else { return }
        refusals?[record] = errno
    }

    /// Ends the watch; the errno of the first of these records that was refused.
    mutating func refusal(among records: [UInt64]) -> Int32? {
        defer { refusals = nil }
        guard let refusals, !refusals.isEmpty else { return nil }
        return records.lazy.compactMap { refusals[$0] }.first
    }
}
