import Engine
import Testing

/// RFC 9293 §3.6.1: the "half-duplex" close, of a user who reads no more (MAY-1).
@Suite struct CoreReadingEndTests {
    @Test("RFC 9293 SHLD-3: unread data is lost, and a RST says so")
    func unreadTextMakesTheCloseAReset() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 5)
        host.close(endsReading: true)
        host.expectState(.closed, because: .aborted)
        try host.expect([.rst, .ack], seq: 0, ack: 5)
    }

    @Test func readTextIsNotLost() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 5)
        _ = try host.stack.read(from: 0, limit: 5, of: host.id)
        host.close(endsReading: true)
        host.expectState(.finWait1)
        try host.expect([.fin, .ack], seq: 0, ack: 5)
    }

    @Test("RFC 9293 SHLD-3: data that comes after such a close is answered with a RST")
    func textAfterTheCloseIsReset() throws {
        var host = try Script(.established)
        host.close(endsReading: true)
        try host.expect([.fin, .ack], seq: 0)
        host.peer(.ack, ack: 1, length: 5)
        host.expectVerdict(.outOfWindow, .seventh)
        host.expectState(.closed, because: .aborted)
        try host.expect([.rst, .ack], seq: 1)
    }

    @Test func thePeersFinAloneEndsItInOrder() throws {
        var host = try Script(.established)
        host.close(endsReading: true)
        try host.expect([.fin, .ack], seq: 0)
        host.peer([.fin, .ack], ack: 1)
        host.expectState(.timeWait)
    }

    @Test("RFC 9293 §3.6: an ordinary close still reads")
    func ordinaryCloseKeepsReading() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 5)
        host.close()
        try host.expect([.fin, .ack], seq: 0, ack: 5)
        host.peer(.ack, ack: 1, length: 5)
        #expect(try host.read().count == 10)
    }

    @Test func autoReleaseDropsWhatArrivesAndKeepsTheWindowOpen() throws {
        var host = try Script(.established) { setup in
            setup.options.autoRelease = true
            setup.options.receiveBuffer = 4_096
        }
        for _ in 0..<10 {
            host.peer(.ack, length: 1_000)
            while try host.next() != nil {}
        }
        #expect(host.connection?.snapshot.receive.buffered == 0)
        #expect(host.connection?.readable == 10_000..<10_000)
        #expect(host.connection?.snapshot.counters.bytesReceived == 10_000)
    }

    @Test func autoReleaseCanBeTurnedOnLater() throws {
        var host = try Script(.established)
        host.peer(.ack, length: 1_000)
        try host.change { $0.autoRelease = true }
        #expect(host.connection?.snapshot.receive.buffered == 0)
    }
}
