/// The receive sequence variables (RFC 9293 §3.3.1) and the window that we announce.
///
///                    1          2          3
///                ----------|----------|----------
///                        nxt      rightEdge
///
///     1  old sequence numbers, which we have acknowledged
///     2  sequence numbers that we have allowed
///     3  future sequence numbers, not yet allowed
///
/// What is kept is the right edge, not the width: it never moves left, so that nothing which we have ever allowed is
/// refused (RFC 9293 §3.8.6, "a TCP receiver SHOULD NOT shrink the window").
package struct ReceiveSequenceSpace: Sendable {
    /// IRS
    package let irs: SequenceNumber
    /// RCV.NXT
    package private(set) var nxt: SequenceNumber
    /// RCV.NXT + RCV.WND
    package private(set) var rightEdge: SequenceNumber
    /// The edge that the newest segment announced. It may lie before `rightEdge` by less than one unit of the scale.
    private var announcedEdge: SequenceNumber
    /// The shift for windows that we announce; zero unless both SYNs carried the option (RFC 7323 §2.2).
    package let scale: UInt8

    /// After the peer's SYN; `window` is what our own SYN announced, unscaled.
    package init(irs: SequenceNumber, window: Int, scale: UInt8) {
        self.irs = irs
        self.scale = scale
        nxt = irs + 1
        rightEdge = nxt + window
        announcedEdge = rightEdge
    }

    /// The window that the newest segment announced, less what came since, as it would stand in a header.
    package var announcedUnits: UInt16 { UInt16(clamping: announcedWidth >> Int(scale)) }

    /// The width that the newest segment announced, less what came since.
    package var announcedWidth: Int { max(announcedEdge - nxt, 0) }

    /// RCV.WND
    package var wnd: Int { rightEdge - nxt }

    /// Moves RCV.NXT behind octets received in order.
    package mutating func advance(by octets: Int) {
        nxt += octets
        // A FIN may stand right at the edge of a closed window.
        if rightEdge < nxt { rightEdge = nxt }
    }

    /// How far the announced edge could move for `space` octets of free buffer.
    package func possibleGrowth(space: Int) -> Int { (nxt + min(max(space, 0), 65_535 << Int(scale))) - announcedEdge }

    /// Moves the announced edge out to `space` octets behind RCV.NXT if that is worth telling, and returns SEG.WND.
    ///
    /// RFC 9293 §3.8.6.2.2: the receiver keeps "RCV.NXT+RCV.WND fixed until: RCV.BUFF - RCV.USER - RCV.WND >=
    /// min(Fr * RCV.BUFF, Eff.snd.MSS)", with Fr = 1/2.
    package mutating func announceWindow(space: Int, buffer: Int, mss: Int) -> UInt16 {
        let growth = possibleGrowth(space: space)
        let isWorthTelling = growth > 0 && growth >= min(buffer / 2, mss)
        let width = max(announcedEdge + (isWorthTelling ? growth : 0) - nxt, 0)
        let unit = 1 << Int(scale)
        // Rounded up, since down would take back part of what was announced before; but never to a unit or more beyond the
        // buffer. RFC 7323 §2.4: "there are instances when a retracted window can be offered".
        var units = (width + unit - 1) >> Int(scale)
        if units << Int(scale) >= max(space, 0) + unit { units = width >> Int(scale) }
        units = min(units, 65_535)
        announcedEdge = nxt + units << Int(scale)
        if announcedEdge > rightEdge { rightEdge = announcedEdge }
        return UInt16(units)
    }

    /// Announces a width that was chosen elsewhere, and returns SEG.WND. Where it is less than before, what was allowed stays
    /// so. RFC 7323 §2.4: "there are instances when a retracted window can be offered".
    package mutating func announce(width: Int) -> UInt16 {
        announcedEdge = nxt + width
        if announcedEdge > rightEdge { rightEdge = announcedEdge }
        return UInt16(min(width >> Int(scale), 65_535))
    }

    /// Allows what `space` octets of free buffer can take, without announcing it.
    package mutating func accept(upTo space: Int) {
        if nxt + space > rightEdge { rightEdge = nxt + space }
    }

    /// RFC 9293 §3.4, Table 6: the four cases of segment acceptability.
    package func isAcceptable(_ segment: Segment) -> Bool {
        let length = segment.length
        switch (length, wnd) {
        case (0, 0): return segment.sequence == nxt
        case (0, _): return segment.sequence.isWithin(nxt, length: wnd)
        case (_, 0): return false
        // "RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND or RCV.NXT =< SEG.SEQ+SEG.LEN-1 < RCV.NXT+RCV.WND", and what begins before
        // the window and ends behind it. Not by `<` at both ends: a segment from the far side of the ring satisfies that.
        default: return segment.sequence.isWithin(nxt, length: wnd) || nxt.isWithin(segment.sequence, length: length)
        }
    }
}
