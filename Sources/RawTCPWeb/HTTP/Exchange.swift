import HTTPTypes

/// One request and its answer, as a value: how the answer is framed and whether another exchange may follow it.
package struct Exchange {
    /// What stands between the client and its content (RFC 9110 §10.1.1).
    private enum Continuation {
        /// The client sends without being asked.
        case notAwaited
        /// The client waits for 100; nobody has asked for the content yet.
        case owed
    }

    /// Whether the request's content can still be read.
    private enum Content {
        case sound
        /// Its framing was wrong or it did not come: nothing after it can be trusted.
        case broken
    }

    /// Tells this exchange from earlier ones of its connection: their bodies and writers may still be held somewhere.
    package let number: Int
    package let request: RequestHead
    /// The request's content.
    package var body: BodyDecoder
    /// When content that is wanted as a whole must be complete, on the monotonic clock; nil until somebody wants it so.
    package var contentDeadline: Int64?
    private var continuation: Continuation
    private var content = Content.sound

    package init(number: Int, request: RequestHead) {
        self.number = number
        self.request = request
        body = BodyDecoder(request.framing)
        continuation = request.expectsContinue ? .owed : .notAwaited
    }

    /// Notes that the handler asks for content; true if 100 must be sent first.
    package mutating func askForContent() -> Bool {
        defer { continuation = .notAwaited }
        return continuation == .owed && content == .sound
    }

    /// Whether more of the content may be read.
    package var isContentSound: Bool { content == .sound }

    /// Notes that the content will never be complete.
    package mutating func breakContent() { content = .broken }

    /// Whether what the handler left of the content is worth reading to keep the connection.
    package func mayDrain(upTo limit: Int) -> Bool {
        if body.isComplete { return true }
        // A client that was never told to continue may or may not send: the next octets could be either thing.
        guard content == .sound, continuation == .notAwaited else { return false }
        return (body.remaining ?? 0) <= limit
    }

    /// Decides how a response is framed. The request's method and the status decide before anything else
    /// (RFC 9112 §6.3); after them what is known of the content.
    package func framing(of response: Response) -> ResponseFraming {
        let status = response.head.status
        if status.kind == .informational || status == .noContent || status == .notModified { return .absent }
        if request.head.method == .connect, status.kind == .successful { return .absent }
        var declared: Int? {
            response.head.headerFields[.contentLength].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        }
        switch response.body {
        case .bytes(let octets): return .length(octets.count)
        case .tunnel: return .absent
        case .none:
            guard request.head.method == .head else { return .length(0) }
            // RFC 9110 §8.6: no length, unless it is the one that GET's answer would have.
            return declared.map { .length($0) } ?? .absent
        case .stream:
            if let declared { return .length(declared) }
            return request.version == .http11 ? .chunked : .untilClose
        }
    }

    /// Whether the response's content is sent. RFC 9110 §9.3.2: the answer to HEAD is GET's without its content.
    package func sendsContent(framedAs framing: ResponseFraming) -> Bool {
        request.head.method != .head && framing != .absent && framing != .length(0)
    }

    /// Whether the connection can be used again after a response framed like this, from the client's and the
    /// message's side.
    package func persists(after response: Response, framedAs framing: ResponseFraming, drainLimit: Int) -> Bool {
        request.isPersistent && framing != .untilClose && mayDrain(upTo: drainLimit)
            && response.head.headerFields[.connection]?.lowercased() != "close"
    }

    /// The Connection field to send. In HTTP/1.1 persistence is the default and goes without saying.
    package func connectionField(persists: Bool) -> String? {
        guard persists else { return "close" }
        return request.version == .http10 ? "keep-alive" : nil
    }
}
