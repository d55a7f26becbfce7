/// What changes for a connection whose receive buffer is counted in memory (`ReceiveMemory`).
extension Connection {
    /// The window of our SYN is settled.
    func beginReceiveMemory() {
        guard let habits = options.habits.receiveMemory else { return }
        let scale = negotiated.windowScale ? ownScale : 0
        memory = ReceiveMemory(
            habits, buffer: options.receiveBuffer, offered: initialWindow, widest: 65_535 << Int(scale),
            announcedMSS: announcedMSS - (negotiated.timestamps ? 12 : 0), peerMSS: maximumText)
    }

    /// SO_RCVBUF: another size for the receive buffer.
    package func setReceiveBuffer(_ octets: Int) {
        options.receiveBuffer = octets
        $memory.change { $0.setLimit(buffer: octets) }
    }

    /// SEG.WND for a segment that leaves now: `tcp_select_window`.
    func announceMemory() -> UInt16 {
        guard let receive, var memory else { return 0 }
        let unit = 1 << Int(receive.scale)
        var width = 0
        if memory.isExhausted {
            memory.isExhausted = false
        } else {
            width = memory.chooseWindow(scale: receive.scale)
            let current = receive.announcedWidth
            if width < current, !(memory.habits.mayShrink && unit > 1) { width = (current + unit - 1) / unit * unit }
        }
        memory.offered = width
        self.memory = memory
        return self.receive?.announce(width: width) ?? 0
    }

    /// `tcp_sequence`: a segment that reaches beyond the window is taken whole if nothing waits to be read, else refused.
    func reachesTooFar(_ segment: Segment) -> Bool {
        guard let memory, let receive, segment.textLength > 0 else { return false }
        let end = segment.end - (segment.flags.contains(.fin) ? 1 : 0)
        return end > receive.rightEdge && !memory.isEmpty
    }

    /// A FIN alone costs nothing, and is taken while the window is closed: `tcp_data_queue`.
    func isFinAtClosedWindow(_ segment: Segment) -> Bool {
        $memory.isSet && segment.flags.intersection([.fin, .syn, .rst]) == .fin && segment.textLength == 0
            && receive?.wnd == 0 && segment.sequence == receive?.nxt
    }

    /// Whether there is memory for the text of a segment; where there is none, the next ACK says so. The first of all is taken
    /// nevertheless, or nothing would ever move.
    func hasMemory(for segment: Segment, inOrder: Bool) -> Bool {
        guard var memory, let receive else { return true }
        defer { self.memory = memory }
        // Acceptable, since it had been announced; but that was taken back (`tcp_data_queue`).
        if segment.textLength > 0, segment.sequence - receive.nxt >= receive.announcedWidth { return false }
        if memory.admits(weigh(segment)) { return true }
        guard inOrder else { return false }
        memory.isExhausted = true
        return memory.isEmpty
    }

    /// The text of a segment is in order, and the stream goes on from the new `reassembly.next`.
    func keepInMemory(_ segment: Segment, upTo end: UInt64) {
        guard $memory.isSet else { return }
        let (weight, next) = (weigh(segment), reassembly.next)
        $memory.change {
            $0.keep(weight, upTo: end)
            $0.advance(to: next)
        }
    }

    /// The text of a segment waits behind a hole.
    func keepEarlyInMemory(_ segment: Segment, upTo end: UInt64) {
        guard $memory.isSet else { return }
        let last = (reassembly.ranges.last?.end ?? end) - reassembly.next
        let (weight, isSelective) = (weigh(segment), negotiated.sack)
        $memory.change { $0.keepEarly(weight, upTo: end, last: Int(last), isSelective: isSelective) }
    }

    /// Text has come that was there before: its sender shall hear of it soon (`tcp_enter_quickack_mode`).
    func hurryAcknowledgments() {
        guard $memory.change({ $0.hurry() }) != nil else { return }
        isInteractive = false
    }

    /// `__tcp_ack_snd_check`: whether text that has come is acknowledged at once.
    func owesAtOnce(at now: Instant) -> Bool? {
        guard var memory, let receive else { return nil }
        defer { self.memory = memory }
        // The first text, and the first after a silence, whose sender begins again with a small window.
        if lastTextAt.map({ now - $0 > rtt.rto.interval }) ?? true { memory.hurry() }
        // Where a read will open the window, the ACK waits for it. Choosing a window may end the hurry.
        let isFull =
            octetsSinceAck > memory.segment && memory.chooseWindow(scale: receive.scale) >= memory.offered
        return isFull || memory.isExhausted || (memory.quickAcks > 0 && !isInteractive)
    }

    /// `tcp_cleanup_rbuf`: what the peer is told of a read. Nil: nothing.
    func answerToRead() -> Cause? {
        guard var memory, let receive else { return nil }
        defer { self.memory = memory }
        if debt == .delayed {
            let wasEmptied = memory.used == 0 && (memory.pushes > 1 || (memory.pushes == 1 && !isInteractive))
            if octetsSinceAck > memory.segment || wasEmptied { return .ack }
        }
        let current = receive.announcedWidth
        guard 2 * current <= memory.widest else { return nil }
        let width = memory.chooseWindow(scale: receive.scale)
        return width > 0 && width >= 2 * current ? .windowUpdate : nil
    }

    private func weigh(_ segment: Segment) -> ReceiveMemory.Arrival {
        let header = 20 + segment.options.encodedLength
        let packet = tuple.remote.address.family.headers - 20 + header + segment.textLength
        return ReceiveMemory.Arrival(
            text: segment.textLength, header: header,
            isRemnant: !segment.flags.isDisjoint(with: [.fin, .syn, .urg, .psh]),
            cost: PacketMemory(packet: packet))
    }
}
