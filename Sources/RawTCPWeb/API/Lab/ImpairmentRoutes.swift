import Engine
import HTTPTypes

/// `/v1/impairments` in Toxiproxy's shape, and `/v1/reset`.
package struct ImpairmentRoutes: Sendable {
    private let engine: any EngineService

    package init(engine: any EngineService) { self.engine = engine }

    /// The operations of the resources.
    package var routes: [Route] {
        let impairment = "/v1/impairments/{name}"
        return [
            Route(.post, "/v1/impairments", handler: create),
            Route(.get, "/v1/impairments", parameters: ["limit", "after"], handler: list),
            Route(.get, impairment, handler: show),
            Route(.patch, impairment, handler: change),
            Route(.delete, impairment, handler: delete),
            Route(.get, impairment + "/held", handler: held),
            Route(.post, impairment + "/release", putsOnWire: true, handler: release),
            Route(.post, "/v1/reset", types: [], handler: reset),
        ]
    }

    private func model(_ snapshot: ImpairmentSnapshot) -> JSON {
        let settings = snapshot.settings
        return [
            "name": .string(settings.name),
            "type": .string(settings.kind.name),
            "stream": .string(ImpairmentRequest.Stream(settings.stream).rawValue),
            "toxicity": .double(settings.toxicity),
            "connection": .string(settings.connection?.description),
            "seed": .number(settings.seed),
            "attributes": settings.attributes,
            "lease": LeaseModel.json(snapshot.leaseExpiry, wallTime: engine.wallTime(of:)),
            "counters": [
                "matched": .integer(snapshot.counters.matched), "impaired": .integer(snapshot.counters.impaired),
                "held": .integer(snapshot.held),
            ],
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        var request = try ImpairmentRequest(creating: await call.readObject())
        try await settleConnection(&request)
        var snapshot = try await engine.impair(request.settings)
        if let length = request.lease {
            snapshot = try await engine.lease(impairment: request.settings.name, length)
        }
        return call.answer(
            model(snapshot), status: .created, fields: [.location: "/v1/impairments/\(snapshot.settings.name)"])
    }

    /// Finds the connection that the request names.
    private func settleConnection(_ request: inout ImpairmentRequest) async throws(Problem) {
        guard let named = request.connection else { return }
        guard let text = named else { return request.settings.connection = nil }
        request.settings.connection = try await engine.connectionID(for: text)
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let all = await engine.impairments()
        // The order is that in which segments meet them, not the names'; a number, unlike a name, never comes again.
        let rest = try await page.rest(of: all, \.ordinal) { mark in
            HostPort.parseDecimal(mark) ?? all.first { $0.settings.name == mark }?.ordinal
        }
        return call.answer("impairments", rest, page, mark: { String($0.ordinal) }, model)
    }

    private func show(_ call: Call) async throws -> Response {
        call.answer(model(try await engine.impairment(call.pathParameter("name"))))
    }

    private func change(_ call: Call) async throws -> Response {
        let current = try await engine.impairment(call.pathParameter("name")).settings
        var request = try ImpairmentRequest(changing: current, await call.readObject())
        try await settleConnection(&request)
        if let length = request.lease { _ = try await engine.lease(impairment: request.settings.name, length) }
        return call.answer(model(try await engine.update(request.settings)))
    }

    private func delete(_ call: Call) async throws -> Response {
        try await call.refuseBody()
        try await engine.removeImpairment(call.pathParameter("name"))
        return .noContent
    }

    private func reset(_ call: Call) async throws -> Response {
        try await call.refuseBody()
        await engine.reset()
        return .noContent
    }
}

// MARK: - Held segments

extension ImpairmentRoutes {
    private func held(_ call: Call) async throws -> Response {
        let held = try await engine.heldSegments(by: call.pathParameter("name"))
        let log = await engine.log()
        return call.answer([
            "held": .array(
                held.map { entry in
                    [
                        "segment": .number(entry.segment),
                        "since": .string(engine.timestamp(of: entry.since)),
                        "record": log[entry.segment].map { SegmentModel($0).json(payload: nil) } ?? .null,
                    ]
                })
        ])
    }

    private func release(_ call: Call) async throws -> Response {
        var object = try await call.readOptionalObject()
        let segment = object.integer("segment", in: 1...Int.max).map { UInt64($0) }
        var edit: CraftRequest?
        _ = object.object("edit") { child -> Bool? in
            var request = CraftRequest(subject: .connection(ConnectionID(rawValue: 0)))
            request.readHeader(&child)
            request.readContent(&child)
            if request.fragmentSize != nil { child.addFault("ip", "a held segment goes on in one piece") }
            edit = request
            return true
        }
        try object.finish()
        let records = try await engine.release(heldBy: call.pathParameter("name"), segment: segment, edit: edit)
        var answer = call.answer(["segments": .array(records.map { .number($0) })])
        answer.isRepeatable = records.isEmpty
        return answer
    }
}
