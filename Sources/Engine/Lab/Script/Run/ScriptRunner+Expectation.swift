import DequeModule

/// `>` lines: what the stack must send.
extension ScriptRunner {
    /// Takes the next segment that the stack sends, no later than `window` allows, and compares it.
    mutating func expect(_ expected: ScriptPacket, _ window: (first: Instant, last: Instant)) throws(ScriptProblem) {
        let tolerance = tolerance.after(window.first - time)
        let limit = window.last + tolerance
        if sent.isEmpty { finishBatch() }
        dropStrangers(expected)
        while sent.isEmpty, stack.nextDeadline <= limit {
            try step()
            dropStrangers(expected)
        }
        guard let first = sent.popFirst() else {
            throw failure(expected: expected.notation, actual: "no segment by \((limit - Self.origin).text) s")
        }
        time = max(time, first.time)
        var actual = try observe(first)
        try join(&actual, expected, until: limit)
        let packet: ScriptPacket
        switch translator.compare(expected, actual) {
        case .success(let seen): packet = seen
        case .failure(let difference): throw failure(expected: difference.expected, actual: difference.actual)
        }
        let isEarly = first.time + tolerance < window.first
        guard !isEarly, first.time <= limit else {
            throw failure(
                expected: expected.notation + " at \((window.first - Self.origin).text) s",
                actual: packet.notation(as: expected) + " at \((first.time - Self.origin).text) s")
        }
    }

    /// As packetdrill has it, a line is about the connection that the script came to last. What older ones still have to send
    /// is for lines that name their ports.
    private mutating func dropStrangers(_ expected: ScriptPacket) {
        guard expected.ports == nil, let tuple else { return }
        while let first = sent.first, let observed = translator.observe(first.octets), observed.tuple != tuple {
            sent.removeFirst()
        }
    }

    private func observe(_ sent: Sent) throws(ScriptProblem) -> ScriptTranslator.Observed {
        if let observed = translator.observe(sent.octets) { return observed }
        throw failure(expected: "a TCP segment", actual: "\(sent.octets.count) octets without one")
    }

    /// A stack with segmentation offload hands several segments to its device as one, and scripts written against such a
    /// stack show that one. What we cut up already is put together again where the script expects more than fits.
    private mutating func join(
        _ actual: inout ScriptTranslator.Observed, _ expected: ScriptPacket, until limit: Instant
    ) throws(ScriptProblem) {
        guard expected.length > actual.packet.length, actual.packet.length > 0, expected.length > segmentText else {
            return
        }
        while actual.packet.length < expected.length {
            while sent.isEmpty, stack.nextDeadline <= limit { try step() }
            guard let next = sent.first else { return }
            let more = try observe(next)
            guard more.tuple == actual.tuple, more.sequence == actual.sequence + actual.packet.length,
                more.packet.length > 0, actual.packet.length + more.packet.length <= expected.length
            else { return }
            sent.removeFirst()
            actual.packet.length += more.packet.length
            actual.packet.flags.formUnion(more.packet.flags)
            actual.packet.acknowledgment = more.packet.acknowledgment
            // Where a device cuts, PSH stands at the end of each large piece: it says nothing about ours.
            actual.packet.flags.remove(.psh)
            if expected.flags.contains(.psh) { actual.packet.flags.insert(.psh) }
        }
    }

    /// Octets of text that fit into one segment of the connection under test.
    private var segmentText: Int {
        underTest.flatMap { try? stack.connection($0).maximumSegmentText } ?? routeMTU - host.family.headers
    }
}
