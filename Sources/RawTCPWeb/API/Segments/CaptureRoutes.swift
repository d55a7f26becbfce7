import HTTPTypes

/// `/v1/captures`: the rotating files of `--capture-dir`.
package struct CaptureRoutes: Sendable {
    private let directory: CaptureDirectory?

    /// Without a directory there are no captures.
    package init(directory: CaptureDirectory?) { self.directory = directory }

    /// The operations of the resource.
    package var routes: [Route] {
        [
            Route(.get, "/v1/captures", parameters: ["limit", "after"], handler: list),
            Route(.get, "/v1/captures/{file}", types: [SegmentFormat.pcapng.mediaType], handler: show),
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        var query = call.query
        let page = query.page(defaultLimit: 1_000)
        try query.finish()
        let all = directory?.entries() ?? []
        let rest = all.filter { entry in page.after.map { entry.name > $0 } ?? true }
        return call.answer("captures", rest, page, mark: \.name) { entry in
            [
                "file": .string(entry.name), "size": .integer(entry.size),
                "modified": .string(Timestamp.text(nanoseconds: entry.modified)),
            ]
        }
    }

    private func show(_ call: Call) async throws -> Response {
        let name = call.pathParameter("file")
        guard let file = directory?.open(name) else {
            throw Problem(.notFound, "There is no capture of this name. GET /v1/captures lists those that are there.")
        }
        // The name is one that the directory lists: nothing in it would have to be quoted.
        let fields: HTTPFields = [
            .contentType: SegmentFormat.pcapng.contentType, .contentDisposition: "attachment; filename=\"\(name)\"",
        ]
        return try file.state.validators.answer(call.request.head, fields: fields, content: file.content)
    }
}
