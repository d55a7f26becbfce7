import Engine
import Testing

/// RFC 9293 §3.8.5.
@Suite struct CoreUrgentTests {
    @Test("RFC 9293 MUST-30, MUST-62: the urgent pointer shows the octet behind the urgent data")
    func urgentOctetsAreMarked() throws {
        var host = try Script(.established)
        try host.write(10)
        try host.expect(.ack, seq: 0, length: 10)
        try host.write(5, urgent: true)
        let sent = try host.expect([.ack, .urg], seq: 10, length: 5)
        #expect(sent.header.urgentPointer == 5)
        try host.write(3)
        try host.expect(.ack, seq: 15, length: 3)
    }

    @Test("RFC 9293 MUST-31: urgent data may be of any length, each segment pointing to its end")
    func longUrgentDataIsMarkedInEverySegment() throws {
        var host = try Script(.established) { $0.options.congestion = .none }
        try host.write(70_000, urgent: true)
        let first = try host.expect([.ack, .urg], seq: 0, length: 1_000)
        #expect(first.header.urgentPointer == 65_535)
        var pointers: [UInt16] = []
        while let sent = try host.next() { pointers.append(sent.header.urgentPointer) }
        #expect(pointers.prefix(5) == [65_535, 65_535, 65_535, 65_535, 65_000])
    }

    @Test func aRepeatedSegmentIsUrgentToo() throws {
        var host = try Script(.established)
        try host.write(5, urgent: true)
        try host.expect([.ack, .urg], seq: 0)
        host.advanceToTimer()
        #expect(try host.expect([.ack, .urg], seq: 0, cause: .rto).header.urgentPointer == 5)
        host.peer(.ack, ack: 5)
        try host.write(1)
        try host.expect(.ack, seq: 5)
    }

    @Test("RFC 9293 MUST-32, MUST-33: the user learns that urgent data has come, and how much is left to read")
    func receivedUrgentDataIsShownUntilRead() throws {
        var host = try Script(.established)
        host.peer([.ack, .urg], length: 4, urgentPointer: 10)
        #expect(host.connection?.snapshot.receive.urgent == .init(offset: 10, remaining: 10))
        try host.read(4)
        #expect(host.connection?.snapshot.receive.urgent == .init(offset: 10, remaining: 6))
        host.peer(.ack, length: 6)
        try host.read()
        #expect(host.connection?.snapshot.receive.urgent == nil)
    }

    @Test func theUrgentPointerOnlyAdvances() throws {
        var host = try Script(.established)
        host.peer([.ack, .urg], length: 4, urgentPointer: 8)
        host.peer([.ack, .urg], length: 4, urgentPointer: 2)
        #expect(host.connection?.snapshot.receive.urgent?.offset == 8)
        host.peer([.ack, .urg], length: 4, urgentPointer: 4)
        #expect(host.connection?.snapshot.receive.urgent?.offset == 12)
    }

    @Test("RFC 9293 MUST-66: the urgent pointer is read though the window is closed")
    func urgentAtAClosedWindow() throws {
        var host = try Script(.established) { $0.options.receiveBuffer = 4_096 }
        host.peer(.ack, length: 4_096)
        host.advance(.milliseconds(100))
        #expect(host.connection?.snapshot.receive.wnd == 0)
        host.peer([.ack, .urg], seq: 4_096, length: 1, urgentPointer: 1)
        #expect(host.connection?.snapshot.receive.urgent?.offset == 4_097)
    }

    @Test func urgentAfterThePeersFinIsIgnored() throws {
        var host = try Script(.closeWait)
        host.peer([.ack, .urg], urgentPointer: 100)
        #expect(host.connection?.snapshot.receive.urgent == nil)
    }
}
