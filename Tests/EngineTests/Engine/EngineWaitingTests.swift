import Engine
import TestSupport
import Testing

/// Callers that are suspended inside the engine, and how each of them comes out again.
@Suite struct EngineWaitingTests {
    @Test func whoeverIsToldOfEstablishedComesAfterOurAck() async throws {
        try await withEngine { engine, server in
            for _ in 0..<20 {
                let connection = try await engine.connect(OpenRequest(remote: server), timeout: .patience)
                // SYN, and the ACK that makes it true for the peer.
                #expect(connection.counters.segmentsSent == 2)
                try await engine.delete(connection.id)
            }
        }
    }

    @Test func whoeverIsIsolatedToTheEngineSpeaksInTheBatchOfItsAck() async throws {
        func connect(_ server: Endpoint, inside engine: isolated Engine) async throws -> Int {
            let connection = try await engine.connect(OpenRequest(remote: server), timeout: .patience)
            return connection.counters.segmentsSent
        }
        try await withEngine { engine, server in
            let sent = try await connect(server, inside: engine)
            #expect(sent == 1, "the ACK waits for what the task will ask for")
        }
    }

    @Test func whoeverIsIsolatedToTheEngineStaysOnItsLoop() async throws {
        func wait(_ silent: Endpoint, inside engine: isolated Engine) async throws -> (UInt64, isOnLoop: Bool) {
            let before = engine.loop.wakeups
            for _ in 0..<10 {
                _ = try? await engine.connect(OpenRequest(remote: silent), timeout: .milliseconds(1))
            }
            return (engine.loop.wakeups - before, engine.loop.isOnLoop)
        }
        try await withEngine { engine, _ in
            let silent = try KernelSocket.silent()
            let (wakeups, isOnLoop) = try await wait(silent.endpoint, inside: engine)
            #expect(isOnLoop)
            #expect(wakeups == 0, "the end of a wait came by way of another thread")
        }
    }

    @Test("A task of the loop that opens one connection after the other keeps nobody else out")
    func aTaskOfTheLoopLeavesItToOthers() async throws {
        try await withEngine { engine, server in
            let opening = Task { try await Self.openUntilCancelled(server, inside: engine) }
            for _ in 0..<20 { _ = await engine.status() }
            opening.cancel()
            let count = try await opening.value
            #expect(count > 0, "who called from elsewhere was kept waiting to the end")
        }
    }

    /// How many it was; 0 if nobody has cancelled the task.
    private static func openUntilCancelled(_ server: Endpoint, inside engine: isolated Engine) async throws -> Int {
        // Minutes, should the others have to wait for its end.
        for number in 1...2_000_000 {
            do {
                try engine.delete(await engine.establish(OpenRequest(remote: server), timeout: .patience))
            } catch EngineError.cancelled {
                return number
            }
        }
        return 0
    }

    @Test func aCallerCancelledBeforeItWaitsThrowsAtOnce() async throws {
        try await withEngine { engine, server in
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await engine.wait(for: .closed, on: id, timeout: .patience)
            }
            task.cancel()
            await #expect(throws: EngineError.cancelled) { try await task.value }
        }
    }

    @Test func aCallerCancelledWhileItWaitsIsTakenOut() async throws {
        try await withEngine { engine, server in
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            let task = Task { try await engine.wait(for: .closed, on: id, timeout: .patience) }
            while await engine.hasNoWaiters { await Task.yield() }
            task.cancel()
            await #expect(throws: EngineError.cancelled) { try await task.value }
        }
    }

    @Test func aCallerCancelledAfterItWaitedKeepsItsAnswer() async throws {
        try await withEngine { engine, server in
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            let task = Task { try await engine.wait(for: .established, on: id, timeout: .patience) }
            #expect(try await task.value.state == .established)
            task.cancel()
        }
    }

    @Test func aHandshakeWhoseCallerIsCancelledIsAborted() async throws {
        try await withEngine { engine, _ in
            let silent = try KernelSocket.silent()
            let task = Task { try await engine.connect(OpenRequest(remote: silent.endpoint), timeout: .patience) }
            while await engine.hasNoWaiters { await Task.yield() }
            task.cancel()
            await #expect(throws: EngineError.cancelled) { try await task.value }
            #expect(await engine.connections().map(\.closeReason) == [.aborted])
        }
    }

    @Test func aHandshakeThatNobodyAnswersTimesOut() async throws {
        try await withEngine { engine, _ in
            let silent = try KernelSocket.silent()
            let patience = Interval.milliseconds(50)
            await #expect(throws: EngineError.handshakeTimeout(ConnectionID(rawValue: 1), after: patience)) {
                try await engine.connect(OpenRequest(remote: silent.endpoint), timeout: patience)
            }
            #expect(await engine.status().openConnections == 0)
        }
    }

    @Test func aLeaseThatRunsOutIsToldToWhoWaitsAndToThePeer() async throws {
        try await withEngine { engine, server in
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            var change = ConnectionChange()
            // Not from the beginning: on a busy host a handshake may take as long.
            change.lease = .milliseconds(50)
            _ = try await engine.update(id, change)
            let begin = ContinuousClock.now
            #expect(try await engine.wait(for: .closed, on: id, timeout: .patience).closeReason == .leaseExpired)
            #expect(ContinuousClock.now - begin < .seconds(150), "only the end of the patience has woken the engine")
            let log = await engine.log()
            #expect(log[log.newest]?.cause == .rst)
        }
    }

    @Test func anEngineWithNothingToDoSleepsForGood() async throws {
        try await withEngine { engine, server in
            // The wait is over long before its patience, whose end must not keep the loop awake.
            _ = try await engine.connect(OpenRequest(remote: server), timeout: .seconds(Int64(1)))
            func deadline(inside engine: isolated Engine) -> Instant { engine.loop.deadline }
            let clock = ContinuousClock()
            let end = clock.now + .seconds(150)
            while await deadline(inside: engine) != .distantFuture, clock.now < end { await Task.yield() }
            #expect(await deadline(inside: engine) == .distantFuture)
        }
    }

    @Test func aConditionThatCanNoLongerComeTrueIsToldAtOnce() async throws {
        try await withEngine { engine, server in
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            await #expect {
                try await engine.wait(for: .state(.synSent), on: id, timeout: .patience)
            } throws: { error in
                if case EngineError.impossible = error { true } else { false }
            }
        }
    }

    @Test func aReplyIsTextWheneverItHasCome() async throws {
        try await withEngine { engine, server in
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            let start = try await engine.sendProgress(of: id)
            _ = try await engine.write([1], to: id, push: true, timeout: .patience)
            // The echo may be here before anybody waits for it.
            _ = try await engine.wait(for: .received(after: start.received), on: id, timeout: .patience)
            _ = try await engine.wait(for: .received(after: start.received), on: id, timeout: .patience)
            #expect(try await engine.sendProgress(of: id).received == 1)
        }
    }

    @Test func anAcknowledgmentIsNoReply() async throws {
        try await withEngine { engine, _ in
            let reader = try KernelSocket.listening()
            let id = try await engine.connect(OpenRequest(remote: reader.endpoint), timeout: .patience).id
            _ = try await engine.write([1], to: id, push: true, timeout: .patience)
            _ = try await engine.wait(for: .acknowledged, on: id, timeout: .patience)
            await #expect(throws: EngineError.timedOut(id, detail: "the peer has sent no text")) {
                try await engine.wait(for: .received(after: 0), on: id, timeout: .milliseconds(20))
            }
        }
    }

    @Test func behindThePeersFinThereIsNoReply() async throws {
        try await withEngine { engine, server in
            let id = try await engine.connect(OpenRequest(remote: server), timeout: .patience).id
            _ = try await engine.close(id)
            await #expect {
                try await engine.wait(for: .reply, on: id, timeout: .patience)
            } throws: { error in
                if case EngineError.impossible(id, _) = error { true } else { false }
            }
        }
    }

    @Test func theEndOfTheServiceLetsFollowersGo() async throws {
        try await withEngine { engine, _ in
            let seen = await engine.log().progress
            async let waiting: Void = engine.waitForNews(after: seen, patience: .patience)
            while await engine.hasNoWaiters { await Task.yield() }
            await engine.shutDown(patience: .patience)
            await waiting
            #expect(await engine.hasEnded())
        }
    }

    @Test func aHandshakeThatTheEndOfTheServiceCutsShortIsToldSo() async throws {
        try await withEngine { engine, _ in
            let silent = try KernelSocket.silent()
            let task = Task { try await engine.connect(OpenRequest(remote: silent.endpoint), timeout: .patience) }
            while await engine.hasNoWaiters { await Task.yield() }
            await engine.shutDown(patience: .milliseconds(10))
            await #expect(throws: EngineError.shuttingDown) { try await task.value }
        }
    }

    @Test func aFollowerOfTheLogIsWokenByANewRecord() async throws {
        try await withEngine { engine, server in
            let seen = await engine.log().progress
            async let waiting: Void = engine.waitForNews(after: seen, patience: .patience)
            _ = try await engine.connect(OpenRequest(remote: server), timeout: .patience)
            await waiting
            #expect(await engine.log().progress > seen)
        }
    }

    @Test func aWriterIsSuspendedWhileThePeerDoesNotRead() async throws {
        try await withEngine { engine, _ in
            let reader = try KernelSocket.listening()
            let id = try await engine.connect(OpenRequest(remote: reader.endpoint), timeout: .patience).id
            await #expect {
                let much = [UInt8](repeating: 7, count: 32 << 20)
                _ = try await engine.write(much, to: id, push: true, timeout: .milliseconds(300))
            } throws: { error in
                guard case EngineError.timedOut(id, let detail) = error else { return false }
                return detail.contains("window is closed")
            }
            let progress = try await engine.sendProgress(of: id)
            #expect(progress.accepted - progress.acknowledged <= 1 << 20)
            #expect(progress.peerWindow < 65_495)
        }
    }
}
