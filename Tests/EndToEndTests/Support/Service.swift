import Foundation
import TestSupport
import Testing

/// A running `rawtcpweb serve`, on a port of its own.
final class Service: Sendable {
    let process: ChildProcess
    let client: HTTPClient

    /// Starts the service and waits until it says that it is ready; `prefix` is a command that runs it, such as `setpriv`.
    init(
        _ arguments: [String] = [], in network: NetworkNamespace? = nil, prefix: [String] = [], token: String? = nil
    ) throws {
        let command = prefix + [Checkout.program, "serve", "--listen", "127.0.0.1:0"] + arguments
        let process = try network.perform { try ChildProcess(command) }
        self.process = process
        let pattern = #/https?://127\.0\.0\.1:(\d+)/#
        guard process.output.wait(within: .patience, until: { $0.contains(pattern) }),
            let port = process.output.text.firstMatch(of: pattern).flatMap({ UInt16($0.output.1) })
        else { throw HarnessError("the service is not ready: \(process.diagnosis)") }
        client = HTTPClient(port: port, network: network, token: token)
    }

    /// Runs a test against a service of its own; afterwards it must have met no internal error and must end in order.
    static func run(
        _ arguments: [String] = [], in network: NetworkNamespace? = nil, prefix: [String] = [], token: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation, _ test: (Service) throws -> Void
    ) throws {
        let service = try Service(arguments, in: network, prefix: prefix, token: token)
        do {
            try test(service)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
        let counters = try service.get("/v1/engine").json["counters"]
        #expect(counters["internalErrors"] == 0, sourceLocation: sourceLocation)
        try service.stop(sourceLocation: sourceLocation)
    }

    /// SIGTERM, at which the service ends with status 0.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) throws {
        process.signal(SIGTERM)
        let ending = try process.wait(within: .patience)
        #expect(ending == .exited(0), "\(process.diagnosis)", sourceLocation: sourceLocation)
    }

    /// GET.
    func get(_ target: String) throws -> HTTPAnswer { try client.send("GET", target) }

    /// DELETE.
    func delete(_ target: String) throws -> HTTPAnswer { try client.send("DELETE", target) }

    /// POST of a JSON body, or without one.
    func post(_ target: String, _ json: JSON? = nil) throws -> HTTPAnswer {
        guard let json else { return try client.send("POST", target) }
        return try client.send("POST", target, fields: ["Content-Type": "application/json"], body: json.octets())
    }

    /// POST of octets as they are.
    func post(_ target: String, octets: [UInt8]) throws -> HTTPAnswer {
        try client.send("POST", target, fields: ["Content-Type": "application/octet-stream"], body: octets)
    }

    /// Opens a connection to a port on loopback, which must succeed; returns its path.
    func connect(
        to port: UInt16, _ members: [String: JSON] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        try connect(to: "127.0.0.1:\(port)", members, sourceLocation: sourceLocation)
    }

    /// Opens a connection, which must succeed; returns its path.
    func connect(
        to remote: String, _ members: [String: JSON] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let request = members.merging(["remote": .string(remote)]) { given, _ in given }
        let answer = try post("/v1/connections", .object(request))
        try #require(answer.status == 201, "\(answer)", sourceLocation: sourceLocation)
        try #require(answer.json["state"] == "ESTABLISHED", sourceLocation: sourceLocation)
        return "/v1/connections/\(try #require(answer.json["id"].string))"
    }

    /// Sends a text to a peer that echoes it, and expects it back.
    func expectEcho(
        of text: String, over connection: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let sent = try post("\(connection)/send", ["text": .string(text)])
        #expect(sent.status == 200, "\(sent)", sourceLocation: sourceLocation)
        let echo = try get("\(connection)/received?minimum=\(text.utf8.count)&wait=5s")
        #expect(echo.text == text, sourceLocation: sourceLocation)
    }

    /// The records of one connection, oldest first.
    func segments(of connection: String) throws -> [JSON] {
        let id = connection.split(separator: "/").last ?? ""
        return try get("/v1/segments?connection=\(id)&limit=10000").json["segments"].elements
    }
}

/// Expects a problem of this status and type, in the problem's own media type.
func expectProblem(
    _ answer: HTTPAnswer, _ status: Int, _ type: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(answer.status == status, "\(answer)", sourceLocation: sourceLocation)
    #expect(answer.json["type"] == "/problems/\(type)", "\(answer)", sourceLocation: sourceLocation)
    #expect(answer.json["status"] == JSON.number(Double(status)), sourceLocation: sourceLocation)
    #expect(answer.json["detail"].string?.isEmpty == false, sourceLocation: sourceLocation)
    #expect(
        answer.fields["content-type"]?.hasPrefix("application/problem+json") == true, sourceLocation: sourceLocation)
}
