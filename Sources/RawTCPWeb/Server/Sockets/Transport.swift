/// A client's connection below HTTP: a socket, with TLS between or without. Its owner closes it.
struct Transport {
    /// What handing pending octets to the kernel came to.
    enum Flush {
        case done
        case wouldBlock
        case lost
    }

    /// Most octets encrypted at once: what waits for the kernel stays below this and its overhead.
    private static let mostEncrypted = 64 * 1024
    /// A TLS record holds at most 16 KiB.
    private static let recordRoom = 17 * 1024

    private var socket: StreamSocket
    private let session: TLSSession?
    /// Octets of the network that the kernel has not taken, from `flushed` on.
    private var outgoing: [UInt8] = []
    private var flushed = 0
    private var incoming = InputBuffer()
    /// The end is not to look like an orderly one.
    private var isBroken = false
    /// We have said that we will send nothing more.
    private(set) var hasEnded = false

    /// Takes over a socket; with an identity, TLS begins. Nil, and closes the socket, without memory for a session.
    init?(_ socket: StreamSocket, identity: TLSIdentity?) {
        self.socket = socket
        session = identity?.makeSession()
        guard session != nil || identity == nil else {
            self.socket.close()
            return nil
        }
    }

    var descriptor: Int32 { socket.descriptor }
    /// Whether nobody on the way can read along.
    var isSecure: Bool { session != nil }
    /// Whether octets wait until the kernel takes them.
    var hasPending: Bool { flushed < outgoing.count || session.map { $0.pending > 0 } ?? false }

    /// Reads what is there into the buffer, which gets room for at least `minimum` octets.
    mutating func receive(into input: inout InputBuffer, atLeast minimum: Int) -> StreamSocket.Reception {
        guard let session else { return socket.receive(into: &input, atLeast: minimum) }
        while true {
            var reading = TLSSession.Reading.wantsInput
            input.fill(atLeast: minimum) { space in
                reading = session.read(into: space)
                if case .octets(let count) = reading { return count }
                return 0
            }
            // The handshake's octets, or what there is to say about a failure.
            let flush = flush()
            switch reading {
            case .octets(let count): return .octets(count, mayHaveMore: true)
            case .end: return .end
            case .failed: return .lost
            case .wantsInput: break
            }
            if case .lost = flush { return .lost }
            switch socket.receive(into: &incoming, atLeast: Self.recordRoom) {
            case .octets:
                guard incoming.withOctets({ session.feed($0) }) else { return .lost }
                incoming.consume(incoming.count)
            case .end: return .end
            case .wouldBlock:
                incoming.release()
                return .wouldBlock
            case .lost: return .lost
            }
        }
    }

    /// Writes the three pieces one after the other, from the octet `offset` of the whole. Octets that were taken may still
    /// be pending.
    mutating func send(
        _ first: [UInt8], _ second: [UInt8], _ third: [UInt8], from offset: Int
    ) -> StreamSocket.Transmission {
        guard let session else { return socket.send(first, second, third, from: offset) }
        switch flush() {
        case .done: break
        case .wouldBlock: return .wouldBlock
        case .lost: return .lost
        }
        var start = offset
        for piece in [first, second, third] {
            guard start >= piece.count else {
                let count = piece.withUnsafeBytes { octets in
                    session.write(UnsafeRawBufferPointer(rebasing: octets[start...].prefix(Self.mostEncrypted)))
                }
                guard let count else { return .lost }
                if case .lost = flush() { return .lost }
                return .octets(count)
            }
            start -= piece.count
        }
        return .octets(0)
    }

    /// Hands pending octets to the kernel.
    mutating func flush() -> Flush {
        guard let session else { return .done }
        while true {
            if flushed == outgoing.count {
                flushed = 0
                outgoing = session.take(atMost: Self.mostEncrypted)
                if outgoing.isEmpty { return .done }
            }
            switch socket.send(outgoing, [], [], from: flushed) {
            case .octets(let count): flushed += count
            case .wouldBlock: return .wouldBlock
            case .lost: return .lost
            }
        }
    }

    /// Says that nothing more will be sent.
    mutating func endSending() {
        hasEnded = true
        endSession()
        socket.endSending()
    }

    private mutating func endSession() {
        session?.end()
        _ = flush()
    }

    /// Makes `close` send RST, so that an answer that is cut cannot pass for a complete one.
    mutating func resetOnClose() {
        isBroken = true
        socket.resetOnClose()
    }

    /// Lets the kernel find out whether the other side is still there, where nothing else would.
    func keepAlive() { socket.keepAlive() }

    /// Ends both directions at once, whoever still waits for either.
    func cut() { socket.cut() }

    /// Says goodbye where TLS has not failed, and closes the socket.
    mutating func close() {
        if !isBroken { endSession() }
        socket.close()
    }
}
