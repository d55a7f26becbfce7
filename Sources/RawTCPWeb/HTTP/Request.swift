package import HTTPTypes

/// A request whose head was accepted: what a handler gets to see.
package struct Request: Sendable {
    /// The head, built only from octets that `RequestParser` accepted.
    package var head: HTTPRequest
    /// The request target as received.
    package var rawTarget: String
    /// The absolute path without its query, still percent-encoded; `*` for `OPTIONS *`, empty for CONNECT.
    package var path: String
    /// The query's parameters, percent- and plus-decoded, in their order.
    package var query: [(name: String, value: String)]
    /// The content, read only as the handler asks for it.
    package var body: RequestBody
    /// The client's address and port, as `127.0.0.1:53412` or `[::1]:53412`.
    package var client: String
    /// Whether the client's address is a loopback one.
    package var clientIsLoopback: Bool
    /// Whether the request came over TLS.
    package var isSecure: Bool
    /// The exchange's Request-Id: the client's own if it is well-formed, else one made by the server.
    package var id: String

    package init(
        head: HTTPRequest,
        rawTarget: String,
        path: String,
        query: [(name: String, value: String)] = [],
        body: RequestBody = RequestBody([]),
        client: String = "127.0.0.1:0",
        clientIsLoopback: Bool = true,
        isSecure: Bool = false,
        id: String = "none"
    ) {
        self.head = head
        self.rawTarget = rawTarget
        self.path = path
        self.query = query
        self.body = body
        self.client = client
        self.clientIsLoopback = clientIsLoopback
        self.isSecure = isSecure
        self.id = id
    }

    /// A URI reference to what is asked for (RFC 3986 §4.2); CONNECT asks for an authority and has no path.
    package var reference: String { head.method == .connect ? "//\(rawTarget)" : path }
}
