import Engine
import HTTPTypes

/// `/v1/segments`: the decoded log.
package struct SegmentRoutes: Sendable {
    private let engine: any EngineService
    private let feed: LogFeed

    package init(engine: any EngineService) {
        self.engine = engine
        feed = LogFeed(source: engine)
    }

    /// The operations of the resource.
    package var routes: [Route] {
        let selection = [
            "connection", "listener", "direction", "flags", "cause", "analysis", "filter", "after", "before", "last",
            "limit", "run", "payload", "fields", "format", "follow",
        ]
        return [
            Route(.get, "/v1/segments", parameters: selection, waiting: .forDuration, types: [], handler: list),
            Route(.get, "/v1/segments/{number}", parameters: ["run", "payload"], handler: show),
            Route(
                .get, "/v1/segments/{number}/raw", parameters: ["run"], types: ["application/octet-stream"],
                handler: raw),
            Route(.post, "/v1/segments/decode", handler: decode),
        ]
    }
}

// MARK: - The log

extension SegmentRoutes {
    /// The most records of one JSON answer, which is held whole.
    private static let longestPage = 10_000
    /// Records of one JSON answer if the client names no number.
    private static let defaultPage = 100

    /// Whoever asks for the newest so many has named a number.
    private static func page(of query: SegmentQuery) -> Int {
        if case .last(let count) = query.position { min(count, longestPage) } else { defaultPage }
    }

    private func list(_ call: Call) async throws -> Response {
        var query = call.query
        let format = try SegmentFormat.choose(&query, call)
        let lastSeen = format == .sse ? call.request.head.headerFields[.lastEventID] : nil
        // WHATWG HTML §9.2.2: an event source that has seen no id yet sends none, and an empty one means the same.
        let resumption = lastSeen == "" ? nil : lastSeen
        var selection = SegmentSelection(
            query: SegmentQuery(&query), format: format, fields: Self.fields(&query, format),
            payload: query.word("payload", PayloadEncoding.self), run: engine.run)
        selection.isPretty = format == .columns && call.isPretty
        let limit = query.integer("limit", in: 1...(format == .json ? Self.longestPage : .max))
        let follows = query.flag("follow") ?? false
        let patience = query.patience()
        if follows, !format.mayFollow {
            query.addFault("follow", "needs a format that streams: ndjson, sse, text or pcapng")
        }
        if follows || format == .sse, query.has("before") {
            query.addFault(
                "before", "pages backward, and a followed log goes forward: after=N or last=N says where it begins")
        }
        try query.finish()
        // An event stream that comes again after a restart is told so in the stream.
        if resumption == nil { try checkRun(query) }
        try await resolve(query, &selection.query)
        if format == .json { return await page(call, selection, limit ?? Self.page(of: selection.query), patience) }
        if !call.isHead { await wait(for: selection.query, patience: patience) }
        let stream = SegmentStream(
            feed: feed, selection: selection, limit: limit, follows: follows || format == .sse,
            resumption: resumption.map { .init($0, run: selection.run) })
        if await stream.isOverAlready() {
            // WHATWG HTML §9.2.2: 204 tells an EventSource to stop reconnecting.
            return .noContent
        }
        var head = HTTPResponse(status: .ok, headerFields: [.contentType: format.contentType])
        if stream.follows {
            let beginning = await stream.beginning()
            return Response(head: head, body: .stream { try await stream.write(to: $0, behind: beginning) })
        }
        guard format == .columns else { return Response(head: head, body: .stream { try await stream.write(to: $0) }) }
        let extent = await stream.extent()
        head.headerFields[.link] = Self.nextLink(call, selection.query, extent.next, in: await feed.current().log)
        return Response(head: head, body: .stream { try await stream.write(to: $0, upTo: extent) })
    }

    private static func fields(_ query: inout QueryParameters, _ format: SegmentFormat) -> FieldSelection {
        let payload = query.string("payload").flatMap { PayloadEncoding(rawValue: $0) }
        guard let text = query.string("fields") else {
            return format == .columns ? .table(payload: payload) : .record(payload: payload)
        }
        switch FieldSelection.parse(text, payload: payload) {
        case .success(let fields): return fields
        case .failure(let unknown):
            let nearest = NearestName.of(unknown.path, among: SegmentField.allCases.map(\.rawValue)) ?? "number"
            query.addFault("fields", "\"\(unknown.path)\" is no member of a record; did you mean \"\(nearest)\"?")
            return .record(payload: payload)
        }
    }

    /// Fills in what only the engine can tell: connections and listeners behind names, and the filter with its names.
    private func resolve(_ parameters: QueryParameters, _ query: inout SegmentQuery) async throws(Problem) {
        if let text = parameters.string("filter") {
            let filter = try Self.filter(text)
            query.filter = filter
            for name in filter.connectionNames { query.names[name] = try await engine.anyConnectionID(for: name) }
        }
        if let text = parameters.string("connection") { query.connection = try await engine.anyConnectionID(for: text) }
        guard let text = parameters.string("listener") else { return }
        let id = try await engine.listenerID(for: text)
        do {
            query.local = try await engine.listener(id).local
        } catch {
            throw Problem(error)
        }
    }

    /// Reads a filter. The mistake is shown under the text, at its place.
    private static func filter(_ text: String) throws(Problem) -> SegmentFilter {
        do throws(FilterError) {
            return try SegmentFilter(text)
        } catch {
            let hint = error.unknown.flatMap { NearestName.of($0.word, among: $0.candidates) }
            let end = hint.map { "; did you mean \"\($0)\"?" } ?? "."
            var problem = Problem(
                .invalidFilter, "At character \(error.position + 1) of the filter: \(error.detail)\(end)")
            problem.members = [
                .init("filter", .string(text)), .init("position", .integer(error.position)),
                .init("caret", .string(String(repeating: " ", count: error.position) + "^")),
            ]
            throw problem
        }
    }

    private func wait(for query: SegmentQuery, patience: Interval) async {
        guard patience > .zero else { return }
        _ = await found(query, limit: 1, patience: patience)
    }

    /// The page as it is now; if it is empty, as it is once something for it has come or the patience is over.
    private func found(
        _ query: SegmentQuery, limit: Int, patience: Interval
    ) async -> (page: SegmentPage, log: LogSnapshot) {
        let deadline = ContinuousClock.now + .nanoseconds(patience.nanoseconds)
        while true {
            let log = await feed.current()
            let page = SegmentPage(query, in: log, limit: limit)
            let left = deadline - ContinuousClock.now
            if !page.segments.isEmpty || left <= .zero || Task.isCancelled { return (page, log.log) }
            if case .before = query.position { return (page, log.log) }
            if await engine.hasEnded() { return (page, log.log) }
            await engine.waitForNews(after: log.log.progress, patience: Interval(left))
        }
    }

    private func page(
        _ call: Call, _ selection: SegmentSelection, _ limit: Int, _ patience: Interval
    ) async -> Response {
        let (page, log) = await found(selection.query, limit: limit, patience: call.isHead ? .zero : patience)
        var text = JSONText(pretty: call.isPretty)
        text.beginObject()
        text.name("run")
        text.write(log.run)
        text.name("segments")
        text.write(array: page.segments) { selection.fields.write($1, to: &$0) }
        for (name, number) in [
            ("next", page.next), ("oldest", log.oldest), ("evicted", log.evicted), ("dropped", log.dropped),
        ] {
            text.name(name)
            text.write(number: number)
        }
        text.endObject()
        var fields: HTTPFields = [:]
        fields[.link] = Self.nextLink(call, selection.query, page.next, in: log)
        return call.answer(text, fields: fields)
    }

    /// Where the page after this one is, as RFC 8288 writes it. A log goes on; back from its oldest record there is none.
    private static func nextLink(
        _ call: Call, _ query: SegmentQuery, _ next: UInt64, in log: LogSnapshot
    ) -> String? {
        let isBackward = if case .before = query.position { true } else { false }
        if isBackward, next <= log.oldest || log.newest < log.oldest { return nil }
        let positions = ["after", "before", "last"]
        var target = call.request.query.filter { !positions.contains($0.name) }
        target.append((isBackward ? "before" : "after", String(next)))
        let words = target.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        return "</v1/segments?\(words.joined(separator: "&"))>; rel=\"next\""
    }

    /// Numbers of another run mean nothing in this one.
    private func checkRun(_ query: QueryParameters) throws(Problem) {
        guard let run = query.string("run"), case let current = engine.run, run != current else { return }
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
        return call.answer(SegmentModel(try await segment(call)).detailedJSON(payload: payload))
    }

    private func raw(_ call: Call) async throws -> Response {
        let record = try await segment(call).record
        let head = HTTPResponse(status: .ok, headerFields: [.contentType: "application/octet-stream"])
        return Response(head: head, body: .bytes(record.octets))
    }

    /// The record that the path names.
    private func segment(_ call: Call) async throws(Problem) -> DecodedSegment {
        try checkRun(call.query)
        let text = call.pathParameter("number")
        let log = await feed.current()
        if let number = HostPort.parseDecimal(text), let segment = log[number] { return segment }
        let kept = log.log.newest == 0 ? "is empty" : "keeps records \(log.log.oldest) to \(log.log.newest)"
        throw Problem(.notFound, "There is no record \"\(text)\": the log \(kept).")
    }

    private func decode(_ call: Call) async throws -> Response {
        let isJSON = call.contentType != "application/octet-stream"
        try call.refuseContentEncoding()
        let octets = isJSON ? try await hexOctets(call) : try await call.collect(upTo: 65_535)
        let definitions = await engine.registeredOptions()
        do throws(WireError) {
            return call.answer(try DecodedPacketModel(octets, definitions: definitions).json)
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
