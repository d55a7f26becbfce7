/// Asks for segments made by hand. What is nil is computed.
public struct CraftRequest: Sendable {
    /// Whose segments they pretend to be.
    public enum Subject: Hashable, Sendable {
        case connection(ConnectionID)
        /// nil: the route decides about the address, RFC 6056 about the port.
        case endpoints(localAddress: IPAddress?, localPort: UInt16?, remote: Endpoint)

        /// Nobody has asked for a local port: any free one will do.
        var leavesPortOpen: Bool {
            guard case .endpoints(_, nil, _) = self else { return false }
            return true
        }
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
    public var reserved: UInt8?
    public var window: UInt16?
    public var urgentPointer: UInt16?
    public var dataOffset: UInt8?
    public var checksum: UInt16?
    /// At most 40 octets.
    public var options: [UInt8]?
    public var payload: [UInt8]?
    public var ttl: UInt8?
    public var dscp: UInt8?
    public var ecn: UInt8?
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

    var holds: [Endpoint: Hold] = [:]
    /// Records whose fate is watched, with the errno if the kernel would not take them; nil while nobody asks.
    private var refusals: [UInt64: Int32]?

    /// The first moment at which a hold ends.
    var nextDeadline: Instant { holds.isEmpty ? .distantFuture : holds.values.map(\.expiry).min() ?? .distantFuture }

    /// The endpoint, in whatever zone, is held without a guard.
    func isUnguarded(_ endpoint: Endpoint) -> Bool {
        holds.contains { $0.key.within(zone: 0) == endpoint && $0.value.kind == .none }
    }

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

extension CraftRequest {
    /// Packets that it sends, each fragment counted.
    public var packetCount: Int {
        let nobody = Endpoint(.anyV4, 0)
        var segment = CraftedSegment(tuple: FourTuple(local: nobody, remote: nobody))
        segment.options = options ?? []
        segment.payload = payload ?? []
        segment.ip.fragments = fragmentSize.map { CraftedSegment.Fragmentation(size: $0, overlap: fragmentOverlap) }
        let segments = pair.map { segment.paired($0) } ?? [segment]
        return segments.reduce(0) { $0 + $1.datagramCount } * repetitions
    }

    /// Writes what is given into a segment, and leaves the rest of it alone. Relative numbers count from `bases`.
    func apply(
        to segment: inout CraftedSegment, bases: (sequence: SequenceNumber, acknowledgment: SequenceNumber)?
    ) throws(EngineError) {
        if let sequence {
            segment.sequence = try Self.settle(sequence, from: bases?.sequence, "relativeSequence")
        }
        if let acknowledgment {
            segment.acknowledgment = try Self.settle(
                acknowledgment, from: bases?.acknowledgment, "relativeAcknowledgment")
        }
        segment.flags = flags ?? segment.flags
        segment.reserved = reserved ?? segment.reserved
        segment.window = window ?? segment.window
        segment.urgentPointer = urgentPointer ?? segment.urgentPointer
        segment.dataOffset = dataOffset ?? segment.dataOffset
        segment.checksum = checksum ?? segment.checksum
        segment.options = options ?? segment.options
        segment.payload = payload ?? segment.payload
        segment.ip.ttl = ttl ?? segment.ip.ttl
        segment.ip.dscp = dscp ?? segment.ip.dscp
        segment.ip.ecn = ecn ?? segment.ip.ecn
        segment.ip.dontFragment = dontFragment ?? segment.ip.dontFragment
        segment.ip.identification = identification ?? segment.ip.identification
        if segment.tuple.local.address.family == .v4, segment.ip.identification > 65_535 {
            throw .invalidRequest(member: "ip/id", detail: "has 16 bits in IPv4: at most 65535")
        }
    }

    private static func settle(
        _ number: Number, from base: SequenceNumber?, _ member: String
    ) throws(EngineError) -> SequenceNumber {
        switch number {
        case .absolute(let number): return number
        case .relative(let distance):
            guard let base else {
                throw .invalidRequest(member: member, detail: "counts from a connection's beginning: name one")
            }
            return SequenceNumber(base.rawValue &+ distance)
        }
    }
}
