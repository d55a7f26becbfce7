import Engine
import Testing

extension Interval {
    /// Longer than anything takes, on a busy host and beside all other tests; a test that needs it all has failed.
    static let patience = Interval.seconds(Int64(300))
}

/// Runs `body` with an engine of its own and a kernel echo server, and stops both. The engine must not have broken an
/// invariant.
func withEngine(
    _ configuration: EngineConfiguration = EngineConfiguration(),
    _ body: (Engine, Endpoint) async throws -> Void
) async throws {
    let server = try KernelEcho()
    defer { server.stop() }
    let engine = try Engine(configuration: configuration)
    try await engine.start()
    defer { engine.stop() }
    try await body(engine, server.endpoint)
    #expect(await engine.status().counters.internalErrors == 0)
    #expect(await engine.hasNoWaiters)
}

extension Engine {
    /// Waits for exactly `octets` octets from the beginning of the stream.
    func read(octets: Int, from id: ConnectionID) async throws -> [UInt8] {
        var wanted = ReadRequest()
        wanted.minimum = octets
        wanted.limit = octets
        wanted.patience = .patience
        return try await read(wanted, from: id).octets
    }

    /// Writes `octets` octets and reads at the same time; the peer must send them back as they went.
    func expectEcho(octets: Int, over id: ConnectionID) async throws {
        let text = (0..<octets).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        async let written = write(text, to: id, push: true, timeout: .patience)
        var received: [UInt8] = []
        while received.count < text.count {
            var wanted = ReadRequest()
            wanted.offset = UInt64(received.count)
            wanted.patience = .patience
            let piece = try await read(wanted, from: id)
            try #require(!piece.octets.isEmpty, "the stream stopped after \(received.count) octets")
            received += piece.octets
        }
        #expect(received == text)
        #expect(try await written.nextOffset == UInt64(octets))
    }
}
