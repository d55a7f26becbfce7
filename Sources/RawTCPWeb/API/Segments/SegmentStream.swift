package import Engine

/// The log as a stream: what is kept, and on demand what comes.
package struct SegmentStream: Sendable {
    package var feed: LogFeed
    package var selection: SegmentSelection
    /// The most segments; nil: all.
    package var limit: Int?
    /// Goes on when the end is reached, until the query's connection is closed.
    package var follows: Bool
    /// Where a client that was here before had come to.
    package var resumption: Resumption?

    /// After so long a silence a comment keeps an event stream alive through proxies, and tells us when the client is gone. The
    /// contract says every 15 s, and one more look at the log may take a second.
    private static let heartbeat = Duration.seconds(14)

    package init(
        feed: LogFeed, selection: SegmentSelection, limit: Int? = nil, follows: Bool, resumption: Resumption? = nil
    ) {
        self.feed = feed
        self.selection = selection
        self.limit = limit
        self.follows = follows
        self.resumption = resumption
    }

    /// `Last-Event-ID` of an event stream: `RUN-NUMBER.K`; `RUN-NUMBER` is the segment itself.
    package enum Resumption: Hashable, Sendable {
        /// Behind this event of this run.
        case position(LogPosition)
        /// The id is of another run, or none of ours.
        case restarted

        /// Reads the id that a client had seen last.
        package init(_ id: String, run: String) {
            let parts = id.split(separator: "-", omittingEmptySubsequences: false)
            let numbers = parts.last?.split(separator: ".", omittingEmptySubsequences: false) ?? []
            guard parts.count == 2, parts[0] == run, 1...2 ~= numbers.count,
                let number = HostPort.parseDecimal(numbers[0]),
                let ordinal = numbers.count == 1 ? 0 : UInt32(numbers[1])
            else {
                self = .restarted
                return
            }
            self = .position(LogPosition(number, ordinal))
        }
    }

    /// A client that comes again has seen everything of a connection that is over.
    package func isOverAlready() async -> Bool {
        guard case .position(let position)? = resumption, await isClosed() else { return false }
        let log = await feed.current()
        var renderer = SegmentRenderer(selection)
        let page = renderer.page(after: position, in: log, through: log.log.newest, limit: 1)
        return page.octets.isEmpty && page.end.number >= log.log.newest
    }

    /// From where to where a stream of what is kept goes.
    package struct Extent: Hashable, Sendable {
        /// The place before the first record examined.
        package var start: LogPosition
        /// The last record examined.
        package var last: UInt64
        /// Where the page after this one goes on: behind this record or, backward, before it.
        package var next: UInt64
    }

    /// The extent of a stream that begins now: known before the first octet, so that the head can tell it.
    package func extent() async -> Extent {
        let log = await feed.current()
        let newest = log.log.newest
        var extent = Extent(start: start(in: log), last: newest, next: newest)
        switch selection.query.position {
        case .last: break
        case .before(let number):
            extent.last = min(newest, max(number, 1) - 1)
            extent.next = SegmentPage(selection.query, in: log, limit: limit ?? .max).next
        case .oldest, .after:
            if case .after(let number) = selection.query.position { extent.next = max(newest, number) }
            guard let limit else { break }
            extent.next = SegmentPage(selection.query, in: log, limit: limit).next
            extent.last = min(newest, extent.next)
        }
        return extent
    }

    /// The place behind which a stream that begins now starts. Who has read the head of the answer may count on it: what
    /// happens from then on comes.
    package func beginning() async -> LogPosition { start(in: await feed.current()) }

    /// Writes all of it: what is kept up to `extent`, or what stands behind `beginning` and what comes, where these were asked
    /// for before.
    package func write(
        to writer: BodyWriter, behind beginning: LogPosition? = nil, upTo extent: Extent? = nil
    ) async throws {
        guard follows else {
            if let extent { return try await writeKept(to: writer, extent) }
            return try await writeKept(to: writer, await self.extent())
        }
        let place = if let beginning { beginning } else { await self.beginning() }
        try await feed.following { try await follow(place, writer) }
    }

    // MARK: What is kept

    private func writeKept(to writer: BodyWriter, _ extent: Extent) async throws {
        var position = extent.start
        var renderer = SegmentRenderer(selection, stopsWithConnection: false)
        try await write(renderer.header, to: writer)
        var remaining = limit ?? .max
        var isOver = false
        while !isOver {
            let page = await keptPage(&renderer, after: position, upTo: extent, limit: remaining)
            position = page.end
            remaining -= page.count
            isOver = page.isLast
            try await write(page.octets, to: writer)
        }
    }

    /// Takes a look at the log and lets go of it at once: nothing of it is held while the client takes its time.
    private func keptPage(
        _ renderer: inout SegmentRenderer, after position: LogPosition, upTo extent: Extent, limit: Int
    ) async -> RenderedPage {
        let log = await feed.current()
        var page = renderer.page(after: position, in: log, through: extent.last, limit: limit)
        page.isLast = page.count >= limit || page.end.number >= extent.last
        if page.isLast { page.octets += renderer.trailer(next: extent.next, in: log.log) }
        return page
    }

    /// The place before the first segment to examine.
    private func start(in log: AnalyzedLog) -> LogPosition {
        switch resumption {
        case .position(let position)?: return min(position, log.log.end)
        case .restarted?: return LogPosition(log.log.oldest - 1)
        case nil: break
        }
        switch selection.query.position {
        case .oldest: return follows ? log.log.end : LogPosition(log.log.oldest - 1)
        case .after(let number): return LogPosition(number)
        case .before, .last:
            let page = SegmentPage(selection.query, in: log, limit: limit ?? .max)
            return page.segments.first.map { LogPosition($0.record.number - 1) } ?? log.log.end
        }
    }

    // MARK: What comes

    private func follow(_ beginning: LogPosition, _ writer: BodyWriter) async throws {
        let renderer = SegmentRenderer(selection)
        try await write(renderer.header, to: writer)
        if resumption == .restarted { try await write(renderer.gap(["reason": "restarted"]), to: writer) }
        var position = beginning
        var seen: UInt64 = 0
        var remaining = limit ?? .max
        var lastWrite = ContinuousClock.now
        // Asked before the log is read: what the last segment did to the connection is in the log by then.
        var isOver = await isOver()
        while true {
            let (page, progress) =
                isOver
                ? (await feed.rest(selection, after: position, limit: remaining), seen)
                : await next(after: position, seen: seen, limit: remaining)
            let isDry = page.end == position && progress == seen
            (position, seen) = (page.end, progress)
            remaining -= page.count
            if !page.octets.isEmpty {
                try await write(page.octets, to: writer)
                lastWrite = .now
            }
            if page.isLast || remaining <= 0 || (isDry && isOver) { return }
            try Task.checkCancellation()
            if isDry { isOver = await self.isOver() }
            if selection.format == .sse, ContinuousClock.now - lastWrite >= Self.heartbeat {
                try await write(Array(": heartbeat\n\n".utf8), to: writer)
                lastWrite = .now
            }
        }
    }

    /// Followers without a limit share their pages.
    private func next(after position: LogPosition, seen: UInt64, limit: Int) async -> (RenderedPage, UInt64) {
        guard self.limit != nil else { return await feed.page(selection, after: position, seen: seen) }
        let (page, progress) = await feed.page(selection, after: position, seen: seen)
        guard page.count > limit else { return (page, progress) }
        return (await feed.rest(selection, after: position, limit: limit), progress)
    }

    /// Nothing more will come: the connection that was asked for is over, or the service is.
    private func isOver() async -> Bool {
        if await feed.hasEnded() { return true }
        return await isClosed()
    }

    private func isClosed() async -> Bool {
        guard let id = selection.query.connection else { return false }
        return await feed.isOver(id)
    }

    private func write(_ octets: [UInt8], to writer: BodyWriter) async throws {
        if !octets.isEmpty { try await writer.write(octets) }
    }
}
