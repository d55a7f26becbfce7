import HTTPTypes

/// Answers to requests that carried an `Idempotency-Key`, so that a retry puts nothing onto the wire twice.
package actor IdempotencyKeys {
    /// The longest body that a key can vouch for: it is held whole, and hashed.
    private static let bodyLimit = 1 << 20
    /// Answers remembered; the oldest go first.
    private static let capacity = 4_096
    private static let lifetime: Duration = .seconds(3_600)

    /// What a key belongs to.
    private struct Scope: Hashable {
        let method: HTTPRequest.Method
        let path: String
        /// The client's address, without its port.
        let caller: String
        let key: String

        init(_ request: Request, _ key: String) {
            method = request.head.method
            path = request.path
            caller = request.clientAddress
            self.key = key
        }
    }

    private struct Entry {
        /// The body's hash.
        let body: Int
        let expiry: ContinuousClock.Instant
        /// Nil while the request is still running.
        var outcome: Result<Response, Problem>?
    }

    private enum Claim {
        case fresh
        case replay(Result<Response, Problem>)
        case running
        case mismatch
    }

    private var entries: [Scope: Entry] = [:]
    /// The scopes, oldest first; some may be forgotten already.
    private var order: [Scope] = []

    package init() {}

    /// Runs the handler unless the same request has been answered before: then gives that answer again.
    ///
    /// The handler runs on when the client goes away: the retry wants to find its answer.
    nonisolated package func once(
        _ key: String, _ call: Call, _ handler: @escaping Route.Handler
    ) async throws -> Response {
        guard (1...255).contains(key.utf8.count) else {
            throw Problem(.invalidRequest, "Idempotency-Key must have from 1 to 255 characters.")
        }
        var call = call
        let body = try await Self.body(of: call)
        call.request.body = RequestBody(body)
        let scope = Scope(call.request, key)
        switch await claim(scope, body.hashValue) {
        case .fresh: break
        case .replay(let outcome): return try Self.replayed(outcome)
        case .running:
            throw Problem(.idempotencyInProgress, "The first request with this Idempotency-Key is still running.")
        case .mismatch:
            throw Problem(.idempotencyMismatch, "This Idempotency-Key came with another body before. Take a fresh one.")
        }
        let work = Task { [call] in try await handler(call) }
        let outcome = await work.result.mapError { Problem(any: $0) }
        await settle(scope, outcome)
        return try outcome.get()
    }

    private static func body(of call: Call) async throws(Problem) -> [UInt8] {
        do {
            return try await call.request.body.collect(upTo: bodyLimit)
        } catch {
            guard case .tooLarge = error else { throw Problem(error) }
            throw Problem(faults: [
                .parameter(
                    "offset",
                    "an Idempotency-Key vouches for bodies of at most \(bodyLimit) octets; for a longer one give offset=N "
                        + "in its place, which makes a retry exactly-once")
            ])
        }
    }

    private static func replayed(_ outcome: Result<Response, Problem>) throws(Problem) -> Response {
        switch outcome {
        case .success(var response):
            response.head.headerFields[.idempotentReplayed] = "true"
            return response
        case .failure(var problem):
            problem.fields[.idempotentReplayed] = "true"
            throw problem
        }
    }

    private func claim(_ scope: Scope, _ body: Int) -> Claim {
        forgetOld()
        guard let entry = entries[scope] else {
            entries[scope] = Entry(body: body, expiry: .now + Self.lifetime)
            order.append(scope)
            return .fresh
        }
        if entry.body != body { return .mismatch }
        return entry.outcome.map { .replay($0) } ?? .running
    }

    /// Keeps the answer if something went onto the wire; otherwise the retry may try anew.
    private func settle(_ scope: Scope, _ outcome: Result<Response, Problem>) {
        let leftTraces =
            switch outcome {
            case .success(let response): !response.isRepeatable
            case .failure(let problem): problem.leftTraces
            }
        if !leftTraces {
            entries[scope] = nil
            if let index = order.lastIndex(of: scope) { order.remove(at: index) }
        } else {
            entries[scope]?.outcome = outcome
        }
    }

    /// Drops answers that are too old or too many; one that is still awaited stays.
    private func forgetOld() {
        let now = ContinuousClock.now
        while let oldest = order.first, let entry = entries[oldest], entry.outcome != nil,
            entry.expiry <= now || order.count > Self.capacity
        {
            entries[oldest] = nil
            order.removeFirst()
        }
    }
}

extension Problem {
    /// Segments had left before the request failed.
    fileprivate var leftTraces: Bool {
        if hasPutOnWire { return true }
        let accepted = members.first { $0.name == "accepted" }?.value
        switch type {
        case .connectionRefused, .connectionReset, .unreachable, .kernelReset, .handshakeTimeout, .timedOut:
            return connection != nil && accepted != 0
        default:
            return false
        }
    }
}
