package import Engine

/// Where everybody who reads the log gets it: one look at the engine for all who wait, and one rendering for all followers
/// who want the same.
package actor LogFeed {
    private let source: any LogSource
    private var ledger = AnalysisLedger()
    private var followers = 0
    /// The newest snapshot, while somebody follows; kept no longer, because it pins what the ring lets go of.
    private var latest: AnalyzedLog?
    /// The look at the engine that is under way, and what it has been told is no news.
    private var look: Task<AnalyzedLog, Never>?
    private var seenByLook: UInt64 = 0
    private var lastLook = ContinuousClock.now
    /// When somebody was last given the newest snapshot.
    private var lastUse = ContinuousClock.now
    private var isLettingGo = false
    private var pages: [PageKey: RenderedPage] = [:]
    private var pageOrder: [PageKey] = []

    /// Followers are woken no more often than this, however fast the log grows. For as long, the newest snapshot is held when
    /// nobody asks for it, and no longer: a client that does not read must not pin what the ring would use again, or the engine
    /// pays sixteen page faults for each 64 KiB of payload.
    private static let pace = Duration.milliseconds(20)
    /// How long one look waits for news; no caller waits longer without having looked around.
    private static let patience = Interval.seconds(Int64(1))
    /// Pages kept for those who come a little later: with a thousand segments each, some megabytes.
    private static let pageLimit = 16

    private struct PageKey: Hashable {
        let selection: SegmentSelection
        let start: LogPosition
    }

    package init(source: any LogSource) { self.source = source }

    /// The log as it is now.
    package func current() async -> AnalyzedLog { ledger.analyze(await source.log()) }

    /// Whether a connection is over, or forgotten.
    package func isOver(_ id: ConnectionID) async -> Bool { await source.isOver(id) }

    /// Whether there will be no more news.
    package func hasEnded() async -> Bool { await source.hasEnded() }

    // MARK: Followers

    /// Counts a follower for as long as `body` runs.
    package nonisolated func following(_ body: () async throws -> Void) async throws {
        await count(1)
        do {
            try await body()
        } catch {
            await count(-1)
            throw error
        }
        await count(-1)
    }

    private func count(_ change: Int) {
        followers += change
        guard followers == 0 else { return }
        latest = nil
        pages = [:]
        pageOrder = []
    }

    /// A log that has come further than `progress`; after a second without news, the same again.
    private func news(after progress: UInt64) async -> AnalyzedLog {
        if let latest, latest.log.progress > progress {
            lastUse = .now
            return latest
        }
        if let look {
            // Who is behind the others need not wait with them: to this one, what they have seen is news.
            if progress < seenByLook { return await freshLook() }
            return await look.value
        }
        if await source.hasEnded() { return await current() }
        let next = ContinuousClock.now < lastLook + Self.pace ? lastLook + Self.pace : ContinuousClock.now
        let seen = max(progress, latest?.log.progress ?? 0)
        seenByLook = seen
        let look = Task {
            try? await Task.sleep(until: next)
            await source.waitForNews(after: seen, patience: Self.patience)
            return await finishLook()
        }
        self.look = look
        return await look.value
    }

    private func finishLook() async -> AnalyzedLog {
        let log = await freshLook()
        lastLook = .now
        look = nil
        return log
    }

    private func freshLook() async -> AnalyzedLog {
        let log = await current()
        if followers > 0 { hold(log) }
        return log
    }

    /// Whether a snapshot is held now.
    package var holdsSnapshot: Bool { latest != nil }

    private func hold(_ log: AnalyzedLog) {
        latest = log
        lastUse = .now
        guard !isLettingGo else { return }
        isLettingGo = true
        Task { await letGo() }
    }

    /// Lets go of the newest snapshot once nobody has asked for it for a while.
    private func letGo() async {
        while case let end = lastUse + Self.pace, ContinuousClock.now < end {
            try? await Task.sleep(until: end, clock: .continuous)
        }
        latest = nil
        isLettingGo = false
    }

    /// What is behind `position` in the log as it is now, rendered: for who knows that nothing more will come.
    package func rest(_ selection: SegmentSelection, after position: LogPosition, limit: Int) async -> RenderedPage {
        let log = await current()
        var renderer = SegmentRenderer(selection)
        return renderer.page(after: position, in: log, through: log.log.newest, limit: limit)
    }

    /// What is behind `position`, rendered, once there is something; after a second without news, an empty page.
    package func page(_ selection: SegmentSelection, after position: LogPosition, seen: UInt64) async -> (
        page: RenderedPage, seen: UInt64
    ) {
        let key = PageKey(selection: selection, start: position)
        if let page = pages[key] { return (page, seen) }
        let log = await news(after: seen)
        // Somebody else may have rendered it meanwhile.
        if let page = pages[key] { return (page, seen) }
        var renderer = SegmentRenderer(selection)
        let page = renderer.page(after: position, in: log, through: log.log.newest, limit: .max)
        guard page.end > position else { return (page, log.log.progress) }
        keep(page, key)
        // While there is more in this log, the next page is not to wait for news.
        return (page, page.end.number < log.log.newest ? seen : log.log.progress)
    }

    private func keep(_ page: RenderedPage, _ key: PageKey) {
        guard followers > 1 else { return }
        pages[key] = page
        pageOrder.append(key)
        if pageOrder.count > Self.pageLimit { pages[pageOrder.removeFirst()] = nil }
    }
}
