package import HTTPTypes

extension HTTPField.Name {
    /// RFC 7240 §2.
    package static let prefer = name("Prefer")
    /// RFC 7240 §3.
    package static let preferenceApplied = name("Preference-Applied")
    /// What the browser says of the page that made it send a request (Fetch Metadata).
    package static let secFetchSite = name("Sec-Fetch-Site")
    /// The event that an `EventSource` saw last (WHATWG HTML §9.2.4).
    package static let lastEventID = name("Last-Event-ID")
    /// Where related resources are (RFC 8288).
    package static let link = name("Link")
    /// How long the parts of an answer took (Server Timing).
    package static let serverTiming = name("Server-Timing")
    /// The stream position of an answer's first byte.
    package static let streamOffset = name("Stream-Offset")
    /// The stream position after an answer's last byte.
    package static let streamNextOffset = name("Stream-Next-Offset")
    /// Whether the peer's FIN stands right behind an answer's last byte.
    package static let streamFinal = name("Stream-Final")
    /// The error that stands right behind an answer's last byte.
    package static let streamError = name("Stream-Error")

    /// A client's name for one request, by which a retry is known.
    package static let idempotencyKey = name("Idempotency-Key")
    /// The answer was given before, to the same request.
    package static let idempotentReplayed = name("Idempotent-Replayed")
    /// The id of the raw connection that a tunnel runs over.
    package static let connectionID = name("Connection-Id")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field name") }
        return name
    }
}
