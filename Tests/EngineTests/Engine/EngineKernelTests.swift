import Engine
import TestSupport
import Testing

/// The engine on the real raw socket, against the kernel's own TCP.
@Suite struct EngineKernelTests {
    @Test func handshakeDataAndCloseWithTheKernel() async throws {
        try await withEngine { engine, server in
            var request = OpenRequest(remote: server)
            request.initialSequence = SequenceNumber(0xffff_fffc)
            let opened = try await engine.connect(request, timeout: .patience)
            #expect(opened.state == .established)

            let text = Array("hello raw".utf8)
            let receipt = try await engine.write(text, to: opened.id, push: true, timeout: .patience)
            #expect(receipt.offset == 0 && receipt.nextOffset == 9)
            #expect(receipt.firstSequence == SequenceNumber(0xffff_fffd) && receipt.nextSequence == SequenceNumber(6))
            #expect(try await engine.read(octets: 9, from: opened.id) == text)

            _ = try await engine.close(opened.id)
            let closed = try await engine.wait(for: .state(.timeWait), on: opened.id, timeout: .patience)
            #expect(closed.closeReason == .normal)
            #expect(closed.counters.bytesAcked == 9 && closed.counters.bytesReceived == 9)
        }
    }

    @Test func aMillionOctetsComeBackAsTheyWent() async throws {
        try await withEngine { engine, server in
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            try await engine.expectEcho(octets: 1_000_000, over: id)
        }
    }

    @Test func aPortInTimeWaitServesAnotherPeer() async throws {
        try await withEngine { engine, server in
            let other = try KernelEcho(at: IPAddress(v4: 0x7f00_0002))
            defer { other.stop() }
            var request = OpenRequest(remote: server)
            let first = try await engine.connect(request, timeout: .patience)
            request.localPort = first.local.port
            _ = try await engine.close(first.id)
            _ = try await engine.wait(for: .state(.timeWait), on: first.id, timeout: .patience)

            await #expect(throws: EngineError.self) { try await engine.connect(request, timeout: .patience) }
            request.remote = other.endpoint
            request.localAddress = first.local.address
            let second = try await engine.connect(request, timeout: .patience)
            #expect(second.state == .established && second.local == first.local)
        }
    }

    @Test func aRefusalNamesTheConnection() async throws {
        try await withEngine { engine, server in
            // Held, so that nobody else gets it meanwhile.
            let gone = try KernelSocket.bound()
            defer { withExtendedLifetime(gone) {} }
            await #expect {
                try await engine.connect(OpenRequest(remote: gone.endpoint), timeout: .patience)
            } throws: { error in
                if case EngineError.connectionRefused = error { true } else { false }
            }
        }
    }
}
