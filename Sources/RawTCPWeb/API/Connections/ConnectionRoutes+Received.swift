import Engine
import HTTPTypes

extension ConnectionRoutes {
    /// Gives the received stream from an offset on; the same call gives the same bytes.
    func received(_ call: Call) async throws -> Response {
        var query = call.query
        let reading = Reading(&query)
        let follow = query.flag("follow") ?? false
        let isJSON =
            try Representation.choose(among: ["application/octet-stream", "application/json"], for: call.request) == 1
        if query.has("encoding"), !isJSON { query.addFault("encoding", "is for Accept: application/json only") }
        if follow, isJSON {
            query.addFault("follow", "streams bytes: it cannot be combined with Accept: application/json")
        }
        try query.finish()
        let id = try await connectionID(call)
        if follow, !call.isHead { return try await self.follow(reading, id) }
        let result = try await engine.read(reading.request(isHead: call.isHead), from: id)
        if isJSON { return call.answer(reading.json(result)) }
        return Response(head: HTTPResponse(status: .ok, headerFields: Self.fields(result)), body: .bytes(result.octets))
    }

    private static func fields(_ result: ReadResult) -> HTTPFields {
        var fields: HTTPFields = [
            .contentType: "application/octet-stream",
            .streamOffset: String(result.offset),
            .streamNextOffset: String(result.nextOffset),
            .streamFinal: String(result.isFinal),
        ]
        fields[.streamError] = result.error?.rawValue
        return fields
    }

    /// Streams until the end. Half of the receive buffer stays readable behind us, unless all is to be released.
    private func follow(_ reading: Reading, _ id: ConnectionID) async throws -> Response {
        var request = reading.request(isHead: false)
        request.patience = .zero
        request.limit = 0
        request.minimum = 0
        // Says at once what can be known at once: no such connection, an offset already released.
        let start = try await engine.read(request, from: id)
        let kept = UInt64(try await engine.connection(id).options.receiveBuffer / 2)
        let head = HTTPResponse(
            status: .ok,
            headerFields: [.contentType: "application/octet-stream", .streamOffset: String(start.offset)]
        )
        let stream = FollowedStream(engine: engine, id: id, reading: reading, kept: kept)
        return Response(head: head, body: .stream { try await stream.write(from: start.offset, to: $0) })
    }
}

/// The received stream of a connection, as it comes in.
private struct FollowedStream: Sendable {
    let engine: any EngineService
    let id: ConnectionID
    let reading: Reading
    /// Bytes that stay readable.
    let kept: UInt64

    /// Writes until the end: the stream's, the limit, or more patience than the client has for the next bytes.
    func write(from start: UInt64, to writer: BodyWriter) async throws {
        var request = ReadRequest()
        request.offset = start
        request.patience = reading.patience ?? Call.longestPatience
        request.releases = reading.release == .all
        var left = reading.limit ?? .max
        while left > 0 {
            // Nothing at all can't be waited for, nor more than there is room for beside what stays readable.
            request.minimum = min(max(reading.minimum, 1), left, max(Int(kept), 1))
            request.limit = min(max(request.minimum, Reading.defaultLimit), left)
            guard let result = try await read(request) else { return }
            if !result.octets.isEmpty { try await writer.write(result.octets) }
            if result.isFinal || result.error != nil { return }
            if reading.patience != nil, result.octets.count < request.minimum { return }
            try Task.checkCancellation()
            left -= result.octets.count
            request.offset = result.nextOffset
            if reading.release == .consumed, result.nextOffset > kept {
                try await release(before: result.nextOffset - kept)
            }
        }
    }

    /// The next bytes; nil once the connection has been deleted: that too is an end, and no accident of the transfer.
    private func read(_ request: ReadRequest) async throws -> ReadResult? {
        do {
            return try await engine.read(request, from: id)
        } catch {
            guard case .notFound = error else { throw error }
            return nil
        }
    }

    private func release(before offset: UInt64) async throws {
        var request = ReadRequest()
        request.offset = offset
        request.limit = 0
        request.minimum = 0
        _ = try? await engine.read(request, from: id)
    }
}

/// What a client wants to read, and how.
private struct Reading: Sendable {
    /// What asking for an offset does to the bytes before it.
    enum Release {
        case nothing
        case consumed
        case all
    }

    enum Encoding: String, CaseIterable {
        case text
        case hex
        case base64
    }

    /// Bytes of one answer that names no number.
    static let defaultLimit = 65_536

    var offset: UInt64?
    /// Nil: as many as one answer has, or, followed, all.
    var limit: Int?
    var minimum: Int
    /// Nil: none, or, followed, all that it takes.
    var patience: Interval?
    var release: Release
    var encoding: Encoding

    init(_ query: inout QueryParameters) {
        offset = query.read("offset", "a position in the stream of received bytes") { HostPort.parseDecimal($0) }
        limit = query.integer("limit", in: 0...(64 << 20))
        minimum = query.integer("minimum", in: 0...(1 << 30)) ?? 1
        patience = query.has("wait") ? query.patience() : nil
        release =
            query.read("release", "0, 1 or all") { text in
                switch text {
                case "0": .nothing
                case "1": .consumed
                case "all": .all
                default: nil
                }
            } ?? .consumed
        encoding = query.word("encoding", Encoding.self) ?? .text
    }

    /// HEAD has no effect: it neither releases nor waits. Nobody waits for nothing either.
    func request(isHead: Bool) -> ReadRequest {
        var request = ReadRequest()
        request.offset = offset
        request.limit = limit ?? Self.defaultLimit
        request.minimum = min(minimum, request.limit)
        request.patience = isHead || request.minimum == 0 ? .zero : patience ?? .zero
        request.releases = release != .nothing && !isHead
        return request
    }

    func json(_ result: ReadResult) -> JSON {
        let content: JSON =
            switch encoding {
            case .text: .string(String(validating: result.octets, as: UTF8.self))
            case .hex: .string(String(hex: result.octets))
            case .base64: .string(Base64.encode(result.octets))
            }
        return [
            "offset": .number(result.offset),
            "nextOffset": .number(result.nextOffset),
            "final": .bool(result.isFinal),
            "error": .string(result.error?.rawValue),
            encoding.rawValue: content,
        ]
    }
}
