import Engine
import HTTPTypes

/// `POST /v1/segments`: segments made by hand.
package struct CraftRoutes: Sendable {
    private let engine: any EngineService
    private let rates: RateLimiter

    package init(engine: any EngineService, rates: RateLimiter = RateLimiter()) {
        self.engine = engine
        self.rates = rates
    }

    /// The operation of the resource.
    package var routes: [Route] {
        [Route(.post, "/v1/segments", waiting: .forCondition, putsOnWire: true, handler: craft)]
    }

    private func craft(_ call: Call) async throws -> Response {
        var query = call.query
        let waiting = query.waiting(default: .sent)
        switch waiting.condition {
        case nil, .sent, .reply: break
        case .acknowledged, .established, .closed, .state, .acknowledgedThrough, .sentThrough, .received:
            query.addFault("wait", "must be none, sent or reply: a crafted segment has no other fate")
        }
        try query.finish()
        let body = try CraftRequestModel(await call.readObject())
        let subject = try await subject(of: body)
        try await rates.admit(
            .craftedSegmentsPerSecond, count: body.request.packetCount, to: try await target(of: subject))
        let receipt = try await engine.craft(body.settled(subject))
        let replies = waiting.condition == .reply ? try await self.replies(to: receipt, patience: waiting.patience) : []
        return call.answer(
            [
                "segments": .array(receipt.segments.map { .number($0) }),
                "kernelRewrote": .array(receipt.kernelRewrote.map { .string($0) }),
                "replies": .array(replies.map { SegmentModel($0).json(payload: nil) }),
                "local": receipt.local.json,
                "remote": receipt.remote.json,
            ],
            status: .created, fields: receipt.segments.first.map { [.location: "/v1/segments/\($0)"] } ?? [:])
    }

    private func target(of subject: CraftRequest.Subject) async throws -> IPAddress {
        switch subject {
        case .connection(let id):
            // An observed connection is the kernel's, and not among ours.
            if let observed = try? await engine.observation(id) {
                observed.remote.address
            } else {
                try await engine.connection(id).remote.address
            }
        case .endpoints(_, _, let remote): remote.address
        }
    }

    private func subject(of body: CraftRequestModel) async throws(Problem) -> CraftRequest.Subject {
        if let text = body.connection { return .connection(try await engine.anyConnectionID(for: text)) }
        guard let remote = body.remote else { throw Problem(faults: [.member("/remote", "is required")]) }
        let address = try await NameResolver.resolve(remote.host, at: .member("remote")).unmapped
        var local: IPAddress?
        if let place = body.local { local = try await NameResolver.resolve(place.host, at: .member("local")).unmapped }
        return .endpoints(
            localAddress: local, localPort: body.localPort, remote: Endpoint(address, remote.port ?? 0))
    }

    /// What has come from the peer since the segments left: at least one segment, or the patience is over.
    private func replies(to receipt: CraftReceipt, patience: Interval) async throws -> [SegmentRecord] {
        let deadline = ContinuousClock.now + .nanoseconds(patience.nanoseconds)
        var examined = receipt.segments.last ?? 0
        while true {
            let log = await engine.log()
            var found: [SegmentRecord] = []
            log.forEach(in: log.numbers(after: examined)) { record in
                if record.isReply(from: receipt.remote, to: receipt.local) { found.append(record) }
                return true
            }
            examined = max(examined, log.newest)
            let left = deadline - ContinuousClock.now
            if !found.isEmpty { return found }
            let hasEnded = await engine.hasEnded()
            guard left > .zero, !Task.isCancelled, !hasEnded else {
                var problem = Problem(
                    .timedOut, "The patience ran out: \(receipt.remote.zonedDescription) has answered nothing.")
                problem.segments = Array(receipt.segments.prefix(100))
                problem.hasPutOnWire = true
                throw problem
            }
            await engine.waitForNews(after: log.progress, patience: Interval(left))
        }
    }
}

extension SegmentRecord {
    /// It came from `remote` to `local`.
    fileprivate func isReply(from remote: Endpoint, to local: Endpoint) -> Bool {
        guard direction == .inbound, let headers, let tcp = headers.tcp else { return false }
        // Headers name no zone.
        return Endpoint(headers.source, tcp.sourcePort) == remote.within(zone: 0)
            && Endpoint(headers.destination, tcp.destinationPort) == local.within(zone: 0)
    }
}
