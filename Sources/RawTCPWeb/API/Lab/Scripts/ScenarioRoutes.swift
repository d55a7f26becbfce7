import Engine
import HTTPTypes

/// `/v1/scenarios`: scripts of the packetdrill language, run at once or stored.
package struct ScenarioRoutes: Sendable {
    private static let contentType = "text/x-packetdrill"
    private static let runParameters = ["clock", "seed", "profile", "remote"]
    /// Most lines of the log in an answer.
    private static let logLimit = 1_000

    private let engine: any EngineService
    private let library: ScenarioLibrary

    package init(engine: any EngineService, library: ScenarioLibrary = ScenarioLibrary()) {
        self.engine = engine
        self.library = library
    }

    /// The operations of the resource.
    package var routes: [Route] {
        let scenario = "/v1/scenarios/{name}"
        return [
            Route(.post, "/v1/scenarios", parameters: Self.runParameters, putsOnWire: true, handler: runGiven),
            Route(.get, "/v1/scenarios", parameters: ["limit", "after"], handler: list),
            Route(.put, scenario, handler: store),
            Route(.get, scenario, types: [], handler: show),
            Route(.delete, scenario, handler: remove),
            Route(.post, scenario + "/runs", parameters: Self.runParameters, putsOnWire: true, handler: runStored),
        ]
    }

    // MARK: Running

    private enum Clock: String, CaseIterable {
        case virtual
        case real
    }

    /// How a script is to be run.
    private enum Plan {
        case virtual(ScriptSetting)
        /// Against this peer; nil: our own stack, which looks like the personality and makes the script's calls.
        case real(HostPort?, Personality)

        /// Whose `#ifdef` counts.
        var personality: Personality {
            switch self {
            case .virtual(let setting): setting.personality
            case .real(_, let personality): personality
            }
        }
    }

    private func runGiven(_ call: Call) async throws -> Response {
        let plan = try plan(call)
        let (_, script) = try await readScript(call, plan.personality)
        return try await run(script, plan, call)
    }

    private func runStored(_ call: Call) async throws -> Response {
        let plan = try plan(call)
        try await call.refuseBody()
        let scenario = try await library.scenario(call.pathParameter("name"))
        return try await run(try Self.parse(scenario.text, plan.personality), plan, call)
    }

    private func plan(_ call: Call) throws(Problem) -> Plan {
        var query = call.query
        var setting = ScriptSetting()
        let clock = query.word("clock", Clock.self) ?? .virtual
        setting.seed = query.integer("seed", in: 0...Int(ImpairmentRequest.mostSeed)).map { UInt64($0) } ?? 0
        setting.personality = query.word("profile", Personality.self) ?? .standard
        let remote = query.read("remote", HostPort.withPort) { HostPort(withPort: $0) }
        if clock == .virtual, query.has("remote") { query.addFault("remote", "is for clock=real only") }
        if clock == .real, query.has("seed") {
            query.addFault("seed", "is for clock=virtual only: on the wire nothing is drawn from it")
        }
        try query.finish()
        return clock == .virtual ? .virtual(setting) : .real(remote, setting.personality)
    }

    private func run(_ script: Script, _ plan: Plan, _ call: Call) async throws -> Response {
        switch plan {
        case .virtual(let setting): return answer(try await Self.run(script, setting), setting, call)
        case .real(let remote, let personality):
            var peer: Endpoint?
            if let remote {
                peer = Endpoint(
                    try await NameResolver.resolve(remote.host, at: .parameter("remote")).unmapped, remote.port ?? 0)
            }
            return try await runOnWire(script, peer, personality, call)
        }
    }

    private func runOnWire(
        _ script: Script, _ peer: Endpoint?, _ personality: Personality, _ call: Call
    ) async throws -> Response {
        var run = try WireScript(script, peer: peer, personality: personality, engine: engine)
        do {
            try await run.run()
        } catch {
            var problem = (error as? WireScript.Failure).map { Problem($0) } ?? Problem(any: error)
            problem.hasPutOnWire = true
            throw problem
        }
        return call.answer([
            "verdict": "pass", "lines": .integer(script.stepCount),
            "ignored": .array(run.ignored.map { .string($0) }), "virtualSeconds": .null, "seconds": run.elapsed.json,
            "segment": run.deciding.map { .number($0) } ?? .null,
        ])
    }

    /// Off the connection's queue: a long script takes a while, and others wait behind it.
    @concurrent
    private static func run(_ script: Script, _ setting: ScriptSetting) async throws -> ScriptReport {
        do {
            return try ScriptRunner.run(script, setting)
        } catch ScriptProblem.failed(let failure) {
            throw Problem(failure)
        } catch ScriptProblem.unsupported(let error) {
            throw Problem(error)
        }
    }

    private func answer(_ report: ScriptReport, _ setting: ScriptSetting, _ call: Call) -> Response {
        let lines = report.log.lines(limit: Self.logLimit)
        var answer = call.answer(
            [
                "verdict": "pass", "lines": .integer(report.lines),
                "ignored": .array(report.ignored.map { .string($0) }), "virtualSeconds": report.duration.json,
                "profile": .string(setting.personality.rawValue), "seed": .number(setting.seed),
                "segments": .number(report.log.newest), "log": .array(lines.map { .string($0) }),
            ], fields: [.eTag: "\"\(report.log.digest)\""])
        answer.isRepeatable = true
        return answer
    }

    // MARK: Storing

    private func readScript(
        _ call: Call, _ personality: Personality = .standard
    ) async throws(Problem) -> (text: String, script: Script) {
        guard let type = call.contentType, type == Self.contentType || type == "text/plain" else {
            throw Problem(
                .unsupportedMediaType,
                "The content type must be \(Self.contentType). Try: curl -H 'Content-Type: \(Self.contentType)' "
                    + "--data-binary @script.pkt \(call.request.path)")
        }
        try call.refuseContentEncoding()
        let octets = try await call.collect(upTo: Script.maximumLength)
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw Problem(.badRequest, "The script is not UTF-8.")
        }
        return (text, try Self.parse(text, personality))
    }

    private static func parse(_ text: String, _ personality: Personality) throws(Problem) -> Script {
        do {
            return try Script(parsing: text, definitions: personality.definitions)
        } catch {
            throw Problem(error)
        }
    }

    private func store(_ call: Call) async throws -> Response {
        let name = try ClientName.inPath(of: call)
        let condition = try WriteCondition(call.request.head.headerFields)
        let (text, script) = try await readScript(call)
        let scenario = Scenario(name: name, text: text, isBuiltIn: false, script: script)
        let isNew = try await library.put(scenario, where: condition.standing)
        let location: HTTPFields = isNew ? [.location: "/v1/scenarios/\(name)"] : [:]
        return call.answer(model(scenario), status: isNew ? .created : .ok, fields: location)
    }

    private func model(_ scenario: Scenario) -> JSON {
        [
            "name": .string(scenario.name), "title": .string(scenario.title),
            "builtIn": .bool(scenario.isBuiltIn), "steps": .integer(scenario.script.stepCount),
            "octets": .integer(scenario.text.utf8.count),
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let rest = page.rest(ofNamed: await library.all, \.name)
        return call.answer("scenarios", rest, page, mark: \.name, model)
    }

    private func show(_ call: Call) async throws -> Response {
        let scenario = try await library.scenario(call.pathParameter("name"))
        let choice = try Representation.choose(
            among: [Self.contentType, "application/json", "text/plain"], for: call.request)
        if choice == 1 { return call.answer(model(scenario).merging(["script": .string(scenario.text)])) }
        var head = HTTPResponse(status: .ok)
        head.headerFields[.contentType] = choice == 0 ? Self.contentType : "text/plain; charset=utf-8"
        return Response(head: head, body: .bytes(Array(scenario.text.utf8)))
    }

    private func remove(_ call: Call) async throws -> Response {
        try await call.refuseBody()
        try await library.remove(call.pathParameter("name"))
        return .noContent
    }
}

extension Scenario {
    /// The script's first comment: its intent in one line.
    var title: String {
        let line = text.split(separator: "\n").first { $0.hasPrefix("//") }
        return line.map { $0.drop { $0 == "/" || $0 == " " } }.map(String.init) ?? ""
    }
}

extension Problem {
    /// A step that was not as its line says.
    init(_ failure: ScriptFailure) {
        self.init(.scenarioFailed, "Line \(failure.line): expected \(failure.expected), actual \(failure.actual).")
        members = [
            JSON.Member("line", .integer(failure.line)), JSON.Member("source", .string(failure.source)),
            JSON.Member("expected", .string(failure.expected)), JSON.Member("actual", .string(failure.actual)),
            JSON.Member("log", .array(failure.log.lines(limit: 1_000).map { .string($0) })),
        ]
    }

    /// A place in a script that can't be understood.
    init(_ error: ScriptError) {
        self.init(
            .unsupportedScript, "Line \(error.line), column \(error.column), \"\(error.token)\": \(error.reason).")
        members = [
            JSON.Member("line", .integer(error.line)), JSON.Member("column", .integer(error.column)),
            JSON.Member("token", .string(error.token)),
        ]
    }
}
