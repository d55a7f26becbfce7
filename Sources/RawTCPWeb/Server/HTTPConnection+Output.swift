import HTTPTypes

/// Writing: answers, whole or as they are produced.
extension HTTPConnection {
    /// A body writer was used after its exchange, or by two tasks at once, or against the declared length.
    private enum Misuse: Error {
        case writerIsStale
        case writerIsBusy
        case lengthExceeded
    }

    /// The client is gone.
    private struct ClientIsGone: Error {}

    /// Contents up to this are copied behind their head; copying so little costs less than a second piece of I/O vector.
    private static let smallContent = 4 * 1024
    /// An output buffer above this is not kept.
    private static let keptOutput = 16 * 1024

    /// Sends the answer to the running exchange. Returns whether the connection may go on.
    func send(_ response: Response, id: String) async -> Bool {
        guard let exchange else { return false }
        let framing = exchange.framing(of: response)
        let persists =
            mayPersist && exchange.persists(after: response, framedAs: framing, drainLimit: service.limits.drain)
        encode(response.head, framing: framing, connection: exchange.connectionField(persists: persists), id: id)
        if case .tunnel(let carry) = response.body { return await tunnel(carry, number: exchange.number) }
        guard exchange.sendsContent(framedAs: framing) else { return await transmitOutput() && persists }
        switch response.body {
        case .none: return await transmitOutput() && persists
        case .bytes(let octets): return await transmitOutput(followedBy: octets) && persists
        case .tunnel: return false
        case .stream(let produce):
            guard await transmitOutput(), await stream(produce, framing: framing, number: exchange.number) else {
                socket.resetOnClose()
                return false
            }
            return persists
        }
    }

    /// Sends the answer to a request that was refused: always whole, always the last.
    func send(refusal response: Response, isHead: Bool, id: String) async {
        var content: [UInt8] = []
        if case .bytes(let octets) = response.body { content = octets }
        encode(response.head, framing: .length(content.count), connection: "close", id: id)
        _ = await transmitOutput(followedBy: isHead ? [] : content)
    }

    private func encode(_ head: HTTPResponse, framing: ResponseFraming, connection: String?, id: String) {
        output.removeAll(keepingCapacity: output.capacity <= Self.keptOutput)
        let stamp = ResponseStamp(
            date: HTTPDate(seconds: ServerClock.realtimeSeconds), server: service.name, requestID: id)
        ResponseEncoder.encode(head, framing: framing, connection: connection, stamp: stamp, into: &output)
    }

    /// Sends the head that was encoded, and the content behind it. Returns false if the client is gone.
    func transmitOutput(followedBy octets: [UInt8] = []) async -> Bool {
        if octets.count <= Self.smallContent {
            output += octets
            return await transmit(output)
        }
        return await transmit(output, octets)
    }

    // MARK: Streams

    /// Lets a handler produce the content. Returns whether it was sent completely.
    private func stream(
        _ produce: @Sendable (BodyWriter) async throws -> Void, framing: ResponseFraming, number: Int
    ) async -> Bool {
        if case .length(let length) = framing { contentLeft = length } else { contentLeft = nil }
        let writer = BodyWriter { octets in try await self.write(octets, framing: framing, number: number) }
        do {
            try await produce(writer)
        } catch {
            return false
        }
        guard contentLeft ?? 0 == 0 else { return false }
        return framing == .chunked ? await transmit(ResponseEncoder.lastChunk) : true
    }

    private func write(_ octets: [UInt8], framing: ResponseFraming, number: Int) async throws {
        guard exchange?.number == number else { throw Misuse.writerIsStale }
        guard !isSending else { throw Misuse.writerIsBusy }
        try Task.checkCancellation()
        guard !octets.isEmpty else { return }
        if let left = contentLeft {
            guard octets.count <= left else { throw Misuse.lengthExceeded }
            contentLeft = left - octets.count
        }
        output.removeAll(keepingCapacity: true)
        if framing == .chunked { ResponseEncoder.encodeChunkSize(octets.count, into: &output) }
        guard await transmit(output, octets, framing == .chunked ? ResponseEncoder.chunkEnd : []) else {
            throw ClientIsGone()
        }
    }

    // MARK: The socket

    /// Writes the pieces one after the other, waiting while the client does not read. Returns false if it is gone or
    /// has not read for too long.
    func transmit(_ first: [UInt8], _ second: [UInt8] = [], _ third: [UInt8] = []) async -> Bool {
        isSending = true
        defer { isSending = false }
        let total = first.count + second.count + third.count
        var sent = 0
        while sent < total, peer != .lost {
            switch socket.send(first, second, third, from: sent) {
            case .octets(let count):
                sent += count
                await breathe(after: count)
            case .lost: peer = .lost
            case .wouldBlock: await waitForRoom()
            }
        }
        return await flush() && sent == total
    }

    /// Waits until the kernel has taken what TLS made of the octets.
    private func flush() async -> Bool {
        while socket.hasPending, peer != .lost {
            switch socket.flush() {
            case .done: break
            case .wouldBlock: await waitForRoom()
            case .lost: peer = .lost
            }
        }
        return peer != .lost
    }

    private func waitForRoom() async {
        // The far side of a tunnel sets the pace, and may take its time.
        if phase != .tunneling {
            deadlines.write = ServerClock.now + service.limits.writeTimeout.nanoseconds
            noteDeadline()
        }
        let wake = await withCheckedContinuation { continuation in
            writer = continuation
            watchWriting()
        }
        deadlines.write = .max
        guard wake == .timedOut else { return }
        peer = .lost
        socket.resetOnClose()  // else the kernel would go on offering what nobody takes
    }

    /// Wakes whoever waits for room, if anybody does.
    func resumeWriter(_ wake: Wake) {
        guard let waiting = writer else { return }
        writer = nil
        waiting.resume(returning: wake)
    }
}
