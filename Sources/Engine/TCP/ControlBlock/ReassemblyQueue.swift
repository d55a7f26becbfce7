import DequeModule

/// The received stream: octets in order that wait for the user, and octets behind holes.
///
/// Every octet is copied once, from the packet to its final place: a page at its stream position. Positions are offsets
/// in the stream: 0 is the octet behind the peer's SYN.
///
///          start          next
///            |-- in order --|   hole   |-- range --|  hole  |-- range --|
///
package struct ReassemblyQueue: Sendable {
    /// Octets of one page. Small enough that an idle reader costs little, large enough for few system calls.
    private static let pageSize: UInt64 = 16_384

    /// Ranges behind holes that are kept. Each arrival looks through them, so a peer that sends every second octet must not make
    /// thousands; the window of a lossy path has far fewer holes.
    package static let rangeLimit = 1_024

    /// Octets `start ..< end` behind a hole.
    package struct Range: Hashable, Sendable {
        package var start: UInt64
        package var end: UInt64
        /// Grows with each arrival that touched the range: the newest is told first (RFC 2018 §4).
        package var touched: UInt64

        fileprivate var length: Int { Int(end - start) }
    }

    /// Page i holds positions `pageBase + i * pageSize …`; nil until an octet falls into it.
    private var pages = Deque<Page?>()
    private var pageBase: UInt64 = 0
    /// The position of the oldest octet kept.
    package private(set) var start: UInt64 = 0
    /// RCV.NXT as a stream position: everything before it has come.
    package private(set) var next: UInt64 = 0
    /// What has come behind holes: sorted, disjoint, not touching.
    package private(set) var ranges: [Range] = []
    private var arrivals: UInt64 = 0

    package init() {}

    /// Octets in order that are kept.
    package var readable: Int { Int(next - start) }
    /// Octets behind holes.
    package private(set) var outOfOrder = 0

    /// Stores `text` at `position` and returns how far `next` moved. The caller has trimmed it to `next … window`.
    package mutating func insert(_ text: RawSpan, at position: UInt64) -> Int {
        precondition(position >= next, "octets that were delivered before")
        copyIn(text, at: position)
        let end = position + UInt64(text.byteCount)
        guard position == next else {
            arrivals += 1
            merge(Range(start: position, end: end, touched: arrivals))
            return 0
        }
        let before = next
        next = end
        while let first = ranges.first, first.start <= next {
            next = max(next, first.end)
            outOfOrder -= first.length
            ranges.removeFirst()
        }
        return Int(next - before)
    }

    /// The ranges behind holes, the one that grew last first.
    package var rangesByRecency: [Range] { ranges.sorted { $0.touched > $1.touched } }

    /// The first part of `start ..< end` that waits behind a hole already; nil if all of it is new.
    package func overlap(_ start: UInt64, _ end: UInt64) -> Swift.Range<UInt64>? {
        guard let range = ranges.first(where: { $0.end > start }), range.start < end else { return nil }
        return max(range.start, start)..<min(range.end, end)
    }

    private mutating func merge(_ new: Range) {
        var merged = new
        let lower = ranges.firstIndex { $0.end >= new.start } ?? ranges.count
        var upper = lower
        while upper < ranges.count, ranges[upper].start <= new.end {
            merged.start = min(merged.start, ranges[upper].start)
            merged.end = max(merged.end, ranges[upper].end)
            outOfOrder -= ranges[upper].length
            upper += 1
        }
        ranges.replaceSubrange(lower..<upper, with: CollectionOfOne(merged))
        outOfOrder += merged.length
    }

    /// Copies up to `limit` octets in order, from `position` on.
    package func read(from position: UInt64, limit: Int) -> [UInt8] {
        precondition(position >= start && position <= next, "read outside what is kept")
        let count = min(limit, Int(next - position))
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let at = position + UInt64(initialized)
                let (index, offset) = locate(at)
                let run = min(count - initialized, Int(Self.pageSize) - offset)
                guard let page = pages[index], let target = buffer.baseAddress else { break }
                UnsafeMutableRawPointer(target + initialized).copyMemory(from: page.base + offset, byteCount: run)
                initialized += run
            }
        }
    }

    /// Lets go of everything before `position`.
    package mutating func release(before position: UInt64) {
        precondition(position >= start && position <= next, "released what never came")
        start = position
        while pageBase + Self.pageSize <= start, !pages.isEmpty {
            pages.removeFirst()
            pageBase += Self.pageSize
        }
        if pages.isEmpty { pageBase = start - start % Self.pageSize }
        // Nothing waits and nothing is kept: an idle connection holds no buffer.
        if start == next, ranges.isEmpty {
            pages = []
            pageBase = start - start % Self.pageSize
        }
    }

    /// Lets go of everything behind holes.
    package mutating func dropRanges() {
        guard !ranges.isEmpty else { return }
        ranges = []
        outOfOrder = 0
        let kept = Int((next - pageBase + Self.pageSize - 1) / Self.pageSize)
        if pages.count > kept { pages.removeLast(pages.count - kept) }
    }

    private mutating func copyIn(_ text: RawSpan, at position: UInt64) {
        var done = 0
        while done < text.byteCount {
            let (index, offset) = locate(position + UInt64(done))
            while pages.count <= index { pages.append(nil) }
            let page = pages[index] ?? Page(size: Int(Self.pageSize))
            pages[index] = page
            let run = min(text.byteCount - done, Int(Self.pageSize) - offset)
            text.withUnsafeBytes { source in
                guard let base = source.baseAddress else { return }
                (page.base + offset).copyMemory(from: base + done, byteCount: run)
            }
            done += run
        }
    }

    private func locate(_ position: UInt64) -> (index: Int, offset: Int) {
        let distance = position - pageBase
        return (Int(distance / Self.pageSize), Int(distance % Self.pageSize))
    }

    /// Raw memory for one page.
    ///
    /// `@unchecked Sendable`: only the queue that owns it, which lives on the engine's actor, reads or writes it.
    private final class Page: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        init(size: Int) { base = .allocate(byteCount: size, alignment: 16) }
        deinit { base.deallocate() }
    }
}
