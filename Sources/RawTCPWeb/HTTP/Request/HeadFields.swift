import HTTPTypes

/// The fields of a request's head, gathered one by one, and what those that frame the message say together.
struct HeadFields {
    private(set) var fields = HTTPFields()
    private(set) var count = 0
    private var hosts: [String] = []
    private var lengths: [[UInt8]] = []
    private var codings: [[UInt8]] = []
    private var expectations: [[UInt8]] = []
    private var asksToClose = false
    private var asksToPersist = false

    /// Takes one field line without its CRLF. RFC 9112 §5: "field-line = field-name ":" OWS field-value OWS".
    mutating func append(_ line: Slice<UnsafeBufferPointer<UInt8>>) throws(Refusal) {
        // RFC 9112 §5.2: "A server that receives an obs-fold in a request message […] MUST either reject the message […]"
        if let first = line.first, first == .space || first == .tab {
            throw .badRequest("A header line starts with whitespace (obsolete line folding).")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw .badRequest("A header line has no colon.")
        }
        // Also refuses whitespace before the colon, as RFC 9112 §5.1 demands: a space is no token character.
        guard line[..<colon].allSatisfy(\.isToken), let name = HTTPField.Name(line[..<colon].text) else {
            throw .badRequest("A header field's name is not a token.")
        }
        count += 1
        try append(name, line[(colon + 1)...].trimmed)
    }

    private mutating func append(_ name: HTTPField.Name, _ value: Slice<UnsafeBufferPointer<UInt8>>) throws(Refusal) {
        switch name.canonicalName {
        case "host":
            guard Authority.isValid(value, portRequired: false) else {
                throw .badRequest("The Host field is not a host and port.")
            }
            hosts.append(value.text)
            return  // it becomes the request's authority
        case "content-length": lengths.append(Array(value))
        case "transfer-encoding": codings.append(Array(value))
        case "expect": expectations.append(Array(value))
        case "connection": noteConnection(value)
        default: break
        }
        fields.append(HTTPField(name: name, lenientValue: value))
    }

    private mutating func noteConnection(_ value: Slice<UnsafeBufferPointer<UInt8>>) {
        for option in value.split(separator: UInt8(ascii: ",")).map(\.trimmed) {
            if option.isEqualIgnoringCase("close") { asksToClose = true }
            if option.isEqualIgnoringCase("keep-alive") { asksToPersist = true }
        }
    }

    /// RFC 9112 §9.3: the connection persists unless "close" is asked for; in HTTP/1.0 only if "keep-alive" is.
    func isPersistent(in version: HTTPVersion) -> Bool {
        switch version {
        case .http11: !asksToClose
        case .http10: asksToPersist && !asksToClose
        }
    }

    /// The Host field. RFC 9112 §3.2: 400 "to any HTTP/1.1 request message that lacks a Host header field and to any
    /// request message that contains more than one".
    func host(in version: HTTPVersion) throws(Refusal) -> String? {
        guard hosts.count <= 1 else { throw .badRequest("The request has more than one Host field.") }
        guard hosts.count == 1 || version == .http10 else { throw .badRequest("The request has no Host field.") }
        return hosts.first
    }

    /// Whether the client waits for "100 Continue". RFC 9110 §10.1.1: other expectations earn 417, and a 1.0 client's
    /// "MUST ignore that expectation".
    func expectsContinue(in version: HTTPVersion) throws(Refusal) -> Bool {
        guard version == .http11, !expectations.isEmpty else { return false }
        guard expectations.allSatisfy({ $0.isEqualIgnoringCase("100-continue") }) else {
            throw Refusal(status: .expectationFailed, detail: "The only expectation that can be met is 100-continue.")
        }
        return true
    }

    /// How the content is delimited. Whatever two parties could read in two ways is refused.
    func framing(in version: HTTPVersion) throws(Refusal) -> BodyFraming {
        if !codings.isEmpty { return try chunkedFraming(in: version) }
        guard let length = lengths.first else { return .length(0) }
        guard lengths.count == 1 else { throw .badRequest("The request has more than one Content-Length.") }
        guard !length.isEmpty, length.allSatisfy(\.isDigit) else {
            throw .badRequest("The Content-Length is not a decimal number.")
        }
        var value = 0
        for digit in length {
            let (tens, high) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(digit - 0x30))
            guard !high, !carry else { throw .badRequest("The Content-Length is too large to be true.") }
            value = sum
        }
        return .length(value)
    }

    /// RFC 9112 §6.1 and §6.3: chunked must be the final coding, and is the only one known here.
    private func chunkedFraming(in version: HTTPVersion) throws(Refusal) -> BodyFraming {
        guard lengths.isEmpty else {
            throw .badRequest("The request has both Transfer-Encoding and Content-Length.")
        }
        guard version == .http11 else { throw .badRequest("HTTP/1.0 knows no Transfer-Encoding.") }
        let names = Array(codings.joined(separator: [UInt8(ascii: ",")]))
            .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(\.trimmed)
        guard let last = names.last, last.isEqualIgnoringCase("chunked") else {
            throw .badRequest("The final transfer coding is not chunked.")
        }
        guard names.count == 1 else {
            guard !names.dropLast().contains(where: { $0.isEmpty || $0.isEqualIgnoringCase("chunked") }) else {
                throw .badRequest("The Transfer-Encoding is malformed.")
            }
            throw Refusal(status: .notImplemented, detail: "The only transfer coding that is understood is chunked.")
        }
        return .chunked
    }
}
