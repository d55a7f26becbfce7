import HTTPTypes

/// A request target, judged (RFC 9112 §3.2).
struct RequestTarget {
    /// `http` or `https` if the target is in absolute form.
    var scheme: String?
    /// The authority that the target itself names.
    var authority: String?
    /// The absolute path; `*` in asterisk form, empty in authority form.
    var path: String
    /// What follows the first `?`.
    var query: String?
}

extension RequestTarget {
    /// Judges the target of a request with this method.
    init(_ octets: Slice<UnsafeBufferPointer<UInt8>>, method: HTTPRequest.Method) throws(Refusal) {
        guard octets.allSatisfy(\.isTarget) else {
            throw .badRequest("The request target holds an octet that must be percent-encoded.")
        }
        if method == .connect {
            try self.init(authorityForm: octets)
        } else if octets.first == UInt8(ascii: "/") {
            try self.init(pathAndQuery: octets)
        } else if octets.count == 1, octets.first == UInt8(ascii: "*") {
            guard method == .options else { throw .badRequest("The target * is for OPTIONS only.") }
            self.init(path: "*")
        } else {
            try self.init(absoluteForm: octets)
        }
    }

    /// RFC 9112 §3.2.3: "host:port", for CONNECT only.
    private init(authorityForm octets: Slice<UnsafeBufferPointer<UInt8>>) throws(Refusal) {
        guard Authority.isValid(octets, portRequired: true) else {
            throw .badRequest("The target of CONNECT must be host:port.")
        }
        self.init(authority: octets.text, path: "")
    }

    /// RFC 9112 §3.2.2: "scheme://authority/path?query". Only HTTP schemes mean something here.
    private init(absoluteForm octets: Slice<UnsafeBufferPointer<UInt8>>) throws(Refusal) {
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")) else {
            throw .badRequest("The request target must start with a slash.")
        }
        let scheme = octets[..<colon]
        let isSecure = scheme.isEqualIgnoringCase("https")
        guard isSecure || scheme.isEqualIgnoringCase("http"), octets[colon...].starts(with: "://".utf8) else {
            throw .badRequest("The request target must be a path or an http URI.")
        }
        let rest = octets[(colon + 3)...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard Authority.isValid(rest[..<end], portRequired: false) else {
            throw .badRequest("The authority in the request target is malformed.")
        }
        try self.init(pathAndQuery: rest[end...])
        self.scheme = isSecure ? "https" : "http"
        authority = rest[..<end].text
    }

    /// A path, empty only after an authority, and a query.
    private init(pathAndQuery octets: Slice<UnsafeBufferPointer<UInt8>>) throws(Refusal) {
        let mark = octets.firstIndex(of: UInt8(ascii: "?"))
        let path = octets[..<(mark ?? octets.endIndex)]
        guard path.hasValidEscapes else {
            throw .badRequest("A percent sign in the path is not followed by two hexadecimal digits.")
        }
        self.init(path: path.isEmpty ? "/" : path.text, query: mark.map { octets[($0 + 1)...].text })
    }
}

/// The syntax of `host[:port]` (RFC 3986 §3.2.2, without user information).
enum Authority {
    /// Whether the octets are a host that is not empty, and a port from 1 to 65535 or none.
    static func isValid(_ octets: Slice<UnsafeBufferPointer<UInt8>>, portRequired: Bool) -> Bool {
        let end: Int
        if octets.first == UInt8(ascii: "[") {
            guard let bracket = octets.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let literal = octets[(octets.startIndex + 1)..<bracket]
            let address = literal.prefix { $0 != UInt8(ascii: "%") }
            guard isLiteral(address), isZone(literal[address.endIndex...]) else { return false }
            end = bracket + 1
        } else {
            end = octets.firstIndex(of: UInt8(ascii: ":")) ?? octets.endIndex
            guard isName(octets[..<end]) else { return false }
        }
        guard end < octets.endIndex else { return !portRequired }
        guard octets[end] == UInt8(ascii: ":") else { return false }
        return isPort(octets[(end + 1)...], required: portRequired)
    }

    private static func isName(_ octets: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        !octets.isEmpty && octets.hasValidEscapes
            && octets.allSatisfy { $0.isRegisteredName || $0 == UInt8(ascii: "%") }
    }

    /// The shape of an IPv6 address; whether it is one of ours is decided where it is compared.
    private static func isLiteral(_ octets: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        octets.contains(UInt8(ascii: ":"))
            && octets.allSatisfy { $0.hexValue != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    }

    /// Nothing, or `%25` and a name (RFC 6874 §2); an interface whose name needs more escapes has a number, too.
    private static func isZone(_ octets: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard !octets.isEmpty else { return true }
        return octets.starts(with: "%25".utf8) && octets.count > 3 && octets.dropFirst(3).allSatisfy(\.isRegisteredName)
    }

    /// RFC 3986 §3.2.3 lets the digits be missing after the colon.
    private static func isPort(_ octets: Slice<UnsafeBufferPointer<UInt8>>, required: Bool) -> Bool {
        guard octets.allSatisfy(\.isDigit), octets.count <= 5 else { return false }
        guard !octets.isEmpty else { return !required }
        let port = octets.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return (required ? 1 : 0)...65_535 ~= port
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    /// Whether two hexadecimal digits follow every percent sign (RFC 3986 §2.1).
    var hasValidEscapes: Bool {
        var rest = self
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            guard percent + 2 < endIndex, self[percent + 1].hexValue != nil, self[percent + 2].hexValue != nil else {
                return false
            }
            rest = self[(percent + 3)...]
        }
        return true
    }
}
