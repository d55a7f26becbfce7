/// Tunnels: the connection of an accepted CONNECT, behind its answer's head.
extension HTTPConnection {
    /// The client is gone.
    private struct ClientIsGone: Error {}

    /// Sends the head and lets `carry` move octets both ways until it ends. Time limits of HTTP stop here. Returns false:
    /// no exchange follows.
    func tunnel(_ carry: @Sendable (Tunnel) async throws -> Void, number: Int) async -> Bool {
        phase = .tunneling
        deadlines.grace = .max
        guard await transmitOutput() else { return false }
        socket.keepAlive()
        let tunnel = Tunnel(
            source: {
                // Without it a reader would wait on for a client whose tunnel has been given up.
                try await withTaskCancellationHandler {
                    try await self.readTunnel()
                } onCancel: {
                    self.notify(.lost)
                }
            },
            sink: { octets in try await self.writeTunnel(octets) },
            ending: { await self.endTunnel() }
        )
        do {
            try await carry(tunnel)
        } catch {
            socket.resetOnClose()
        }
        return false
    }

    private func readTunnel() async throws -> [UInt8]? {
        while input.isEmpty {
            switch await fill(atLeast: Self.contentRoom) {
            case .filled: break
            case .ended: return nil
            case .timedOut, .stopped, .lost: throw ClientIsGone()
            }
        }
        let octets = input.withOctets { Array($0) }
        input.consume(octets.count)
        return octets
    }

    private func writeTunnel(_ octets: [UInt8]) async throws {
        try Task.checkCancellation()
        guard await transmit(octets) else { throw ClientIsGone() }
    }

    private func endTunnel() { socket.endSending() }
}
