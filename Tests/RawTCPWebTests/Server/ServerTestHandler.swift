import Foundation
import HTTPTypes
import Logging
import RawTCPWeb

/// A handler with a route for each thing that a server can get wrong.
struct ServerTestHandler: RequestHandler {
    /// What the handler saw, for tests to await.
    let events = ServerEvents()
    var contentLimit = 128 * 1024
    /// If there are files, they are all there is.
    var files: StaticFiles?

    func respond(to request: Request) async -> Response {
        if let files {
            return (try? files.respond(path: request.path, request: request)) ?? Response(.notFound, "no such file")
        }
        return switch request.path {
        case "/echo": await echo(request)
        case "/ignore": Response(.ok, "ignored")
        case "/stream": Response(head: HTTPResponse(status: .ok), body: .stream { try await Self.count(to: 5, $0) })
        case "/declared": declared(request)
        case "/broken": Response(head: HTTPResponse(status: .ok), body: .stream { try await Self.fail($0) })
        case "/empty": Response(head: HTTPResponse(status: .noContent))
        case "/large": Response(head: HTTPResponse(status: .ok), body: .bytes([UInt8](repeating: 120, count: 8 << 20)))
        case "/endless": endless()
        case "/wait": await wait()
        case "/client": Response(.ok, "\(request.client) \(request.clientIsLoopback)")
        case "/stall": await stall(request)
        default: Response(.ok, describe(request))
        }
    }

    func refuse(_ refusal: Refusal, id: String) async -> Response { Response(refusal.status, refusal.detail + "\n") }

    private func describe(_ request: Request) -> String {
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return "\(request.head.method) \(request.head.authority ?? "-") \(request.path) [\(query)]\n"
    }

    private func echo(_ request: Request) async -> Response {
        do throws(BodyError) {
            let octets = try await request.body.collect(upTo: contentLimit)
            return Response(head: HTTPResponse(status: .ok), body: .bytes(octets))
        } catch {
            await events.add("\(error)")
            switch error {
            case .tooLarge: return Response(.contentTooLarge, "too large")
            case .malformed(let detail): return Response(.badRequest, detail)
            case .timedOut: return Response(.requestTimeout, "timed out")
            case .disconnected: return Response(.badRequest, "disconnected")
            }
        }
    }

    private static func count(to last: Int, _ writer: BodyWriter) async throws {
        for number in 1...last { try await writer.write(Array("line \(number)\n".utf8)) }
        try await writer.write([])
    }

    private static func fail(_ writer: BodyWriter) async throws {
        try await writer.write(Array("half".utf8))
        throw CancellationError()
    }

    /// A streamed answer of declared length; `?give=` octets are really written.
    private func declared(_ request: Request) -> Response {
        let given = request.query.first.flatMap { Int($0.value) } ?? 10
        var head = HTTPResponse(status: .ok)
        head.headerFields[.contentLength] = "10"
        return Response(head: head, body: .stream { try await $0.write([UInt8](repeating: 65, count: given)) })
    }

    private func endless() -> Response {
        Response(
            head: HTTPResponse(status: .ok),
            body: .stream { writer in
                let piece = [UInt8](repeating: 46, count: 65_536)
                do {
                    while true { try await writer.write(piece) }
                } catch {
                    await events.add("stream ended")
                    throw error
                }
            }
        )
    }

    /// Answers when it is cancelled, or after a long time.
    private func wait() async -> Response {
        await events.add("waiting")
        try? await Task.sleep(for: .seconds(30))
        await events.add(Task.isCancelled ? "cancelled" : "slept")
        return Response(.ok, "waited")
    }

    /// Reads one part, then waits until it is told to go on, then reads the rest.
    private func stall(_ request: Request) async -> Response {
        var count = 0
        do throws(BodyError) {
            count = try await request.body.next()?.count ?? 0
            await events.add("stalled")
            await events.waitFor("go on")
            while let part = try await request.body.next() { count += part.count }
        } catch {
            await events.add("\(error)")
        }
        return Response(.ok, "\(count)")
    }
}

extension Response {
    /// A plain text answer.
    init(_ status: HTTPResponse.Status, _ text: String) {
        self.init(
            head: HTTPResponse(status: status, headerFields: [.contentType: "text/plain"]),
            body: .bytes(Array(text.utf8))
        )
    }
}

/// Things that happened, which tests can wait for.
actor ServerEvents {
    private(set) var all: [String] = []
    private var waiters: [(event: String, continuation: CheckedContinuation<Void, Never>)] = []

    func add(_ event: String) {
        all.append(event)
        waiters.filter { $0.event == event }.forEach { $0.continuation.resume() }
        waiters.removeAll { $0.event == event }
    }

    /// Returns once `event` has happened.
    func waitFor(_ event: String) async {
        if all.contains(event) { return }
        await withCheckedContinuation { waiters.append((event, $0)) }
    }
}

/// A server on a free port of loopback, for as long as `body` runs.
func withServer<Value>(
    _ handler: ServerTestHandler = ServerTestHandler(),
    limits: HTTPLimits = HTTPLimits(),
    address: String = "127.0.0.1",
    _ body: (UInt16, HTTPServer) async throws -> Value
) async throws -> Value {
    var logger = Logger(label: "test")
    logger.logLevel = .error
    let server = try HTTPServer(
        address: address, port: 0, handler: handler, limits: limits, version: "1.2.3", logger: logger)
    let port = try await server.start()
    do {
        let value = try await body(port, server)
        await server.stop(patience: .seconds(1))
        return value
    } catch {
        await server.stop(patience: .seconds(1))
        throw error
    }
}
