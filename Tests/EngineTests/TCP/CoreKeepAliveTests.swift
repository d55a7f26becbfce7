import Engine
import Testing

/// RFC 9293 §3.8.4.
@Suite struct CoreKeepAliveTests {
    private func probing() throws -> Script {
        try Script(.established) { setup in
            setup.options.keepAlive = KeepAlive()
            setup.options.keepAlive?.count = 3
        }
    }

    @Test("RFC 9293 MUST-25: keep-alives are off by default")
    func anIdleConnectionIsNotProbed() throws {
        var host = try Script(.established)
        host.advance(.seconds(Int64(30_000)))
        try host.expectNothing()
    }

    @Test("RFC 9293 MUST-28, SHLD-12: the first probe comes after two hours, without text, one number before SND.NXT")
    func firstProbe() throws {
        var host = try probing()
        host.advance(.seconds(Int64(7_199)))
        try host.expectNothing()
        host.advance(.seconds(Int64(1)))
        try host.expect(.ack, seq: -1, ack: 0, length: 0, cause: .keepAlive)
        host.peer(.ack)
        host.advance(.seconds(Int64(7_199)))
        try host.expectNothing()
    }

    @Test("RFC 9293 MUST-29: not one unanswered probe ends the connection, but all of them")
    func unansweredProbesEndTheConnection() throws {
        var host = try probing()
        host.advance(.seconds(Int64(7_200 + 2 * 75)))
        for _ in 0..<3 { try host.expect(.ack, seq: -1, cause: .keepAlive) }
        host.expectState(.established)
        host.advance(.seconds(Int64(75)))
        host.expectState(.closed, because: .timeout)
        try host.expect([.rst, .ack])
    }

    @Test("RFC 9293 MUST-26: while data is outstanding the retransmission timer asks, not the keep-alive")
    func noProbeWhileDataIsOutstanding() throws {
        var host = try Script(.established) { setup in
            setup.options.keepAlive = KeepAlive()
            setup.options.keepAlive?.idle = .seconds(Int64(10))
        }
        try host.write(1)
        host.advance(.seconds(Int64(60)))
        while let sent = try host.next() { #expect(sent.record?.cause != .keepAlive) }
    }

    @Test("RFC 9293 MUST-26: whatever comes puts the probe off")
    func arrivalsPutTheProbeOff() throws {
        var host = try probing()
        for _ in 0..<5 {
            host.advance(.seconds(Int64(5_000)))
            host.peer(.ack, length: 1)
        }
        host.advance(.seconds(Int64(1)))
        while let sent = try host.next() { #expect(sent.record?.cause == .delayedAck) }
    }

    @Test("RFC 9293 MUST-24, MUST-27: keep-alives and their interval can be changed while the connection stands")
    func changeWhileOpen() throws {
        var host = try Script(.established)
        var settings = KeepAlive()
        settings.idle = .seconds(Int64(5))
        try host.change { $0.keepAlive = .some(settings) }
        host.advance(.seconds(Int64(5)))
        try host.expect(.ack, seq: -1, cause: .keepAlive)
        host.peer(.ack)
        try host.change { $0.keepAlive = .some(nil) }
        host.advance(.seconds(Int64(1_000)))
        try host.expectNothing()
    }

    @Test func theProbeOfThePeerIsAnswered() throws {
        var host = try Script(.established)
        host.peer(.ack, seq: -1)
        try host.expect(.ack, seq: 0, ack: 0)
    }
}
