package import Engine
package import HTTPTypes

/// One request to one route, as its handler sees it.
package struct Call: Sendable {
    /// The most that a JSON body may take: it is held whole.
    package static let jsonLimit = 1 << 20
    /// The most patience that a request may ask for.
    package static let longestPatience: Interval = .milliseconds(60_000)
    /// The patience of actions that name none.
    package static let defaultPatience: Interval = .milliseconds(5_000)

    package internal(set) var request: Request
    /// What stands in the holes of the route's template.
    package let pathParameters: [String: String]
    /// Unknown parameters have been refused already.
    package let query: QueryParameters
    /// The answer is to be indented.
    package let isPretty: Bool

    /// What stands in the hole `name`.
    package func pathParameter(_ name: String) -> String { pathParameters[name] ?? "" }

    /// HEAD: the answer of GET, without effect.
    package var isHead: Bool { request.head.method == .head }

    /// An answer in JSON.
    package func answer(_ json: JSON, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]) -> Response {
        var text = JSONText(pretty: isPretty)
        text.write(json)
        return answer(text, status: status, fields: fields)
    }

    /// An answer in JSON that is written already.
    package func answer(
        _ text: consuming JSONText, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]
    ) -> Response {
        var head = HTTPResponse(status: status, headerFields: fields)
        head.headerFields[.contentType] = "application/json"
        return Response(head: head, body: .bytes(text.finished()))
    }

    /// The media type of the body, without its parameters, in lower case; nil if none is given.
    package var contentType: String? {
        request.head.headerFields[.contentType].map { field in
            field.prefix { $0 != ";" }.trimmingWhitespace().lowercased()
        }
    }

    /// Reads the whole body as a JSON object.
    package func readObject(limit: Int = jsonLimit) async throws(Problem) -> StrictObject {
        guard contentType == "application/json" else { throw wrongContentType }
        try refuseContentEncoding()
        return StrictObject(try Self.parse(try await collect(upTo: limit)))
    }

    /// Reads the whole body as a JSON object, for a route that demands no member: without a body it is empty, whatever the
    /// content type, which some clients always send.
    package func readOptionalObject() async throws(Problem) -> StrictObject {
        let octets = try await collect(upTo: Self.jsonLimit)
        if octets.isEmpty { return StrictObject(.object([])) }
        guard contentType == "application/json" else { throw wrongContentType }
        try refuseContentEncoding()
        return StrictObject(try Self.parse(octets))
    }

    private var wrongContentType: Problem {
        let found = contentType.map { "\"\($0)\"" } ?? "missing"
        return Problem(
            .unsupportedMediaType,
            "The content type is \(found); it must be application/json. Try: curl --json '{…}' \(request.path)")
    }

    /// Refuses a body for a route that reads none; an empty object passes.
    package func refuseBody() async throws(Problem) {
        var object = try await readOptionalObject()
        try object.finish()
    }

    /// A compressed body would be taken for the payload itself.
    package func refuseContentEncoding() throws(Problem) {
        guard let encoding = request.head.headerFields[.contentEncoding], encoding.lowercased() != "identity" else {
            return
        }
        throw Problem(.unsupportedMediaType, "Content-Encoding \(encoding) is not read: send the body as it is.")
    }

    /// The whole body, if it is no longer than `limit`.
    package func collect(upTo limit: Int) async throws(Problem) -> [UInt8] {
        do {
            return try await request.body.collect(upTo: limit)
        } catch {
            throw Problem(error)
        }
    }

    /// A JSON text as a value.
    package static func parse(_ octets: [UInt8]) throws(Problem) -> JSON {
        do {
            return try JSON(parsing: octets)
        } catch {
            throw Problem(.invalidJSON, "Line \(error.line), column \(error.column): \(error.detail).")
        }
    }
}
