import Engine
import HTTPTypes

/// `/v1/options`: TCP options registered at run time.
package struct OptionRoutes: Sendable {
    private let engine: any EngineService

    package init(engine: any EngineService) { self.engine = engine }

    /// The operations of the resource.
    package var routes: [Route] {
        let option = "/v1/options/{name}"
        return [
            Route(.get, "/v1/options", parameters: ["limit", "after"], handler: list),
            Route(.put, option, handler: register),
            Route(.get, option, handler: show),
            Route(.delete, option, handler: delete),
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let options = await engine.registeredOptions().sorted { $0.name < $1.name }
        let rest = page.rest(ofNamed: options, \.name)
        return call.answer("options", rest, page, mark: \.name, \.json)
    }

    private func register(_ call: Call) async throws -> Response {
        let name = try ClientName.inPath(of: call)
        let condition = try WriteCondition(call.request.head.headerFields)
        let definition = try OptionRequest.read(await call.readObject(), name: name)
        let isNew = try await engine.register(definition, where: condition.standing)
        return call.answer(
            definition.json, status: isNew ? .created : .ok, fields: isNew ? [.location: "/v1/options/\(name)"] : [:])
    }

    private func show(_ call: Call) async throws -> Response {
        call.answer(try await engine.registeredOption(call.pathParameter("name")).json)
    }

    private func delete(_ call: Call) async throws -> Response {
        try await call.refuseBody()
        try await engine.unregister(call.pathParameter("name"))
        return .noContent
    }
}
