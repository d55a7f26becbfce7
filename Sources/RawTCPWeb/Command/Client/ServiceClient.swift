import ArgumentParser
import Glibc

/// One connection to a service, and the answer that comes over it.
final class ServiceClient {
    /// The head of an answer.
    struct Head {
        var status: Int
        /// By lower-case name.
        var fields: [String: String]
    }

    /// Its octets, for a thread that writes.
    let stream: ServiceStream
    private let url: ServiceURL
    private let token: String?
    private var input: [UInt8] = []

    init(_ stream: ServiceStream, _ url: ServiceURL, token: String?) {
        self.stream = stream
        self.url = url
        self.token = token
    }

    /// Sends a request without content and reads the head of its answer.
    func request(_ method: String, _ target: String) throws -> Head {
        let isTunnel = method == "CONNECT"
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(isTunnel ? target : url.hostField)"]
        if let token { lines.append("\(isTunnel ? "Proxy-" : "")Authorization: Bearer \(token)") }
        if !isTunnel { lines.append("Connection: close") }
        stream.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)[...])
        return try readHead()
    }

    private func readHead() throws -> Head {
        while true {
            if let end = input.firstRange(of: Array("\r\n\r\n".utf8)) {
                let text = String(decoding: input[..<end.lowerBound], as: UTF8.self)
                input.removeSubrange(..<end.upperBound)
                return Self.parse(text)
            }
            guard let octets = read(), !octets.isEmpty else {
                throw Failure(status: EX_UNAVAILABLE, message: "\(url) gave no answer that is HTTP").exit
            }
            input += octets
        }
    }

    private static func parse(_ text: String) -> Head {
        let lines = text.split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingWhitespace())
        }
        return Head(status: status, fields: Dictionary(fields, uniquingKeysWith: { $1 }))
    }

    /// Octets that came behind the head already, once; else the next that come. Empty at the end, nil on an error.
    func read() -> [UInt8]? {
        if !input.isEmpty {
            defer { input = [] }
            return input
        }
        return stream.read()
    }

    /// Gives the parts of the answer's content, without their chunks.
    func readContent(of head: Head, _ body: ([UInt8]) -> Void) throws {
        var decoder = BodyDecoder(
            head.fields["transfer-encoding"] == "chunked"
                ? .chunked : .length(head.fields["content-length"].flatMap { Int($0) } ?? .max))
        var buffer = InputBuffer()
        while let octets = read(), !octets.isEmpty {
            buffer.append(octets)
            decoding: while true {
                switch try decoder.decode(&buffer, upTo: 65_536) {
                case .octets(let part): body(part)
                case .needsInput: break decoding
                case .end: return
                }
            }
        }
    }

    /// What a problem says, for whoever reads the terminal; and the exit that goes with it.
    func failure(_ head: Head) -> ExitCode {
        var octets: [UInt8] = []
        try? readContent(of: head) { octets += $0 }
        let problem = try? JSON(parsing: octets)
        let detail = problem?["detail"]?.text ?? String(decoding: octets, as: UTF8.self)
        return Failure(status: 1, message: "\(head.status): \(Printable.text(detail.utf8))").exit
    }
}
