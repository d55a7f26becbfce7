/// Urgent data in both directions, as stream positions (RFC 9293 §3.8.5).
struct UrgentState {
    /// SND.UP: behind the last urgent octet that the user wrote; nil: none yet.
    @Rare var sendEnd: UInt64?
    /// RCV.UP: behind the last urgent octet that the peer announced; nil: none yet. It may lie beyond what has come.
    @Rare var receiveEnd: UInt64?
}

extension Connection {
    /// Sixth, check the URG bit: "If the URG bit is set, RCV.UP <- max(RCV.UP,SEG.UP), and signal to the user that the remote
    /// side has urgent data if the urgent pointer (RCV.UP) is in advance of the data consumed."
    func noteUrgent(_ segment: Segment) {
        guard segment.flags.contains(.urg), state.mayReceiveText, !isReceiveFinal, let receive else { return }
        // RFC 9293 §3.8.5, MUST-62: "The urgent pointer MUST point to the sequence number of the octet following the urgent
        // data".
        let distance = (segment.sequence + Int(segment.urgentPointer)) - receive.nxt
        guard distance > 0 || UInt64(-distance) <= reassembly.next else { return }
        let end = distance > 0 ? reassembly.next + UInt64(distance) : reassembly.next - UInt64(-distance)
        guard end > urgent.receiveEnd ?? 0 else { return }
        urgent.receiveEnd = end
        // MUST-32: "inform the application layer asynchronously whenever it receives an urgent pointer and there was previously
        // no pending urgent data, or whenever the urgent pointer advances".
        changes.insert(.received)
    }

    /// SEG.UP for a segment that begins at `sequence`; nil if no urgent octet lies at or behind it.
    func urgentPointer(at sequence: SequenceNumber) -> UInt16? {
        guard let end = urgent.sendEnd, end > acknowledgedPosition else { return nil }
        let distance = self.sequence(of: end) - sequence
        // "The urgent pointer … as a positive offset": 16 bits of it, so the farthest point is told first.
        return distance > 0 ? UInt16(clamping: distance) : nil
    }

    /// What is urgent in the received stream and has not been read (MUST-33); nil if nothing is.
    var urgentToRead: ConnectionSnapshot.Urgent? {
        guard let end = urgent.receiveEnd, end > readPosition else { return nil }
        return ConnectionSnapshot.Urgent(offset: end, remaining: Int(clamping: end - readPosition))
    }
}
