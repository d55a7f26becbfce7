import ArgumentParser
import Engine
import Glibc

/// Where a running service is, and how to be let in.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The running service, by http or https.", valueName: "url"))
    var service = ServiceURL()
    @Option(help: ArgumentHelp("A file with the service's token.", valueName: "file"))
    var tokenFile: String?
    @Option(
        help: ArgumentHelp(
            "Authorities to trust with https, in PEM, in place of the system's; a certificate that signed itself is its own.",
            valueName: "file"))
    var caFile: String?

    func validate() throws {
        guard caFile == nil || service.isSecure else {
            throw ValidationError("--ca-file is for https, and --service is \(service).")
        }
    }

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
        // Whoever reads our output may stop: that is an error of writing, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        do {
            let trust = service.isSecure ? try TLSContext(authorities: caFile) : nil
            let stream = try ServiceStream(try service.connect(), trust: trust, host: service.host)
            return ServiceClient(stream, service, token: token)
        } catch let failure as TLSFailure {
            let remedy = "name the authority that signed it with --ca-file, or the host that it is for with --service"
            let message = "no secure way to \(service): \(failure); \(remedy)"
            throw Failure(status: EX_UNAVAILABLE, message: message).exit
        } catch {
            let message =
                "no service at \(service): \(error). Start one with rawtcpweb serve, or name it with --service"
            throw Failure(status: EX_UNAVAILABLE, message: message).exit
        }
    }
}

/// `http://ADDRESS:PORT` or `https://NAME:PORT`.
struct ServiceURL: ExpressibleByArgument, CustomStringConvertible {
    private let authority: HostPort
    let isSecure: Bool

    init() {
        authority = HostPort(host: .address(.loopbackV4), port: 8_080)
        isSecure = false
    }

    init?(argument: String) {
        guard let separator = argument.firstRange(of: "://") else { return nil }
        switch argument[..<separator.lowerBound] {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        let rest = argument[separator.upperBound...]
        guard let authority = HostPort(String(rest.hasSuffix("/") ? rest.dropLast() : rest)) else { return nil }
        self.authority = authority
    }

    /// The host as resolvers take it.
    var host: String {
        switch authority.host {
        case .address(let address): address.description
        case .zoned(let address, let zone): "\(address)%\(zone)"
        case .name(let name): name
        }
    }
    var port: UInt16 { authority.port ?? (isSecure ? 443 : 80) }
    /// What goes into the Host field.
    var hostField: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var description: String { "\(isSecure ? "https" : "http")://\(hostField)" }

    /// A socket that is connected to it.
    func connect() throws(SocketError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let found = list else {
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
        return descriptor
    }
}
