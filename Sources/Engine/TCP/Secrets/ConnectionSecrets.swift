/// The numbers of a connection's name that an outsider can't guess; one hash gives them all.
package struct ConnectionSecrets: Sendable {
    private let hash: UInt64

    /// `hash` bears the stack's secret.
    package init(of tuple: FourTuple, _ hash: SipHash) { self.hash = hash(tuple) }

    /// The initial sequence number of a connection that opens `at now` (RFC 6528 §3): ISN = M + F(localip, localport, remoteip,
    /// remoteport, secretkey).
    package func initialSequence(at now: Instant) -> SequenceNumber {
        // RFC 9293 §3.4.1: "the 4 microsecond timer"
        let m = UInt32(truncatingIfNeeded: now.nanoseconds / 4_000)
        return SequenceNumber(m &+ UInt32(truncatingIfNeeded: hash))
    }

    /// What its TSvals begin with (RFC 7323 §7.1): of the half that no sequence number shows.
    package var timestampOffset: UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }
}
