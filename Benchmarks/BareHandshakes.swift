import Engine

/// The segments of handshakes and nothing else: our link, our encoder and our reset guards, but no TCP, no log and no actor
/// behind them. So fast is the raw socket itself, and nothing that stands on it can be faster.
struct BareHandshakes {
    private struct Answer {
        let port: UInt16
        let sequence: SequenceNumber
        let acknowledgment: SequenceNumber
    }

    /// Far longer than the answer to a batch takes on loopback.
    private static let patience = 5.0

    private let remote: Endpoint
    private let ports: ClosedRange<UInt16>
    private let link: RawSocketLink
    private var guards: GuardPool
    private var answers: [Answer] = []

    /// Opens the raw socket, and a guard at each port.
    init(_ remote: Endpoint, from ports: ClosedRange<UInt16>) throws {
        self.remote = remote
        self.ports = ports
        link = try RawSocketLink(family: .v4)
        try link.setFilter(PacketFilter(range: ports, ports: []))
        guards = GuardPool(limit: ports.count)
        for port in ports { _ = try guards.acquire(Endpoint(.loopbackV4, port)) }
    }

    /// Handshakes a second: SYN, SYN,ACK, ACK, RST, so many at once.
    mutating func rate(_ count: Int, atOnce: Int) throws(BenchmarkError) -> Double {
        let watch = Stopwatch()
        var started = 0
        var done = 0
        var lastProgress = 0.0
        while done < count {
            while started < min(done + atOnce, count) {
                sendSyn(started)
                started += 1
            }
            flush()
            receive()
            done += answers.count
            for answer in answers { end(answer) }
            if !answers.isEmpty { lastProgress = watch.seconds }
            guard watch.seconds - lastProgress < Self.patience else {
                throw BenchmarkError("bare handshakes: \(done) of \(count) were answered, then none for 5 s")
            }
        }
        flush()
        return Double(count) / watch.seconds
    }

    private func sendSyn(_ number: Int) {
        let port = ports.lowerBound + UInt16(number % ports.count)
        // Far apart, so that no two in a row of the same port are taken for one another.
        let sequence = SequenceNumber(UInt32(truncatingIfNeeded: number &* 1_000_003))
        var options = SegmentOptions()
        options.maximumSegmentSize = 65_495
        options.sackPermitted = true
        options.windowScale = 7
        options.timestamps = SegmentOptions.Timestamps(value: 1, echo: 0)
        send(port, sequence, .syn, acknowledgment: SequenceNumber(0), options)
    }

    private func end(_ answer: Answer) {
        var options = SegmentOptions()
        options.timestamps = SegmentOptions.Timestamps(value: 1, echo: 0)
        for flags in [TCPFlags.ack, [.rst, .ack]] {
            send(answer.port, answer.acknowledgment, flags, acknowledgment: answer.sequence + 1, options)
        }
    }

    private func send(
        _ port: UInt16, _ sequence: SequenceNumber, _ flags: TCPFlags, acknowledgment: SequenceNumber,
        _ options: SegmentOptions
    ) {
        let tuple = FourTuple(local: Endpoint(.loopbackV4, port), remote: remote)
        var segment = OutgoingSegment(sequence: sequence, flags: flags, cause: .data, because: nil)
        segment.acknowledgment = acknowledgment
        segment.window = .max
        segment.options = options
        var packet = OutboundPacket(destination: remote, record: 0)
        segment.encode(in: Envelope(tuple), into: &packet)
        if link.isFull { flush() }
        link.enqueue(packet)
    }

    private func flush() { _ = link.flush { _, _ in } }

    private mutating func receive() {
        var found: [Answer] = []
        _ = link.receive { packet, _, _ in
            guard let view = try? PacketView(parsing: packet), view.segment.flags.isSuperset(of: [.syn, .ack]) else {
                return
            }
            found.append(
                Answer(
                    port: view.destinationPort, sequence: view.segment.sequence,
                    acknowledgment: view.segment.acknowledgment))
        }
        answers = found
    }
}
