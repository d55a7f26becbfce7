package import HTTPTypes

/// What answers requests. The server knows nothing else of the program.
package protocol RequestHandler: Sendable {
    /// The answer to an accepted request. Its task is cancelled when the client goes away.
    func respond(to request: Request) async -> Response

    /// The answer to a request that was refused before it could become a `Request`; `id` is the exchange's Request-Id.
    func refuse(_ refusal: Refusal, id: String) async -> Response
}

/// A request that the server does not accept: the status that says so, and why in plain words.
package struct Refusal: Error, Sendable, Equatable {
    package var status: HTTPResponse.Status
    package var detail: String

    package init(status: HTTPResponse.Status, detail: String) {
        self.status = status
        self.detail = detail
    }

    /// The connection ends after every refusal: where the next request would start is no longer certain.
    package var closes: Bool { true }

    /// A refusal with 400.
    static func badRequest(_ detail: String) -> Self { Self(status: .badRequest, detail: detail) }
}
