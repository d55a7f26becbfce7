/// Initial sequence numbers that an outsider can't guess (RFC 6528 §3): ISN = M + F(localip, localport, remoteip,
/// remoteport, secretkey).
package struct ISNGenerator: Sendable {
    private let hash: SipHash

    package init(hash: SipHash) { self.hash = hash }

    /// The number for a connection that opens `at now`.
    package func initialSequence(for tuple: FourTuple, at now: Instant) -> SequenceNumber {
        // RFC 9293 §3.4.1: "the 4 microsecond timer"
        let m = UInt32(truncatingIfNeeded: now.nanoseconds / 4_000)
        return SequenceNumber(m &+ UInt32(truncatingIfNeeded: hash(tuple)))
    }
}
