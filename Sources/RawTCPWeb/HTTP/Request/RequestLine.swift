import HTTPTypes

/// The first line of a request, judged. RFC 9112 §3: "request-line = method SP request-target SP HTTP-version".
struct RequestLine {
    let method: HTTPRequest.Method
    let rawTarget: String
    let target: RequestTarget
    let version: HTTPVersion

    /// Judges the line without its CRLF.
    init(_ line: Slice<UnsafeBufferPointer<UInt8>>, targetLimit: Int) throws(Refusal) {
        let parts = line.split(separator: .space, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw .badRequest("A request line is a method, a target and a version with one space between them.")
        }
        guard let method = HTTPRequest.Method(parts[0].text) else {
            throw .badRequest("The method is not a token.")
        }
        version = try Self.version(parts[2])
        guard parts[1].count <= targetLimit else {
            throw Refusal(status: .uriTooLong, detail: "The request target is longer than \(targetLimit) octets.")
        }
        target = try RequestTarget(parts[1], method: method)
        rawTarget = parts[1].text
        self.method = method
    }

    /// RFC 9112 §2.3: "HTTP-version = HTTP-name "/" DIGIT "." DIGIT", and the name is case-sensitive.
    private static func version(_ octets: Slice<UnsafeBufferPointer<UInt8>>) throws(Refusal) -> HTTPVersion {
        let digits = octets.dropFirst(5)
        guard octets.starts(with: "HTTP/".utf8), digits.count == 3, let major = digits.first, let minor = digits.last,
            major.isDigit, digits.dropFirst().first == UInt8(ascii: "."), minor.isDigit
        else { throw .badRequest("The request line does not end with an HTTP version.") }
        guard major == UInt8(ascii: "1") else {
            throw Refusal(status: .httpVersionNotSupported, detail: "This server speaks HTTP/1.1 and HTTP/1.0.")
        }
        return minor == UInt8(ascii: "0") ? .http10 : .http11
    }
}
