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
    /// Adds to the problem that a call is answered with.
    package typealias Completion = @Sendable (Problem, Call) async -> Problem

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
    /// What every failure of the operation tells besides, be it that of a call which never came to the handler.
    package let completion: Completion
    /// The parts of the template: as they are, or nil and the name of a hole.
    private let parts: [(text: String?, hole: String)]

    package init(
        _ method: HTTPRequest.Method, _ template: String, parameters: [String] = [], waiting: Waiting = .never,
        putsOnWire: Bool = false, types: [String] = ["application/json"],
        completion: @escaping Completion = { problem, _ in problem }, handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.waiting = waiting
        self.putsOnWire = putsOnWire
        // Of a DELETE only its success is told: 204.
        self.types = method == .delete ? [] : types
        self.handler = handler
        self.completion = completion
        parts = template.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") ? (nil, String(part.dropFirst().dropLast())) : (String(part), "")
        }
        let waitingParameters =
            switch waiting {
            case .never: [String]()
            case .forCondition: ["wait", "timeout"]
            case .forDuration: ["wait"]
            }
        self.parameters = parameters + waitingParameters + ["pretty"]
    }

    /// How many parts the template has; a path of another number is not of its shape.
    var partCount: Int { parts.count }

    /// The parts of a path (percent-encoded), decoded; nil if one is no text, which no route has. Taken apart once for all
    /// routes: most of the time of a small answer would go into this.
    static func parts(of path: String) -> [String]? {
        var parts: [String] = []
        for piece in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if piece.contains(UInt8(ascii: "%")) {
                guard let text = String(validating: PercentEncoding.decode(piece), as: UTF8.self) else { return nil }
                parts.append(text)
            } else {
                parts.append(String(Substring(piece)))
            }
        }
        return parts
    }

    /// What stands in the holes if a path of these parts is of this shape, else nil.
    func match(_ pieces: [String]) -> [String: String]? {
        guard pieces.count == parts.count else { return nil }
        var values: [String: String] = [:]
        for (part, piece) in zip(parts, pieces) {
            if let text = part.text {
                guard text == piece else { return nil }
            } else {
                guard !piece.isEmpty else { return nil }
                values[part.hole] = piece
            }
        }
        return values
    }
}
