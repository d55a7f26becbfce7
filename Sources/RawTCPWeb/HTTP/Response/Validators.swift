package import HTTPTypes

/// What tells one state of a representation from every other (RFC 9110 §8.8), and how long the representation is.
package struct Validators: Hashable, Sendable {
    /// A strong entity tag, in its quotation marks.
    package let entityTag: String
    package let lastModified: HTTPDate
    /// In octets.
    package let size: Int

    package init(entityTag: String, lastModified: HTTPDate, size: Int) {
        self.entityTag = entityTag
        self.lastModified = lastModified
        self.size = size
    }

    /// What a GET or HEAD gets of the representation.
    package enum Selection: Hashable, Sendable {
        /// The client means another state than this.
        case preconditionFailed
        /// The client's copy is still good.
        case notModified
        case content(ByteRange)
    }

    /// Looks at the request's conditions and its range, in the order of RFC 9110 §13.2.2.
    package func select(for request: HTTPRequest) -> Selection {
        let fields = request.headerFields
        // First and second: If-Match, and only without it If-Unmodified-Since.
        if let tags = fields[.ifMatch] {
            // RFC 9110 §13.1.1: "An origin server MUST use the strong comparison function": a weak tag matches nothing.
            guard Self.list(tags).contains(where: { $0 == "*" || $0 == entityTag }) else { return .preconditionFailed }
        } else if let date = fields[.ifUnmodifiedSince].flatMap({ HTTPDate($0) }), lastModified > date {
            return .preconditionFailed
        }
        // Third and fourth: If-None-Match, and only without it If-Modified-Since.
        if let tags = fields[.ifNoneMatch] {
            // RFC 9110 §13.1.2: "A recipient MUST use the weak comparison function".
            let weak = "W/" + entityTag
            if Self.list(tags).contains(where: { $0 == "*" || $0 == entityTag || $0 == weak }) { return .notModified }
        } else if let date = fields[.ifModifiedSince].flatMap({ HTTPDate($0) }), lastModified <= date {
            return .notModified
        }
        // Fifth: a range, which RFC 9110 §14.2 defines for GET alone. One of a representation that is no longer the same
        // would not fit what the client has (§13.1.5); a date can't prove that it is, being as coarse as a second.
        let isSame = fields[.ifRange].map { $0 == entityTag } ?? true
        return .content(ByteRange(isSame && request.method == .get ? fields[.range] : nil, size: size))
    }

    /// The entity tags of a list; ours hold no comma that would have to be told from those between them.
    private static func list(_ field: String) -> [String] {
        field.split(separator: ",").map { $0.trimmingWhitespace() }
    }
}

/// Why a representation that is there is not sent.
package enum SelectionFailure: Error, Hashable {
    /// 412: another state was meant than the one with this entity tag.
    case preconditionFailed(entityTag: String)
    /// 416: of so many octets none is in the range.
    case rangeNotSatisfiable(size: Int)
}

extension Validators {
    /// The answer to GET or HEAD. `fields` describe the whole representation, `content` gives octets of it.
    package func answer(
        _ request: HTTPRequest, fields: HTTPFields, content: (Range<Int>) -> ResponseBody
    ) throws(SelectionFailure) -> Response {
        var head = HTTPResponse(status: .ok, headerFields: fields)
        head.headerFields[.eTag] = entityTag
        head.headerFields[.lastModified] = lastModified.text
        head.headerFields[.acceptRanges] = "bytes"
        let octets: Range<Int>
        switch select(for: request) {
        case .preconditionFailed: throw .preconditionFailed(entityTag: entityTag)
        case .notModified:
            head.status = .notModified
            for name: HTTPField.Name in [.contentType, .contentDisposition] { head.headerFields[name] = nil }
            return Response(head: head)
        case .content(.unsatisfiable): throw .rangeNotSatisfiable(size: size)
        case .content(.whole): octets = 0..<size
        case .content(.part(let range)):
            octets = range
            head.status = .partialContent
            head.headerFields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        }
        head.headerFields[.contentLength] = String(octets.count)
        return Response(head: head, body: request.method == .head ? .none : content(octets))
    }
}
