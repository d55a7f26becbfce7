import ArgumentParser
import Engine
import Glibc

/// Where a running service is, and how to be let in.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The running service, by http.", valueName: "url"))
    var service = ServiceURL()
    @Option(help: ArgumentHelp("A file with the service's token.", valueName: "file"))
    var tokenFile: String?

    /// Connects to the service.
    func connect() throws -> ServiceClient {
        // Read before anything is sent: a mistake here must not look like one of the service's.
        let token = try tokenFile.map { path in
            guard let octets = TextFile.octets(at: path) else {
                let reason = String(cString: strerror(errno))
                throw Failure(status: EX_NOINPUT, message: "--token-file \(path): \(reason)").exit
            }
            return String(decoding: octets.prefix { $0 > 0x20 }, as: UTF8.self)
        }
        do throws(SocketError) {
            return try ServiceClient(service, token: token)
        } catch {
            let message =
                "no service at \(service): \(error). Start one with rawtcpweb serve, or name it with --service"
            throw Failure(status: EX_UNAVAILABLE, message: message).exit
        }
    }
}

/// `http://ADDRESS:PORT`.
struct ServiceURL: ExpressibleByArgument, CustomStringConvertible {
    private let authority: HostPort

    init() { authority = HostPort(host: .address(.loopbackV4), port: 8_080) }

    init?(argument: String) {
        guard argument.hasPrefix("http://") else { return nil }
        let rest = argument.dropFirst("http://".count)
        guard let authority = HostPort(String(rest.hasSuffix("/") ? rest.dropLast() : rest)) else { return nil }
        self.authority = authority
    }

    /// The host as resolvers take it.
    var host: String {
        switch authority.host {
        case .address(let address): address.description
        case .name(let name): name
        }
    }
    var port: UInt16 { authority.port ?? 80 }
    /// What goes into the Host field.
    var hostField: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var description: String { "http://\(hostField)" }
}

/// One connection to a service, and the answer that comes over it.
final class ServiceClient {
    /// The head of an answer.
    struct Head {
        var status: Int
        /// By lower-case name.
        var fields: [String: String]
    }

    /// The socket, for a thread that writes.
    let descriptor: Int32
    private let url: ServiceURL
    private let token: String?
    private var input: [UInt8] = []

    init(_ url: ServiceURL, token: String?) throws(SocketError) {
        self.url = url
        self.token = token
        signal(SIGPIPE, SIG_IGN)
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(url.host, String(url.port), &hints, &list) == 0, let found = list else {
            throw SocketError(call: "getaddrinfo", errno: ENOENT)
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError(call: "socket", errno: errno) }
        guard Glibc.connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
            let error = SocketError(call: "connect", errno: errno)
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends a request without content and reads the head of its answer.
    func request(_ method: String, _ target: String) throws -> Head {
        let isTunnel = method == "CONNECT"
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(isTunnel ? target : url.hostField)"]
        if let token { lines.append("\(isTunnel ? "Proxy-" : "")Authorization: Bearer \(token)") }
        if !isTunnel { lines.append("Connection: close") }
        Self.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)[...], to: descriptor)
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
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return count < 0 ? nil : Array(buffer[..<count])
        }
    }

    /// Writes all octets; false if the service is gone.
    @discardableResult static func write(_ octets: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = octets
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
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
