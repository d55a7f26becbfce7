import HTTPTypes

/// Finds and judges the head of a request (RFC 9112 §2–§5), however it is cut into pieces on its way.
///
/// Call `parse` whenever octets were added: it takes up where it stopped, and its verdict depends only on the octets,
/// not on how they arrived. After a head it is ready for the next one; after a refusal it is not to be used again.
package struct RequestParser {
    /// CRLFs tolerated before a request line: old clients end a POST's content with one (RFC 9112 §2.2).
    private static let mostBlankLines = 4
    /// Room in a request line for the method, the version and two spaces, beside the target.
    private static let requestLineOverhead = 128

    private let limits: HTTPLimits
    /// Octets judged so far; everything before is known to be clean.
    private var scanned = 0
    private var lineStart = 0
    private var blankLines = 0
    private var line: RequestLine?
    private var fields = HeadFields()

    package init(limits: HTTPLimits) { self.limits = limits }

    /// Whether a request has begun: its first octet is there.
    package var hasBegun: Bool { line != nil || scanned > lineStart }

    /// The next request's head, which is then consumed; nil if it is not complete yet.
    package mutating func parse(_ input: inout InputBuffer) throws(Refusal) -> RequestHead? {
        var head: RequestHead?
        let consumed = try input.withOctets { (octets) throws(Refusal) -> Int in
            while head == nil, let range = try nextLine(octets) {
                head = try take(octets[range], endingAt: scanned)
            }
            return head == nil ? blankOctets : scanned
        }
        input.consume(consumed)
        if head != nil {
            self = RequestParser(limits: limits)
        } else {
            lineStart -= consumed
            scanned -= consumed
        }
        return head
    }

    /// Octets of blank lines in front of a request line that has not been seen yet.
    private var blankOctets: Int { line == nil ? lineStart : 0 }

    private mutating func take(
        _ text: Slice<UnsafeBufferPointer<UInt8>>, endingAt end: Int
    ) throws(Refusal) -> RequestHead? {
        lineStart = end
        if line == nil {
            guard text.isEmpty else {
                line = try RequestLine(text, targetLimit: limits.target)
                return nil
            }
            blankLines += 1
            guard blankLines <= Self.mostBlankLines else { throw .badRequest("Too many empty lines before a request.") }
        } else if text.isEmpty {
            return try finish()
        } else {
            try fields.append(text)
            guard fields.count <= limits.fields else {
                throw Refusal(status: .requestHeaderFieldsTooLarge, detail: "More than \(limits.fields) header fields.")
            }
        }
        return nil
    }

    /// The next complete line without its CRLF. Refuses the first octet that no line may hold.
    private mutating func nextLine(_ octets: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Range<Int>? {
        let limit = line == nil ? lineStart + limits.target + Self.requestLineOverhead : limits.head
        while scanned < octets.count, scanned < limit {
            let octet = octets[scanned]
            if octet.isFieldContent {
                scanned += 1
            } else if octet == .carriageReturn {
                guard scanned + 1 < octets.count else { return nil }
                guard octets[scanned + 1] == .lineFeed else { throw .badRequest("A line has a bare CR.") }
                defer { scanned += 2 }
                return lineStart..<scanned
            } else {
                throw .badRequest(Self.name(ofForbidden: octet))
            }
        }
        if scanned >= limit { throw tooLong }
        return nil
    }

    private static func name(ofForbidden octet: UInt8) -> String {
        switch octet {
        case .lineFeed: "A line ends with a bare LF."
        case 0: "A line has a NUL octet."
        default: "A line has a control character."
        }
    }

    private var tooLong: Refusal {
        line == nil
            ? Refusal(status: .uriTooLong, detail: "The request target is longer than \(limits.target) octets.")
            : Refusal(
                status: .requestHeaderFieldsTooLarge,
                detail: "The request's head is longer than \(limits.head) octets."
            )
    }

    /// Judges what only the whole head can tell.
    private func finish() throws(Refusal) -> RequestHead? {
        guard let line else { return nil }
        let host = try fields.host(in: line.version)
        let framing = try fields.framing(in: line.version)
        let target = line.target
        let path = target.query.map { "\(target.path)?\($0)" } ?? target.path
        return RequestHead(
            head: HTTPRequest(
                method: line.method,
                scheme: target.scheme ?? "http",
                // RFC 9112 §3.2.2: with an absolute target the server "MUST ignore the received Host header field".
                authority: target.authority ?? host,
                path: path,
                headerFields: fields.fields
            ),
            rawTarget: line.rawTarget,
            path: target.path,
            query: target.query.map(PercentEncoding.parameters(ofQuery:)) ?? [],
            version: line.version,
            framing: framing,
            isPersistent: fields.isPersistent(in: line.version),
            expectsContinue: try fields.expectsContinue(in: line.version) && framing != .length(0)
        )
    }
}
