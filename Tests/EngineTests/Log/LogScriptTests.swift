import Engine
import Testing

/// A connection's log, written as a script and run again.
@Suite struct LogScriptTests {
    private static let offers: [TCPOption] = [
        .maximumSegmentSize(1_000), .sackPermitted, .timestamps(value: 0, echo: 0), .windowScale(7),
    ]

    /// Octets written before or behind the handshake, an answer, and a close.
    private func exchange(_ options: ConnectionOptions, writesEarly: Bool) throws -> ReplayScript {
        var setup = Script.Setup()
        setup.options = options
        setup.peerOptions = Self.offers.filter { offer in
            switch offer {
            case .sackPermitted: options.sack
            case .timestamps: options.timestamps
            case .windowScale: options.windowScale != nil
            default: true
            }
        }
        var host = Script(setup)
        try host.open { _ in }
        if writesEarly { try host.write(5) }
        host.advance(.milliseconds(20))
        host.peerSYN(.ack)
        if !writesEarly {
            try host.expect(.ack, seq: 0, ack: 0, length: 0)
            host.advance(.milliseconds(5))
            try host.write(5)
        }
        try host.expect(.ack, seq: 0, ack: 0, length: 5)
        host.advance(.milliseconds(20))
        host.peer([.psh, .ack], ack: 5, length: 7)
        host.advance(.milliseconds(100))
        host.close()
        host.advance(.milliseconds(20))
        host.peer([.fin, .ack], ack: 6)
        host.advance(.milliseconds(20))
        host.expectState(.timeWait)
        let log = host.stack.log.snapshot()
        let segments = log.numbers.compactMap { log[$0] }.map { DecodedSegment($0, analysis: AnalysisSet()) }
        return ReplayScript(segments, try #require(host.connection?.use))
    }

    private func expectPass(_ text: String) throws {
        #expect(throws: Never.self, "\(text)") {
            _ = try ScriptRunner.run(.init(parsing: text), ScriptSetting(seed: 1))
        }
    }

    @Test(
        "whatever a connection left out, its script passes",
        arguments: [0b000, 0b001, 0b010, 0b011, 0b100, 0b101, 0b110, 0b111], [false, true])
    func replay(left: Int, writesEarly: Bool) throws {
        var options = ConnectionOptions()
        if left & 1 != 0 { options.sack = false }
        if left & 2 != 0 { options.timestamps = false }
        if left & 4 != 0 { options.windowScale = nil }
        let script = try exchange(options, writesEarly: writesEarly)
        let text = script.text
        #expect(script.isWhole, "\(text)")
        #expect(text.contains("net.ipv4.tcp_sack=0") == !options.sack)
        #expect(text.contains("net.ipv4.tcp_timestamps=0") == !options.timestamps)
        #expect(text.contains("net.ipv4.tcp_window_scaling=0") == (options.windowScale == nil))
        try expectPass(text)
    }
}
