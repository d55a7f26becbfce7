/// Why a request's content could not be read to its end.
package enum BodyError: Error, Equatable {
    /// The content is longer than the handler accepts.
    case tooLarge(limit: Int)
    /// The chunked framing is wrong; the text says where.
    case malformed(String)
    /// The client sent nothing for too long.
    case timedOut
    /// The client went away before the end.
    case disconnected
}

/// What the time limit of a request's content applies to.
package enum BodyPatience: Sendable {
    /// To each part: a stream may last as long as it makes progress.
    case each
    /// To all parts together: who holds the content until it is complete must not be made to hold it for ever.
    case total
}

/// A request's content. Nothing is read off the socket until the handler asks, so a slow handler slows its client.
package struct RequestBody: Sendable {
    /// The most octets that one `next()` returns.
    package static let partSize = 64 * 1024

    /// The declared Content-Length; 0 without content, nil if it is chunked.
    package var declaredLength: Int?
    private let source: @Sendable (BodyPatience) async throws(BodyError) -> [UInt8]?

    /// Content whose parts come from `source`, which returns nil at the end and whenever it is asked again.
    package init(
        declaredLength: Int?, source: @escaping @Sendable (BodyPatience) async throws(BodyError) -> [UInt8]?
    ) {
        self.declaredLength = declaredLength
        self.source = source
    }

    /// Content that is there already: for testing routes without sockets.
    package init(_ octets: [UInt8]) {
        let rest = BufferedContent(octets)
        self.init(declaredLength: octets.count) { (_) async throws(BodyError) in await rest.next() }
    }

    /// No content.
    package static let empty = RequestBody(declaredLength: 0) { (_) throws(BodyError) in nil }

    /// The next octets, at most 64 KiB; nil at the end.
    package func next() async throws(BodyError) -> [UInt8]? { try await source(.each) }

    /// All of the content, or `tooLarge` as soon as it is known to exceed `limit`. It must be complete within the time
    /// that a stream has for one part.
    package func collect(upTo limit: Int) async throws(BodyError) -> [UInt8] {
        if let declaredLength, declaredLength > limit { throw .tooLarge(limit: limit) }
        var octets: [UInt8] = []
        while let part = try await source(.total) {
            guard part.count <= limit - octets.count else { throw .tooLarge(limit: limit) }
            if octets.isEmpty { octets = part } else { octets += part }
        }
        return octets
    }
}

/// Content held in memory, given out part by part.
private actor BufferedContent {
    private var rest: ArraySlice<UInt8>

    init(_ octets: [UInt8]) { rest = octets[...] }

    func next() -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        defer { rest = rest.dropFirst(RequestBody.partSize) }
        return Array(rest.prefix(RequestBody.partSize))
    }
}
