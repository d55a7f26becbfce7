import Engine
import HTTPTypes

/// `/v1/segments`: the decoded log.
package struct SegmentRoutes: Sendable {
    private let engine: any EngineService

    package init(engine: any EngineService) { self.engine = engine }

    /// The operations of the resource.
    package var routes: [Route] {
        let selection = [
            "connection", "direction", "flags", "cause", "analysis", "after", "before", "last", "limit", "run",
            "payload", "format", "follow",
        ]
        return [
            Route(.get, "/v1/segments", parameters: selection, waiting: .forDuration, handler: list),
            Route(.get, "/v1/segments/{number}", parameters: ["run", "payload"], handler: show),
            Route(.get, "/v1/segments/{number}/raw", parameters: ["run"], handler: raw),
            Route(.post, "/v1/segments/decode", handler: decode),
        ]
    }

    /// The representations that are built, the default first.
    private enum Format: String, CaseIterable {
        case json
        case ndjson
        case text

        var mediaType: String {
            switch self {
            case .json: "application/json"
            case .ndjson: "application/x-ndjson"
            case .text: "text/plain"
            }
        }

        /// The one that the client asks for, by `format=` or by `Accept`.
        static func choose(_ query: inout QueryParameters, _ call: Call) throws(Problem) -> Format {
            if let text = query.string("format"), ["columns", "sse", "pcapng", "mermaid"].contains(text) {
                throw .notBuilt("format", text)
            }
            if query.has("format") { return query.word("format", Format.self) ?? .json }
            return allCases[try Representation.choose(among: allCases.map(\.mediaType), for: call)]
        }
    }
}

// MARK: - The log

extension SegmentRoutes {
    private func list(_ call: Call) async throws -> Response {
        var query = call.query
        var selection = SegmentQuery(&query)
        let format = try Format.choose(&query, call)
        let limit = query.integer("limit", in: 1...(format == .json ? 10_000 : .max))
        let payload = query.word("payload", PayloadEncoding.self)
        let follows = query.flag("follow") ?? false
        let patience = query.patience()
        if follows, format == .json { query.addFault("follow", "needs a format that streams: ndjson or text") }
        try query.finish()
        try await checkRun(query)
        selection.connection = try await connection(query)
        switch format {
        case .json:
            let limit = limit ?? 100
            let page = await page(selection, limit: limit, patience: call.isHead ? .zero : patience)
            return answer(page, selection, call, limit: limit, payload: payload)
        case .ndjson, .text:
            if !call.isHead { await wait(for: selection, patience: patience) }
            let stream = SegmentStream(
                engine: engine, query: selection, form: format == .text ? .text : .ndjson, payload: payload,
                limit: limit, follows: follows)
            let type = format == .text ? "text/plain; charset=utf-8" : format.mediaType
            let head = HTTPResponse(status: .ok, headerFields: [.contentType: type])
            return Response(head: head, body: .stream { try await stream.write(to: $0) })
        }
    }

    private func wait(for selection: SegmentQuery, patience: Interval) async {
        guard patience > .zero else { return }
        _ = await page(selection, limit: 1, patience: patience)
    }

    /// The page as it is now; if it is empty, as it is once something for it has come or the patience is over.
    private func page(
        _ selection: SegmentQuery, limit: Int, patience: Interval
    ) async -> (page: SegmentPage, log: LogSnapshot) {
        let deadline = ContinuousClock.now + .nanoseconds(patience.nanoseconds)
        while true {
            let log = await engine.log()
            let page = SegmentPage(selection, in: log, limit: limit)
            let left = deadline - ContinuousClock.now
            if !page.records.isEmpty || left <= .zero || Task.isCancelled { return (page, log) }
            if case .before = selection.position { return (page, log) }
            await engine.waitForRecord(after: log.newest, patience: Interval(left))
        }
    }

    private func answer(
        _ found: (page: SegmentPage, log: LogSnapshot), _ selection: SegmentQuery, _ call: Call, limit: Int,
        payload: PayloadEncoding?
    ) -> Response {
        let (page, log) = found
        let json: JSON = [
            "run": .string(log.run),
            "segments": .array(page.records.map { SegmentModel($0).json(payload: payload) }),
            "next": .number(page.next),
            "oldest": .number(log.oldest),
            "evicted": .number(log.evicted),
            "dropped": .number(log.dropped),
        ]
        let isBackward = if case .before = selection.position { true } else { false }
        let positions = ["after", "before", "last"]
        var target = call.request.query.filter { !positions.contains($0.name) }
        target.append((isBackward ? "before" : "after", String(page.next)))
        let query = target.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        let link = "</v1/segments?\(query.joined(separator: "&"))>; rel=\"next\""
        return call.answer(json, fields: [.link: link])
    }

    /// The connection that `connection=` names, by id or by name. The log may remember an id that nobody else does.
    private func connection(_ query: QueryParameters) async throws(Problem) -> ConnectionID? {
        guard let text = query.string("connection") else { return nil }
        if let id = ConnectionID(text) { return id }
        if let id = await engine.connectionID(named: text) { return id }
        throw Problem(EngineError.notFound(text))
    }

    /// Numbers of another run mean nothing in this one.
    private func checkRun(_ query: QueryParameters) async throws(Problem) {
        guard let run = query.string("run"), case let current = await engine.log().run, run != current else { return }
        throw Problem(
            .logRestarted,
            "Run \(run) is over; the service's run is \(current), whose records are numbered from 1 again. "
                + "Start from the oldest: leave after= and run= out."
        )
    }
}

// MARK: - One segment

extension SegmentRoutes {
    private func show(_ call: Call) async throws -> Response {
        var query = call.query
        let payload = query.word("payload", PayloadEncoding.self)
        try query.finish()
        return call.answer(SegmentModel(try await record(call)).detailedJSON(payload: payload))
    }

    private func raw(_ call: Call) async throws -> Response {
        let record = try await record(call)
        let head = HTTPResponse(status: .ok, headerFields: [.contentType: "application/octet-stream"])
        return Response(head: head, body: .bytes(record.octets))
    }

    /// The record that the path names.
    private func record(_ call: Call) async throws(Problem) -> SegmentRecord {
        try await checkRun(call.query)
        let text = call.pathParameter("number")
        let log = await engine.log()
        if let number = HostPort.parseDecimal(text), let record = log[number] { return record }
        let kept = log.newest == 0 ? "is empty" : "keeps records \(log.oldest) to \(log.newest)"
        throw Problem(.notFound, "There is no record \"\(text)\": the log \(kept).")
    }

    private func decode(_ call: Call) async throws -> Response {
        let isJSON = call.contentType != "application/octet-stream"
        let octets = isJSON ? try await hexOctets(call) : try await call.collect(upTo: 65_535)
        do throws(WireError) {
            return call.answer(try DecodedPacketModel(octets).json)
        } catch {
            let detail = "must be an IPv4 or IPv6 packet: \(error)"
            throw Problem(faults: [.member(isJSON ? "/hex" : "", detail)])
        }
    }

    private func hexOctets(_ call: Call) async throws(Problem) -> [UInt8] {
        var object = try await call.readObject()
        let octets = object.read("hex", "pairs of hexadecimal digits, at most 65,535 octets") { value -> [UInt8]? in
            guard let octets = value.text.flatMap(Hex.decode), octets.count <= 65_535 else { return nil }
            return octets
        }
        if octets == nil, object.faults.isEmpty { object.addFault("hex", "is required: the packet's octets") }
        try object.finish()
        return octets ?? []
    }
}

extension Interval {
    /// The same length as the standard library writes it.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
