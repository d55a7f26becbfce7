import Engine
import TestSupport
import Testing

/// Endpoints that crafted segments have left from, and the time for which they are kept.
@Suite(.serialized, .longestPatience) struct EngineCraftingTests {
    /// Asks for the endpoint and for no segment.
    private func hold(_ port: UInt16?, to remote: Endpoint) -> CraftRequest {
        var request = CraftRequest(
            subject: .endpoints(localAddress: .loopbackV4, localPort: port, remote: remote))
        request.repetitions = 0
        request.hold = .patience
        return request
    }

    @Test func anEndpointThatCannotBeHadCostsNoOtherItsTime() async throws {
        let stranger = try KernelSocket.listening()
        defer { withExtendedLifetime(stranger) {} }
        // A range of its own: in the standard one, guards of other tests' engines hold ports, and this one's would hold theirs.
        var configuration = EngineConfiguration()
        configuration.portRange = 17_000...19_899
        try await withEngine(configuration) { engine, peer in
            // As many as are kept at once: one more makes room by ending another. A port may be chosen more than once.
            let kept = 1_024
            var tries = 0
            while await engine.usedEndpoints < kept, tries < 10 * kept {
                _ = try await engine.craft(hold(nil, to: peer))
                tries += 1
            }
            #expect(await engine.usedEndpoints == kept)
            await #expect(throws: EngineError.self) {
                try await engine.craft(hold(stranger.endpoint.port, to: peer))
            }
            #expect(await engine.usedEndpoints == kept)
            _ = try await engine.craft(hold(nil, to: peer))
            #expect(await engine.usedEndpoints == kept)
        }
    }
}
