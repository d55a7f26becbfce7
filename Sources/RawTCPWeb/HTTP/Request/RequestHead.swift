package import HTTPTypes

/// A request's head that was judged and accepted.
package struct RequestHead: Sendable {
    /// Method, authority, path and fields.
    package var head: HTTPRequest
    /// The request target as received.
    package var rawTarget: String
    /// The absolute path without its query, still percent-encoded.
    package var path: String
    /// The decoded query.
    package var query: [(name: String, value: String)]
    /// The protocol version.
    package var version: HTTPVersion
    /// How the content is delimited.
    package var framing: BodyFraming
    /// Whether the client wants to go on using the connection.
    package var isPersistent: Bool
    /// Whether the client holds its content back until it is told to continue.
    package var expectsContinue: Bool
}

/// The minor version of HTTP/1. Anything above 1.1 is treated as 1.1 (RFC 9110 §2.5).
package enum HTTPVersion: Sendable {
    case http10
    case http11
}

/// How the end of a request's content is found (RFC 9112 §6.3).
package enum BodyFraming: Sendable, Equatable {
    case length(Int)
    case chunked
}
