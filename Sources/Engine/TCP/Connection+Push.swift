/// PSH as Linux sets it: on a packet, which keeps it when it is repeated, and inside a write that is long for the peer's window.
extension Connection {
    /// The user has written `start ..< sendBuffer.end`; notes where that is pushed.
    func notePushes(from start: UInt64, pushesEnd: Bool) {
        var marks = takePushes()
        marks.release(before: sendBuffer.start)
        // What waits in the newest packet takes up the new text, and with it loses PSH.
        if marks.writeEnd == start, nextTextPosition < start { marks.removeLast() }
        // Where packets are not counted, nobody knows where they end.
        if sendMemory != nil { pushLongWrite(&marks) }
        if pushesEnd { marks.insert(sendBuffer.end) }
        marks.writeEnd = pushesEnd ? sendBuffer.end : nil
        textMarks?.pushes = marks
    }

    /// tcp.c, forced_push(): a packet that has become full is pushed if it ends more than half of the largest window behind what
    /// was pushed last. Of a packet that is pushed, or the first to wait, leaves at once what may; then there is room in it again.
    private func pushLongWrite(_ marks: inout PushMarks) {
        let half = UInt64(send.largestWindow / 2)
        let full = UInt64(packetGoal)
        guard half > 0 else { return }
        var sent = nextTextPosition
        let reach = sent + UInt64(max(usableAllowance, 0) / maximumText * maximumText)
        var begin = max(marks.begin, sent)
        while begin + full <= sendBuffer.end {
            let end = begin + full
            let isForced = end > marks.newest + half
            if isForced || begin <= sent { sent = max(sent, min(end, reach)) }
            let isCut = begin < sent && sent < end
            if isForced { marks.insert(end) }
            begin = isCut ? sent : end
        }
        marks.begin = begin
    }

    /// The text of a SYN is a packet of its own, which bears PSH where it goes again (tcp_send_syn_data()).
    func notePushOfSyn(length: Int) {
        var marks = takePushes()
        marks.insert(sendBuffer.start + UInt64(length))
        textMarks?.pushes = marks
    }

    /// Taken out, so that they change where they are.
    private func takePushes() -> PushMarks {
        if textMarks == nil { textMarks = TextMarks() }
        defer { textMarks?.pushes = nil }
        return textMarks?.pushes ?? PushMarks()
    }

    /// Text that ends here was pushed before.
    func wasPushed(at end: UInt64) -> Bool { textMarks?.pushes?.contains(end) ?? false }
}
