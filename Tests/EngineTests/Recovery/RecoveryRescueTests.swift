import Engine
import Testing

/// What is repeated without a proof of loss where RACK is off: RFC 6675 §4, NextSeg () rules (3) and (4).
@Suite struct RecoveryRescueTests {
    private func countOnly(_ setup: inout Script.Setup) { setup.options.lossDetection = .sack }

    @Test func lastSegmentIsRescuedOnceWhenNothingElseIsLeft() throws {
        var host = try Script.inFlight(6, of: 6, countOnly)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        #expect(try host.sentNow() == [.again(0, .sackRetransmit)])
        // Segment 5 is lost too, and nothing behind it will ever tell.
        host.sack(0, 1..<5)
        #expect(try host.sentNow() == [.again(5, .sackRetransmit)])
        host.advance(.milliseconds(100))
        host.peer(.ack, ack: 5_000)
        try host.expectNothing()
        host.peer(.ack, ack: 6_000)
        #expect(host.recovery?.phase == .open)
        #expect(host.counters?.timeouts == 0)
    }

    @Test func holeWithoutAVerdictIsRepeatedBeforeTheRescue() throws {
        var host = try Script.inFlight(8, of: 8, countOnly)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        #expect(try host.sentNow() == [.again(0, .sackRetransmit)])
        // One segment has arrived behind 5: too few for a loss.
        host.sack(0, 6..<7, 1..<5)
        #expect(try host.sentNow().first == .again(5, .sackRetransmit))
    }

    @Test func newTextGoesFirst() throws {
        var host = try Script.inFlight(6, of: 20, countOnly) { $0.options.habits.initialWindow = 6 }
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        #expect(try host.sentNow().contains(.again(0, .sackRetransmit)))
        host.sack(0, 1..<5)
        #expect(try host.sentNow().allSatisfy { $0.cause == .data })
    }

    @Test func withRACKThereIsNoRescue() throws {
        var host = try Script.inFlight(6, of: 6)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        #expect(try host.sentNow() == [.again(0, .sackRetransmit)])
        host.sack(0, 1..<5)
        try host.expectNothing()
    }
}

extension Script {
    fileprivate static func inFlight(
        _ segments: Int, of written: Int, _ first: (inout Setup) -> Void, _ second: (inout Setup) -> Void
    ) throws -> Script {
        try inFlight(segments, of: written) {
            first(&$0)
            second(&$0)
        }
    }
}
