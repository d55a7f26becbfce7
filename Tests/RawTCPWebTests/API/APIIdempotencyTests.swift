import Engine
import HTTPTypes
import RawTCPWeb
import Testing

@Suite struct APIIdempotencyTests {
    private let runs = Runs()

    /// A router with one route that counts its runs, and fails as told.
    private func router(_ failure: Problem? = nil, gate: AsyncStream<Void>? = nil) -> Router {
        let route = Route(.post, "/v1/things", putsOnWire: true) { [runs] call in
            let number = await runs.next()
            if let gate { for await _ in gate {} }
            if let failure { throw failure }
            return call.answer(["run": .integer(number)], status: .created)
        }
        return Router(routes: [route], gate: Gate())
    }

    private func post(_ router: Router, key: String?, json: String = "{}") async throws -> Answer {
        var fields: HTTPFields = [:]
        fields[.idempotencyKey] = key
        return try await ask("POST", "/v1/things", json: json, fields: fields, router: router)
    }

    @Test func theSameKeyAndBodyGetTheFirstAnswerAgain() async throws {
        let router = router()
        let first = try await post(router, key: "k1")
        let second = try await post(router, key: "k1")
        #expect(first.status == 201 && second.status == 201)
        #expect(first.json == ["run": 1] && second.json == ["run": 1])
        #expect(first.head.headerFields[.idempotentReplayed] == nil)
        #expect(second.head.headerFields[.idempotentReplayed] == "true")
    }

    @Test func otherKeysAndNoKeysRunAnew() async throws {
        let router = router()
        for (run, key) in ["k1", "k2", nil, nil].enumerated() {
            #expect(try await post(router, key: key).json == ["run": .integer(run + 1)])
        }
    }

    @Test func theSameKeyWithAnotherBodyIsAMismatch() async throws {
        let router = router()
        _ = try await post(router, key: "k1")
        let other = try await post(router, key: "k1", json: "{ }")
        #expect(other.status == 422)
        #expect(other.problem == "idempotency-mismatch")
    }

    @Test func aKeyThatIsStillRunningIsInProgress() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let router = router(gate: stream)
        let first = Task { try await post(router, key: "k1") }
        while await runs.count == 0 { await Task.yield() }
        let second = try await post(router, key: "k1")
        #expect(second.status == 409)
        #expect(second.problem == "idempotency-in-progress")
        // The client goes away; the request goes on, for the retry to find its answer.
        first.cancel()
        continuation.finish()
        #expect(try await first.value.json == ["run": 1])
        #expect(try await post(router, key: "k1").json == ["run": 1])
    }

    @Test func aFailureThatLeftTracesIsReplayed() async throws {
        var failure = Problem(.connectionRefused, "refused")
        failure.connection = ConnectionID(rawValue: 1)
        let router = router(failure)
        _ = try await post(router, key: "k1")
        let second = try await post(router, key: "k1")
        #expect(second.status == 502)
        #expect(second.head.headerFields[.idempotentReplayed] == "true")
        #expect(await runs.count == 1)
    }

    @Test func aFailureThatPutNothingOnTheWireMayBeTriedAgain() async throws {
        let router = router(Problem(.portInUse, "taken"))
        _ = try await post(router, key: "k1")
        let second = try await post(router, key: "k1", json: "{ }")
        #expect(second.status == 409)
        #expect(second.head.headerFields[.idempotentReplayed] == nil)
        #expect(await runs.count == 2)
    }

    @Test func aFailureThatTellsOfItsTracesIsReplayed() async throws {
        var failure = Problem(.scenarioFailed, "failed")
        failure.hasPutOnWire = true
        let router = router(failure)
        _ = try await post(router, key: "k1")
        #expect(try await post(router, key: "k1").head.headerFields[.idempotentReplayed] == "true")
        #expect(await runs.count == 1)
    }

    @Test func anAnswerThatMayBeGivenTwiceIsNotKept() async throws {
        let route = Route(.post, "/v1/things", putsOnWire: true) { [runs] call in
            var answer = call.answer(["run": .integer(await runs.next())])
            answer.isRepeatable = true
            return answer
        }
        let router = Router(routes: [route], gate: Gate())
        #expect(try await post(router, key: "k1").json == ["run": 1])
        #expect(try await post(router, key: "k1", json: "{ }").json == ["run": 2])
    }

    @Test func aBodyTooLongToCompareIsPointedToTheOffset() async throws {
        let answer = try await post(router(), key: "k1", json: String(repeating: " ", count: (1 << 20) + 1))
        #expect(answer.status == 422)
        #expect(answer.json["detail"]?.text?.contains("offset") == true)
        #expect(await runs.count == 0)
    }
}

private actor Runs {
    private(set) var count = 0
    func next() -> Int {
        count += 1
        return count
    }
}
