import HTTPTypes

/// `/v1/captures`: the rotating files of `--capture-dir`.
package struct CaptureRoutes: Sendable {
    private let directory: CaptureDirectory?

    /// Octets that are read and sent at a time.
    private static let pieceSize = 65_536

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
        let limit = query.integer("limit", in: 1...10_000) ?? 1_000
        try query.finish()
        let all = directory?.entries() ?? []
        let rest = all.filter { entry in query.string("after").map { entry.name > $0 } ?? true }
        let captures = rest.prefix(limit).map { entry -> JSON in
            [
                "file": .string(entry.name), "size": .integer(entry.size),
                "modified": .string(Timestamp.text(nanoseconds: entry.modified)),
            ]
        }
        let next = rest.count > limit ? rest.prefix(limit).last?.name : nil
        return call.answer(["captures": .array(captures), "next": .string(next)])
    }

    private func show(_ call: Call) async throws -> Response {
        let name = call.pathParameter("file")
        guard let file = directory?.open(name) else {
            throw Problem(.notFound, "There is no capture of this name. GET /v1/captures lists those that are there.")
        }
        let fields = call.request.head.headerFields
        var answer = HTTPFields()
        answer[.eTag] = file.entityTag
        answer[.acceptRanges] = "bytes"
        if Self.lists(fields[.ifNoneMatch], file.entityTag) {
            return Response(head: HTTPResponse(status: .notModified, headerFields: answer))
        }
        if let tags = fields[.ifMatch], !Self.lists(tags, file.entityTag) {
            throw Problem(.preconditionFailed, "The capture has changed since: its entity tag is \(file.entityTag).")
        }
        answer[.contentType] = SegmentFormat.pcapng.contentType
        answer[.contentDisposition] = "attachment; filename=\"\(file.name)\""
        // RFC 9110 §13.1.5: a range of a representation that is no longer the same would not fit what the client has.
        let isSame = fields[.ifRange].map { $0 == file.entityTag } ?? true
        switch ByteRange(isSame ? fields[.range] : nil, size: file.size) {
        case .whole: return Self.part(of: file, 0..<file.size, status: .ok, answer)
        case .part(let range):
            answer[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            return Self.part(of: file, range, status: .partialContent, answer)
        case .unsatisfiable:
            var problem = Problem(.rangeNotSatisfiable, "The capture has \(file.size) octets.")
            problem.fields[.contentRange] = "bytes */\(file.size)"
            throw problem
        }
    }

    /// RFC 9110 §8.8.3.2: weak comparison, which for our strong tags is equality.
    private static func lists(_ field: String?, _ tag: String) -> Bool {
        field?.split(separator: ",").contains { part in
            let part = part.trimmingWhitespace()
            return part == "*" || part == tag || part == "W/" + tag
        } ?? false
    }

    private static func part(
        of file: CaptureFile, _ range: Range<Int>, status: HTTPResponse.Status, _ fields: HTTPFields
    ) -> Response {
        var fields = fields
        fields[.contentLength] = String(range.count)
        let body = ResponseBody.stream { writer in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let piece = file.read(at: offset, count: min(pieceSize, range.upperBound - offset))
                guard !piece.isEmpty else { throw Problem(.internal, "\(file.name) has become shorter.") }
                try await writer.write(piece)
                offset += piece.count
            }
        }
        return Response(head: HTTPResponse(status: status, headerFields: fields), body: body)
    }
}
