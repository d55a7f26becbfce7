package import HTTPTypes

/// A handler's answer. The server adds Date, Server, Request-Id and everything that frames the message.
package struct Response: Sendable {
    /// Status and header fields.
    package var head: HTTPResponse
    /// The content.
    package var body: ResponseBody
    /// Nothing has been done that must not be done twice, so that nobody need remember the answer for a retry.
    package var isRepeatable = false

    package init(head: HTTPResponse, body: ResponseBody = .none) {
        self.head = head
        self.body = body
    }

    /// Done, and nothing to show: 204.
    package static var noContent: Response { Response(head: HTTPResponse(status: .noContent)) }
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
    /// No content: the connection stops being HTTP's behind the head, and octets pass as they are until the function ends
    /// (RFC 9110 §9.3.6). Throwing resets the connection. For an accepted CONNECT only.
    case tunnel(@Sendable (Tunnel) async throws -> Void)
}

/// The client's end of a tunnel. Its two directions may be used at the same time, each by one task.
package struct Tunnel: Sendable {
    private let source: @Sendable () async throws -> [UInt8]?
    private let sink: @Sendable ([UInt8]) async throws -> Void
    private let ending: @Sendable () async -> Void

    /// A tunnel out of what it does.
    package init(
        source: @escaping @Sendable () async throws -> [UInt8]?,
        sink: @escaping @Sendable ([UInt8]) async throws -> Void,
        ending: @escaping @Sendable () async -> Void
    ) {
        self.source = source
        self.sink = sink
        self.ending = ending
    }

    /// The next octets from the client; nil once it has said that it will send nothing more. Throws when it is gone.
    package func read() async throws -> [UInt8]? { try await source() }

    /// Sends octets to the client. Suspends while it does not read; throws when it is gone.
    package func write(_ octets: [UInt8]) async throws { try await sink(octets) }

    /// Tells the client that nothing more will come; what it sends is still read.
    package func endWriting() async { await ending() }
}

/// Where a streamed answer is written to.
package struct BodyWriter: Sendable {
    private let sink: @Sendable ([UInt8]) async throws -> Void

    /// A writer into `sink`.
    package init(_ sink: @escaping @Sendable ([UInt8]) async throws -> Void) { self.sink = sink }

    /// Sends octets. Suspends while the client does not read; throws when the client is gone.
    package func write(_ octets: [UInt8]) async throws { try await sink(octets) }
}
