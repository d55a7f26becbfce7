package import HTTPTypes

/// One operation of the HTTP surface. The table of all of them is what `openapi.json` describes.
package struct Route: Sendable {
    /// How the operation waits, and so which parameters and preferences it knows besides its own.
    package enum Waiting: Sendable {
        case never
        /// For a condition: `wait=acked`, with the patience `timeout=`.
        case forCondition
        /// For news: `wait=` is the patience itself.
        case forDuration
    }

    package typealias Handler = @Sendable (Call) async throws -> Response

    package let method: HTTPRequest.Method
    /// The path, with holes: `/v1/connections/{id}/send`.
    package let template: String
    /// The query parameters that the operation knows.
    package let parameters: [String]
    package let waiting: Waiting
    /// The operation puts segments onto the wire, so that it honours `Idempotency-Key`.
    package let putsOnWire: Bool
    /// The media types of the answer, which `Accept` is held against before anything happens; none where the handler chooses
    /// among several by itself, or shows nothing.
    package let types: [String]
    package let handler: Handler
    private let parts: [Substring]

    package init(
        _ method: HTTPRequest.Method, _ template: String, parameters: [String] = [], waiting: Waiting = .never,
        putsOnWire: Bool = false, types: [String] = ["application/json"], handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.waiting = waiting
        self.putsOnWire = putsOnWire
        // Of a DELETE only its success is told: 204.
        self.types = method == .delete ? [] : types
        self.handler = handler
        parts = template.split(separator: "/", omittingEmptySubsequences: false)
        let waitingParameters =
            switch waiting {
            case .never: [String]()
            case .forCondition: ["wait", "timeout"]
            case .forDuration: ["wait"]
            }
        self.parameters = parameters + waitingParameters + ["pretty"]
    }

    /// What stands in the holes if `path` (percent-encoded) is of this shape, else nil.
    package func match(_ path: String) -> [String: String]? {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count == parts.count else { return nil }
        var values: [String: String] = [:]
        for (part, piece) in zip(parts, pieces) {
            guard let text = String(validating: PercentEncoding.decode(piece.utf8), as: UTF8.self) else { return nil }
            if part.hasPrefix("{") {
                guard !text.isEmpty else { return nil }
                values[String(part.dropFirst().dropLast())] = text
            } else if part != text {
                return nil
            }
        }
        return values
    }
}
