package import HTTPTypes

/// A handler's answer. The server adds Date, Server, Request-Id and everything that frames the message.
package struct Response: Sendable {
    /// Status and header fields.
    package var head: HTTPResponse
    /// The content.
    package var body: ResponseBody

    package init(head: HTTPResponse, body: ResponseBody = .none) {
        self.head = head
        self.body = body
    }
}

/// The content of an answer.
package enum ResponseBody: Sendable {
    /// No content.
    case none
    /// Content that is there already.
    case bytes([UInt8])
    /// Content that is written while it is sent. Its length is unknown unless the head declares a Content-Length.
    /// Throwing cuts the connection, so that the client sees that something is missing.
    case stream(@Sendable (BodyWriter) async throws -> Void)
}

/// Where a streamed answer is written to.
package struct BodyWriter: Sendable {
    private let sink: @Sendable ([UInt8]) async throws -> Void

    /// A writer into `sink`.
    package init(_ sink: @escaping @Sendable ([UInt8]) async throws -> Void) { self.sink = sink }

    /// Sends octets. Suspends while the client does not read; throws when the client is gone.
    package func write(_ octets: [UInt8]) async throws { try await sink(octets) }
}
