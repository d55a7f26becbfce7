package import Engine
import HTTPTypes

/// `CONNECT host:port` (RFC 9110 §9.3.6): the client's connection becomes a tunnel over a raw one.
package struct TunnelHandler: Sendable {
    /// How long one wait for a slow peer may take before it is begun anew: tunnels themselves have no time limit.
    private static let patience: Interval = .seconds(Int64(3_600))
    /// Octets moved at once.
    private static let pieceSize = 64 * 1024

    private let engine: any EngineService
    private let access: Access
    private let rates: RateLimiter
    private let options: ConnectionOptions

    /// `options` are those of every tunnel's connection.
    package init(
        engine: any EngineService, access: Access, rates: RateLimiter = RateLimiter(),
        options: ConnectionOptions = ConnectionOptions()
    ) {
        self.engine = engine
        self.rates = rates
        self.access = access
        self.options = options
    }

    /// Opens the connection and answers 200, behind which the tunnel begins.
    package func respond(to request: Request) async throws -> Response {
        try await access.judgeProxied(request)
        guard let target = request.head.authority.flatMap({ HostPort(authority: $0) }), let port = target.port, port > 0
        else {
            throw Problem(
                .badRequest,
                "The target of CONNECT is host:port, with an address in four decimal parts or in brackets, or a name.")
        }
        let address = try await NameResolver.resolve(target.host, at: .target)
        var open = OpenRequest(remote: Endpoint(address.unmapped, port))
        try await rates.admit(.handshakesPerSecond, to: open.remote.address)
        open.options = options
        open.isTunnel = true
        let request = open
        let id = try await ConnectionStory(engine: engine).telling {
            try await engine.connect(request, timeout: Call.defaultPatience).id
        }
        var head = HTTPResponse(status: .ok)
        head.headerFields[.connectionID] = id.description
        return Response(head: head, body: .tunnel { try await carry($0, over: id) })
    }

    /// Moves octets both ways until both directions are closed. If either fails the connection is aborted.
    private func carry(_ tunnel: Tunnel, over id: ConnectionID) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await send(from: tunnel, to: id) }
                group.addTask { try await receive(from: id, to: tunnel) }
                while try await group.next() != nil {}
            }
        } catch {
            try? await engine.abort(id)
            throw error
        }
    }

    /// The client's octets; its end is our FIN.
    private func send(from tunnel: Tunnel, to id: ConnectionID) async throws {
        while let octets = try await tunnel.read() {
            _ = try await engine.write(octets, to: id, push: true, timeout: Self.patience)
        }
        _ = try await engine.close(id)
    }

    /// The peer's octets, released as the client takes them; its FIN is the client's end.
    private func receive(from id: ConnectionID, to tunnel: Tunnel) async throws {
        var request = ReadRequest()
        request.offset = 0
        request.limit = Self.pieceSize
        request.patience = Self.patience
        while true {
            let result = try await engine.read(request, from: id)
            if !result.octets.isEmpty { try await tunnel.write(result.octets) }
            if result.error != nil { throw EngineError.connectionReset(id) }
            if result.isFinal { return await tunnel.endWriting() }
            request.offset = result.nextOffset
        }
    }
}
