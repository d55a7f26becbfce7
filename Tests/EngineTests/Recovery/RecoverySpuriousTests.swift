import Engine
import Testing

/// Recoveries that should not have been, found out and taken back: RFC 5682, RFC 3522, RFC 2883.
@Suite struct RecoverySpuriousTests {
    // MARK: RFC 5682

    @Test func spuriousTimeoutIsFoundByNewText() throws {
        var host = try Script.inFlight(10) { $0.options.sack = false }
        let before = try #require(host.congestion).window
        // Step 1: only the first segment is repeated.
        host.advanceToTimer()
        #expect(try host.sentNow() == [.again(0, .rto)])
        #expect(host.congestion?.phase == .loss)
        // Step 2b: the ACK of the original. Two new segments go out, and no repetition.
        host.peer(.ack, ack: 1_000)
        #expect(try host.sentNow() == [.new(10), .new(11)])
        // Step 3b: another original has come.
        host.peer(.ack, ack: 2_000)
        #expect(host.counters?.spuriousRecoveries == 1)
        #expect(try #require(host.congestion).window >= before)
        #expect(host.congestion?.slowStartThreshold == nil)
        #expect(try host.sentNow().allSatisfy { $0.cause == .data })
        #expect(host.recovery?.phase == .open)
    }

    @Test func genuineTimeoutGoesOnAfterTheSecondAcknowledgment() throws {
        var host = try Script.inFlight(10) { $0.options.sack = false }
        host.advanceToTimer()
        #expect(try host.sentNow() == [.again(0, .rto)])
        host.peer(.ack, ack: 1_000)
        #expect(try host.sentNow() == [.new(10), .new(11)])
        // Step 3a: a duplicate, because segment 1 is missing.
        host.peer(.ack, ack: 1_000)
        host.peer(.ack, ack: 1_000)
        let sent = try host.sentNow()
        #expect(sent.isEmpty || sent.first == .again(1, .rto))
        host.advanceToTimer()
        #expect(try (sent + host.sentNow()).contains(.again(1, .rto)))
        #expect(host.counters?.spuriousRecoveries == 0)
    }

    @Test func withoutNewTextTheTimeoutIsTakenAsGenuine() throws {
        var host = try Script.inFlight(10, of: 10) { $0.options.sack = false }
        host.advanceToTimer()
        #expect(try host.sentNow() == [.again(0, .rto)])
        host.peer(.ack, ack: 1_000)
        #expect(try host.sentNow() == [.again(1, .rto), .again(2, .rto)])
    }

    @Test func secondTimeoutInARowIsGenuine() throws {
        var host = try Script.inFlight(10) { $0.options.sack = false }
        host.advanceToTimer()
        host.advanceToTimer()
        #expect(try host.sentNow() == [.again(0, .rto), .again(0, .rto)])
        host.peer(.ack, ack: 1_000)
        #expect(try host.sentNow().first == .again(1, .rto))
    }

    // MARK: RFC 4015

    @Test func firstRoundTripAfterASpuriousTimeoutIsBelieved() throws {
        var host = try Script.inFlight(10) { $0.options.sack = false }
        host.advanceToTimer()
        _ = try host.sentNow()
        host.peer(.ack, ack: 1_000)
        #expect(try host.sentNow() == [.new(10), .new(11)])
        host.peer(.ack, ack: 2_000)
        #expect(host.counters?.spuriousRecoveries == 1)
        let before = try #require(host.connection).snapshot.rtt
        #expect(try #require(before.smoothed) < .milliseconds(200))
        host.advance(.milliseconds(400))
        // Step 11 wants it of what was sent since, not of the stragglers.
        host.peer(.ack, ack: 10_000)
        let between = try #require(host.connection).snapshot.rtt
        #expect(try #require(between.smoothed) < .milliseconds(300))
        host.peer(.ack, ack: 12_000)
        let after = try #require(host.connection).snapshot.rtt
        #expect(after.smoothed == .milliseconds(400))
        #expect(try #require(after.variation) >= .milliseconds(200))
        #expect(after.rto >= .milliseconds(1_200))
    }

    // MARK: RFC 3522

    private func stamped(_ setup: inout Script.Setup) {
        setup.options.timestamps = true
        setup.peerOptions += [.timestamps(value: 0, echo: 0)]
        setup.peerOptions.removeFirst()
        setup.peerOptions.append(.maximumSegmentSize(1_012))
    }

    @Test func echoFromBeforeTheRepetitionUndoesATimeout() throws {
        var host = try Script.inFlight(10, stamped)
        let echo = try #require(host.stampsOption)
        host.advance(.milliseconds(900))
        _ = try host.sentNow()
        #expect(try #require(host.counters).timeouts > 0)
        let timeouts = try #require(host.counters).timeouts
        host.peer(.ack, ack: 10_000, options: [.noOperation, .noOperation, echo])
        #expect(host.counters?.spuriousRecoveries == 1)
        #expect(try #require(host.congestion).window >= 10_000)
        #expect(host.recovery?.phase == .open)
        #expect(try host.sentNow().allSatisfy { $0.cause == .data })
        #expect(host.counters?.timeouts == timeouts)
    }

    @Test func echoOfTheRepetitionUndoesNothing() throws {
        var host = try Script.inFlight(10, stamped)
        host.advance(.milliseconds(900))
        _ = try host.sentNow()  // the host's clock goes with what was sent last
        host.advance(.milliseconds(50))
        host.peer(.ack, ack: 10_000)
        #expect(host.counters?.spuriousRecoveries == 0)
        #expect(host.congestion?.slowStartThreshold == 5_060)  // half of ten full segments
    }

    // MARK: RFC 2883

    @Test func reportOfADuplicateUndoesFastRecovery() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        #expect(try host.sentNow().first == .again(0, .sackRetransmit))
        #expect(host.congestion?.phase == .fastRecovery)
        // The original was only late.
        host.peer(.ack, ack: 4_000)
        _ = try host.sentNow()
        #expect(host.counters?.spuriousRecoveries == 0)
        host.advance(.milliseconds(90))
        host.sack(4, 0..<1)
        #expect(host.counters?.spuriousRecoveries == 1)
        #expect(try #require(host.congestion).window >= 10_000)
        #expect(host.congestion?.slowStartThreshold == nil)
        #expect(host.recovery?.phase == .open)
    }

    @Test func duplicateFromElsewhereUndoesNothing() throws {
        var host = try Script.inFlight(10)
        host.advance(.milliseconds(100))
        host.sack(0, 1..<4)
        _ = try host.sentNow()
        host.sack(0, -5 ..< -4)
        #expect(host.counters?.spuriousRecoveries == 0)
    }
}
