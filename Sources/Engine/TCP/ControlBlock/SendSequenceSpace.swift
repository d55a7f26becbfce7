/// The send sequence variables (RFC 9293 §3.3.1).
///
///                1         2          3          4
///           ----------|----------|----------|----------
///                  una        nxt        una+wnd
///
///     1  old sequence numbers, acknowledged
///     2  sequence numbers of unacknowledged data
///     3  sequence numbers allowed for new data
///     4  future sequence numbers, not yet allowed
///
/// `una <= nxt` always holds; area 3 is empty when the peer has closed its window.
package struct SendSequenceSpace: Sendable {
    /// ISS
    package let iss: SequenceNumber
    /// SND.UNA
    package private(set) var una: SequenceNumber
    /// SND.NXT
    package private(set) var nxt: SequenceNumber
    /// SND.WND in octets, already scaled.
    package private(set) var wnd = 0
    /// SND.WL1
    private var wl1 = SequenceNumber(0)
    /// SND.WL2
    private var wl2 = SequenceNumber(0)
    /// The largest window that the peer has ever announced: MAX.SND.WND of RFC 5961 §5, Max(SND.WND) of RFC 9293 §3.8.6.2.1.
    package private(set) var largestWindow = 0
    /// The shift for windows that the peer announces; zero in SYN segments and until negotiated (RFC 7323 §2.2).
    package var scale: UInt8 = 0

    package init(iss: SequenceNumber) {
        self.iss = iss
        una = iss
        nxt = iss
    }

    /// Octets (SYN and FIN count) that are sent and not acknowledged.
    package var inFlight: Int { nxt - una }
    /// Our SYN is acknowledged.
    package var isSynAcknowledged: Bool { una != iss }
    /// How much new data the peer's window allows; negative after the peer has shrunk it.
    package var usableWindow: Int { (una + wnd) - nxt }

    /// Moves SND.NXT behind octets that were sent for the first time.
    package mutating func advanceNxt(to end: SequenceNumber) {
        precondition(end >= nxt, "SND.NXT moves forward only")
        nxt = end
    }

    /// Moves SND.UNA to an acceptable acknowledgment: SND.UNA < SEG.ACK =< SND.NXT. Returns how far it moved.
    package mutating func acknowledge(_ ack: SequenceNumber) -> Int {
        precondition(una < ack && ack <= nxt, "SEG.ACK outside SND.UNA … SND.NXT")
        let count = ack - una
        una = ack
        return count
    }

    /// Takes over the window of a SYN, which is never scaled (RFC 7323 §2.2).
    package mutating func noteSynWindow(_ segment: Segment) {
        setWindow(Int(segment.window), from: segment)
    }

    /// Takes over the segment's window if it is news. Returns true if the window or the segment numbers were newer.
    ///
    /// RFC 9293 §3.10.7.4: "If (SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)), set SND.WND <-
    /// SEG.WND, set SND.WL1 <- SEG.SEQ, and set SND.WL2 <- SEG.ACK."
    package mutating func updateWindow(from segment: Segment) -> Bool {
        guard wl1 < segment.sequence || (wl1 == segment.sequence && wl2 <= segment.acknowledgment) else { return false }
        setWindow(Int(segment.window) << Int(scale), from: segment)
        return true
    }

    private mutating func setWindow(_ octets: Int, from segment: Segment) {
        wnd = octets
        largestWindow = max(largestWindow, octets)
        wl1 = segment.sequence
        wl2 = segment.acknowledgment
    }
}
