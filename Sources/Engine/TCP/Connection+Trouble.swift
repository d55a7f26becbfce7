/// Excessive retransmissions (RFC 9293 §3.8.3).
extension Connection {
    /// R1; SHLD-10: "The value of R1 SHOULD correspond to at least 3 retransmissions, at the current RTO."
    static let r1 = 3

    /// R1 is reached and R2 is not.
    var isTroubled: Bool { retransmission.first.map { !isOver && !isProbing && $0.transmissions > Self.r1 } ?? false }

    /// The oldest segment goes out once more. MUST-20 (b): "When … R1, pass negative advice … to the IP layer"; SHLD-9: "SHOULD
    /// inform the application of the delivery problem".
    func noteTrouble(_ oldest: SentSegment) {
        if oldest.transmissions == Self.r1 { changes.insert(.troubled) }
    }
}
