import Engine
import HTTPTypes

/// `/v1/connections/{id}/script`: what happened on a connection, as a script that makes it happen again.
package struct ConnectionScriptRoutes: Sendable {
    private let engine: any EngineService

    package init(engine: any EngineService) { self.engine = engine }

    /// The operations of the resource.
    package var routes: [Route] {
        [Route(.get, "/v1/connections/{id}/script", parameters: ["as"], types: [], handler: show)]
    }

    private func show(_ call: Call) async throws -> Response {
        var query = call.query
        let language = query.word("as", ConnectionScript.Language.self) ?? .packetdrill
        try query.finish()
        let id = try await engine.connectionID(for: call.pathParameter("id"))
        let snapshot = await engine.log()
        var segments: [DecodedSegment] = []
        snapshot.forEach(in: snapshot.numbers) { record in
            if record.connection == id { segments.append(DecodedSegment(record, analysis: AnalysisSet())) }
            return true
        }
        if segments.isEmpty {
            _ = try await engine.connection(id)
            throw Problem(.notFound, "The log has no segment of \(id): nothing was sent yet, or it is no longer kept.")
        }
        let script: String
        switch language {
        case .packetdrill: script = ReplayScript(segments, try await use(of: id)).text
        case .curl: script = ConnectionScript(segments).curl
        case .scapy: script = ConnectionScript(segments).scapy
        }
        let head = HTTPResponse(status: .ok, headerFields: [.contentType: language.contentType])
        return Response(head: head, body: .bytes(Array(script.utf8)))
    }
}

extension ConnectionScriptRoutes {
    /// What the connection's user did; segments alone do not tell when that was.
    private func use(of id: ConnectionID) async throws(Problem) -> ConnectionUse {
        do throws(EngineError) {
            return try await engine.use(of: id)
        } catch {
            throw Problem(
                .notFound,
                "What the user of \(id) did is not kept: it was deleted, or is not of our TCP. as=curl and as=scapy need less."
            )
        }
    }
}

extension ConnectionScript.Language {
    /// The media type of a script.
    fileprivate var contentType: String {
        switch self {
        case .packetdrill: "text/x-packetdrill; charset=utf-8"
        case .curl: "text/x-shellscript; charset=utf-8"
        case .scapy: "text/x-python; charset=utf-8"
        }
    }
}
