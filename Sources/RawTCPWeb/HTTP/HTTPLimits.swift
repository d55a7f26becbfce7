/// How much, and for how long, the server takes from one client.
package struct HTTPLimits: Sendable {
    /// Most octets of a request's head. More is 431.
    package var head = 64 * 1024
    /// Most octets of a request target. RFC 9112 §3 asks for 8,000 at least; a filter expression may be long. More is 414.
    package var target = 16 * 1024
    /// Most header fields of a request. Browsers send about 20. More is 431.
    package var fields = 128
    /// Most octets of content that are read and dropped, if a handler left them, to keep the connection.
    /// Reading on costs less than a new handshake up to about this size.
    package var drain = 64 * 1024

    /// From a head's first octet to its end. More is 408.
    package var headTimeout: Duration = .seconds(30)
    /// Between two parts of a request's content.
    package var bodyTimeout: Duration = .seconds(30)
    /// Between two exchanges. The connection is then closed without a word.
    package var idleTimeout: Duration = .seconds(30)
    /// How long a response may make no progress.
    package var writeTimeout: Duration = .seconds(30)
    /// How long an exchange may go on after the client's EOF. Not zero: `nc -N` and shell pipelines half-close right
    /// after the request and still read the answer, while a client that was killed looks just the same.
    package var halfCloseGrace: Duration = .seconds(1)
    /// How long octets are read and dropped after the last answer. Closing with unread octets would send RST, which
    /// can destroy the answer before the client has read it (RFC 9112 §9.6).
    package var lingerTimeout: Duration = .seconds(5)

    /// Most connections at once. Further ones wait in the kernel's backlog.
    package var connections = 16_384
    /// Connections, among these, that are kept for what must be answered even then.
    package var reserve = 8
    /// Most connections of one client, except on loopback, where all clients look alike.
    package var connectionsPerClient = 256
    /// For a request on a connection that will not be answered, or is one of the reserve: others wait for its place.
    package var refusalTimeout: Duration = .seconds(2)

    package init() {}
}
