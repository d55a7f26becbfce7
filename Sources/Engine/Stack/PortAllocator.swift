/// Chooses local ports that an outsider can't guess (RFC 6056 §3.3.3, "Simple Hash-Based Port Selection").
struct PortAllocator {
    private let range: ClosedRange<UInt16>
    private let hash: SipHash
    /// RFC 6056's next_ephemeral.
    private var next: UInt64 = 0

    init(range: ClosedRange<UInt16>, hash: SipHash) {
        self.range = range
        self.hash = hash
    }

    /// A port for a connection from `local` to `remote` that `isFree`; nil if all are taken.
    mutating func port(
        from local: IPAddress, to remote: Endpoint, in range: ClosedRange<UInt16>? = nil, isFree: (UInt16) -> Bool
    ) -> UInt16? {
        let range = range ?? self.range
        let offset = hash(FourTuple(local: Endpoint(local, 0), remote: remote)) >> 16
        for _ in range {
            let port = range.lowerBound + UInt16((offset &+ next) % UInt64(range.count))
            next &+= 1
            if isFree(port) { return port }
        }
        return nil
    }

    /// Goes on elsewhere in the range: who holds the port that was just given often holds its neighbours.
    mutating func leap() { next &+= UInt64(range.count / Self.leapsPerRange + 1) }

    /// So many leaps come once around the range.
    static let leapsPerRange = 64
}
