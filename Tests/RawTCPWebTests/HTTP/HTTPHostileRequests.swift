import Testing

/// Requests that try to confuse a server, each with the answers it deserves and what becomes of the connection.
struct HTTPHostileRequest: Sendable, CustomTestStringConvertible {
    /// Whether another request may follow.
    enum Fate: Sendable {
        case keeps
        case closes
    }

    let name: String
    let octets: [UInt8]
    let statuses: [Int]
    let fate: Fate
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ statuses: Int..., fate: Fate = .closes) {
        self.init(name, Array(text.utf8), statuses, fate)
    }

    private init(_ name: String, _ octets: [UInt8], _ statuses: [Int], _ fate: Fate) {
        self.name = name
        self.octets = octets
        self.statuses = statuses
        self.fate = fate
    }

    /// One that holds octets which are no UTF-8.
    static func raw(_ name: String, _ octets: [UInt8], _ statuses: Int..., fate: Fate = .closes) -> Self {
        Self(name, octets, statuses, fate)
    }
}

extension HTTPHostileRequest {
    private typealias Case = HTTPHostileRequest
    private static let post = "POST /echo HTTP/1.1\r\nHost: a\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    static let all = requestLines + targets + fields + hosts + framings + chunks + sizes + innocent

    private static let requestLines: [Self] = [
        Case("no version", "GET /\r\nHost: a\r\n\r\n", 400),
        Case("two spaces before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("two spaces before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("space after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        Case("leading space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("tab as separator", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("method is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("lower-case protocol", "GET / http/1.1\r\nHost: a\r\n\r\n", 400),
        Case("version without a dot", "GET / HTTP/11\r\nHost: a\r\n\r\n", 400),
        Case("version with two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
        Case("other protocol", "GET / ICY/1.1\r\nHost: a\r\n\r\n", 400),
        Case("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        Case("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Case("HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
        Case("too many empty lines", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("empty line of a bare LF", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("TLS hello", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
    ]

    private static let targets: [Self] = [
        Case("relative path", "GET index.html HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        .raw("octet above ASCII", Array("GET /".utf8) + [0xE9] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8), 400),
        Case("broken percent-encoding", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("percent-encoding cut short", "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("authority for GET", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("path for CONNECT", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("CONNECT without port", "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("zone behind a bare percent sign", "CONNECT [fe80::1%eth0]:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("zone without a name", "CONNECT [fe80::1%25]:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("CONNECT to port 65536", "CONNECT a:65536 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("user information", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("absolute target without host", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ]

    private static let fields: [Self] = [
        Case("space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        Case("tab before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX\t: b\r\n\r\n", 400),
        Case("folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
        Case("folded with a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n", 400),
        Case("space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        Case("no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400),
        Case("no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
        Case("name is no token", "GET / HTTP/1.1\r\nHost: a\r\nX[]: b\r\n\r\n", 400),
        Case("bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400),
        Case("bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
        Case("bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
        Case("bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", 400),
        Case("bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400),
        Case("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400),
        Case("NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n", 400),
        Case("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Case("control character in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{8}\r\n\r\n", 400),
        Case("DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{7F}\r\n\r\n", 400),
        Case("unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417),
    ]

    private static let hosts: [Self] = [
        Case("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        Case("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        Case("two equal Hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400),
        Case("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        Case("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        Case("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        Case("Host with user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
        Case("Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
        Case("Host port is no number", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", 400),
        Case("Host port out of range", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400),
        Case("Host literal not closed", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
        Case("no Host with absolute target", "GET http://a/ HTTP/1.1\r\n\r\n", 400),
    ]

    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

    private static let framings: [Self] = [
        Case(
            "both lengths, chunks first",
            post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled, 400),
        Case(
            "both lengths, length first", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
        ),
        Case("both, and both are wrong", post + "Content-Length: x\r\nTransfer-Encoding: y\r\n\r\n", 400),
        Case("two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + smuggled, 400),
        Case("two equal lengths", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
        Case("length as a list", post + "Content-Length: 5, 5\r\n\r\nhello", 400),
        Case("negative length", post + "Content-Length: -1\r\n\r\n", 400),
        Case("length with a plus", post + "Content-Length: +5\r\n\r\nhello", 400),
        Case("hexadecimal length", post + "Content-Length: 0x5\r\n\r\nhello", 400),
        Case("length with a space", post + "Content-Length: 1 2\r\n\r\n", 400),
        Case("empty length", post + "Content-Length:\r\n\r\n", 400),
        Case("length that overflows", post + "Content-Length: 18446744073709551621\r\n\r\nhello" + smuggled, 400),
        Case("unknown final coding", post + "Transfer-Encoding: gzip\r\n\r\n", 400),
        Case("chunked is not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400),
        Case("chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
        Case(
            "chunked in two fields", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400),
        Case("unknown coding before chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        Case("almost chunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        Case("chunked in quotes", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400),
        Case("chunked after a comma", post + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 400),
        Case("chunked behind a vertical tab", post + "Transfer-Encoding: \u{B}chunked\r\n\r\n0\r\n\r\n", 400),
        Case("identity", post + "Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n", 400),
        Case("empty Transfer-Encoding", post + "Transfer-Encoding:\r\n\r\n", 400),
        Case("chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ]

    private static let chunks: [Self] = [
        Case("chunk size is no number", chunked + "x\r\n\r\n0\r\n\r\n", 400),
        Case("chunk size is missing", chunked + "\r\nhello\r\n0\r\n\r\n", 400),
        Case("negative chunk size", chunked + "-1\r\n\r\n0\r\n\r\n", 400),
        Case("chunk size with 0x", chunked + "0x5\r\nhello\r\n0\r\n\r\n", 400),
        Case("chunk size with an underscore", chunked + "0_5\r\nhello\r\n0\r\n\r\n", 400),
        Case("chunk size overflows", chunked + "8000000000000000\r\n", 400),
        Case("chunk size wraps to five", chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n" + smuggled, 400),
        Case("leading space", chunked + " 5\r\nhello\r\n0\r\n\r\n", 400),
        Case("trailing space", chunked + "5 \r\nhello\r\n0\r\n\r\n", 400),
        Case("chunk longer than its size", chunked + "4\r\nhello\r\n0\r\n\r\n", 400),
        Case("chunk shorter than its size", chunked + "6\r\nhello\r\n0\r\n\r\n", 400),
        Case("bare LF after the size", chunked + "5\nhello\r\n0\r\n\r\n", 400),
        Case("bare LF after the data", chunked + "5\r\nhello\n0\r\n\r\n", 400),
        Case("bare LF in an extension", chunked + "5;a\nb\r\nhello\r\n0\r\n\r\n", 400),
        Case("NUL in an extension", chunked + "5;\0\r\nhello\r\n0\r\n\r\n", 400),
        Case("endless extension", chunked + "5;" + String(repeating: "x", count: 2000), 400),
        Case("endless leading zeros", chunked + String(repeating: "0", count: 2000), 400),
        Case("folded trailer", chunked + "0\r\nX: a\r\n b\r\n\r\n", 400),
        Case("trailer without a colon", chunked + "0\r\nX\r\n\r\n", 400),
        Case("NUL in a trailer", chunked + "0\r\nX: \0\r\n\r\n", 400),
        Case("endless trailers", chunked + "0\r\n" + String(repeating: "X: yyyyyyyy\r\n", count: 1000) + "\r\n", 400),
    ]

    private static let sizes: [Self] = [
        Case("target of 16,385", "GET /" + String(repeating: "x", count: 16_384) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        Case("endless target", "GET /" + String(repeating: "x", count: 100_000), 414),
        Case("endless method", String(repeating: "X", count: 100_000), 414),
        Case("one overlong field", "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "y", count: 70_000), 431),
        Case(
            "fields past 64 KiB",
            "GET / HTTP/1.1\r\nHost: a\r\n"
                + String(repeating: "X: " + String(repeating: "y", count: 995) + "\r\n", count: 70),
            431),
        Case(
            "129 fields",
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 128) + "\r\n", 431),
        Case("content over the handler's limit", post + "Content-Length: 131073\r\n\r\n", 413),
        Case("cut in the middle", "GET / HTTP/1.1\r\nHost: a", 400),
    ]

    /// What looks odd and is right, or is the handler's business.
    private static let innocent: [Self] = [
        Case("empty lines in front", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, fate: .keeps),
        Case("unknown method", "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", 200, fate: .keeps),
        Case("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 200, fate: .keeps),
        Case("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200),
        Case("IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200, fate: .keeps),
        Case("Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", 200, fate: .keeps),
        Case("no whitespace after the colon", "GET / HTTP/1.1\r\nHost:a\r\nX:\r\n\r\n", 200, fate: .keeps),
        Case("whitespace around a value", "GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n", 200, fate: .keeps),
        .raw(
            "octets above ASCII in a value",
            Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0xE9, 0xFF] + Array("\r\n\r\n".utf8), 200, fate: .keeps),
        Case("asterisk for OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200, fate: .keeps),
        Case("two slashes", "GET //etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 200, fate: .keeps),
        Case("traversal is the files' business", "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n", 200, fate: .keeps),
        Case(
            "target of 8,000", "GET /" + String(repeating: "x", count: 7999) + " HTTP/1.1\r\nHost: a\r\n\r\n", 200,
            fate: .keeps),
        Case(
            "target of 16,384", "GET /" + String(repeating: "x", count: 16_383) + " HTTP/1.1\r\nHost: a\r\n\r\n", 200,
            fate: .keeps),
        Case("content with GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 200, fate: .keeps),
        Case("leading zeros in a length", post + "Content-Length: 0000003\r\n\r\nabc", 200, fate: .keeps),
        Case(
            "a request inside content", post + "Content-Length: \(smuggled.utf8.count)\r\n\r\n" + smuggled, 200,
            fate: .keeps),
        Case("trailers", chunked + "5\r\nhello\r\n0\r\nContent-Length: 9\r\nX: y\r\n\r\n", 200, fate: .keeps),
        Case("close among other options", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", 200),
        Case("two good, one bad, one never read", smuggled + smuggled + "BAD\r\n\r\n" + smuggled, 200, 200, 400),
    ]
}
