import DequeModule

/// A receive buffer that counts what packets cost rather than their text, and the window that follows, as Linux has them.
///
/// The user's number is doubled, and window is that part of the free memory which text has made up in the packets so far. What
/// this changes for a peer: small packets close the window sooner, large ones open it wider, it opens step by step, and a
/// packet may be refused although it lies in the window. In the words of net/ipv4/tcp_input.c: `tcp_measure_rcv_mss`,
/// `tcp_grow_window`, `tcp_clamp_window`, `tcp_init_buffer_space`, `tcp_rcvbuf_grow`, `tcp_can_ingest`, `tcp_prune_queue`.
package struct ReceiveMemory: Sendable {
    /// A packet whose text is held.
    private struct Packet {
        /// The stream position behind its text.
        var end: UInt64
        var octets: Int
        /// Octets of text that could join it.
        var room: Int
    }

    /// An arriving segment, as far as it matters here.
    struct Arrival {
        /// Octets of text.
        var text: Int
        /// Octets of the TCP header.
        var header: Int
        /// FIN, SYN, URG or PSH: maybe no full segment.
        var isRemnant: Bool
        var cost: PacketMemory
    }

    let habits: ReceiveMemoryHabits
    /// The MSS that we announce, less timestamps: `advmss`.
    private let announcedMSS: Int
    /// Most memory: `sk_rcvbuf`.
    package private(set) var limit: Int
    /// The most that `limit` has been.
    private var largestLimit: Int
    /// The user has chosen the size, or chosen another.
    private var isFixed: Bool
    /// There is a user who takes what is received: otherwise the buffer does not grow.
    package var hasReader = true
    /// Memory in use: `sk_rmem_alloc`.
    package private(set) var used = 0
    /// How many 256ths of their memory were text in packets of full size: `scaling_ratio`.
    private var ratio = 128
    /// The widest window: `window_clamp`.
    private(set) var widest: Int
    /// How wide the window may be by now: `rcv_ssthresh`.
    private(set) var threshold: Int
    /// What the peer's full segments bring, as far as is known: `rcv_mss`.
    package private(set) var segment: Int
    /// The newest segment that was smaller than that: `last_seg_size`.
    private var smallSegment = 0
    /// The width that was announced last, less nothing that came since: `rcv_wnd`.
    var offered: Int
    /// Text was dropped, or taken beyond measure; the next segment announces a closed window: ICSK_ACK_NOMEM.
    var isExhausted = false
    /// Acknowledgments that must not wait: `icsk_ack.quick`.
    var quickAcks = 0
    /// Segments since the last acknowledgment that seemed to end what their sender had to say: ICSK_ACK_PUSHED, -PUSHED2.
    private(set) var pushes = 0
    /// Text that one round trip brings, for growth: `rcvq_space.space`.
    private let flight: Int
    /// In order, and not given up by the user yet.
    private var waiting = Deque<Packet>()
    /// Behind holes, by their ends.
    private var early: [Packet] = []

    /// At the end of the handshake.
    ///
    /// - Parameters:
    ///   - buffer: what the user calls the buffer's size.
    ///   - offered: the window that our SYN was about, before the header's 16 bits.
    ///   - widest: what the header can announce with the agreed shift.
    ///   - announcedMSS: the MSS that we announce, less timestamps.
    ///   - peerMSS: what we send in a segment.
    init(_ habits: ReceiveMemoryHabits, buffer: Int, offered: Int, widest: Int, announcedMSS: Int, peerMSS: Int) {
        self.habits = habits
        self.announcedMSS = announcedMSS
        self.offered = offered
        limit = 2 * buffer
        largestLimit = limit
        isFixed = habits.isFixed
        // One segment is kept back.
        let whole = buffer
        var clamp = min(widest, whole)
        if clamp > 2 * announcedMSS, clamp + announcedMSS > whole {
            clamp = max(2 * announcedMSS, whole - announcedMSS)
        }
        self.widest = clamp
        threshold = min(offered, clamp)
        flight = max(min(threshold, offered, 10 * announcedMSS), 1)
        // TCP_MSS_DEFAULT and TCP_MIN_MSS: too small is found out sooner than too large.
        segment = max(min(announcedMSS, peerMSS, offered / 2, 536), 88)
    }

    /// That part of so much memory that counts as window.
    private func window(of memory: Int) -> Int { (memory * ratio) >> 8 }
    /// The window for the memory that is free; negative where too much is in use.
    var free: Int { window(of: limit - used) }
    /// The window for all memory.
    var whole: Int { window(of: limit) }
    /// The most text that can be held: a packet costs more than its text, and one may come beyond the limit.
    var mostText: Int { largestLimit + 2 * 65_535 }
    /// Nothing waits for the user.
    var isEmpty: Bool { waiting.isEmpty }

    /// The user has chosen another size, and it stays: SO_RCVBUF.
    mutating func setLimit(buffer: Int) {
        limit = 2 * buffer
        largestLimit = max(largestLimit, limit)
        isFixed = true
    }

    /// Whether there is memory for a segment, after tidying up if need be; the last one may go beyond the limit.
    ///
    /// Linux 6.17 to 6.19 counted the text that arrives, too. Scripts of that time and of others agree with this: only the first
    /// packet of all must fit.
    mutating func admits(_ arrival: Arrival) -> Bool {
        guard used > 0 else { return arrival.text <= limit }
        if used <= limit { return true }
        quickAcks = 0
        if !isFixed, limit < habits.maximum { setLimit(memory: min(used, habits.maximum)) }
        if used > limit { threshold = min(widest, 2 * announcedMSS) }
        if used > limit { collapse() }
        return used <= limit
    }

    /// Text in order is kept, up to stream position `end`.
    mutating func keep(_ arrival: Arrival, upTo end: UInt64) {
        append(Packet(end: end, octets: arrival.cost.octets, room: arrival.cost.room), text: arrival.text)
        measure(arrival)
        // Smaller segments say nothing of how a window is filled.
        if arrival.text >= 128 { widen(for: arrival) }
    }

    /// Text behind a hole is kept. Without selective acknowledgments the window stays as it is, so that the ACK is a duplicate.
    ///
    /// - Parameter last: the position behind all that is held, counted from the first hole.
    mutating func keepEarly(_ arrival: Arrival, upTo end: UInt64, last: Int, isSelective: Bool) {
        measure(arrival)
        if isSelective { widen(for: arrival) }
        used += arrival.cost.octets
        let index = early.firstIndex { $0.end > end } ?? early.count
        early.insert(Packet(end: end, octets: arrival.cost.octets, room: 0), at: index)
        guard hasReader, !isFixed else { return }
        let memory = min(((2 * flight + last) << 8) / ratio, habits.maximum)
        if memory > limit {
            setLimit(memory: memory)
            widest = whole
        }
    }

    /// A hole is filled: what lay behind it is in order now.
    mutating func advance(to next: UInt64) {
        while let first = early.first, first.end <= next {
            waiting.append(first)
            early.removeFirst()
        }
    }

    /// The user has given up everything before `position`.
    mutating func release(before position: UInt64) {
        while let first = waiting.first, first.end <= position {
            used -= first.octets
            waiting.removeFirst()
        }
    }

    /// An acknowledgment has left.
    mutating func onAcknowledged() {
        quickAcks = max(quickAcks - 1, 0)
        pushes = 0
    }

    /// Acknowledgments shall not wait for a while: `tcp_incr_quickack` with TCP_MAX_QUICKACKS.
    mutating func hurry() {
        let count = offered / (2 * segment)
        quickAcks = max(quickAcks, min(count == 0 ? 2 : count, 16))
    }

    // MARK: Parts

    private mutating func setLimit(memory: Int) {
        limit = memory
        largestLimit = max(largestLimit, limit)
    }

    /// `tcp_try_coalesce`: a little text joins the packet in front of it, and costs nothing.
    private mutating func append(_ packet: Packet, text: Int) {
        if let last = waiting.indices.last, text <= waiting[last].room {
            waiting[last].room -= text
            waiting[last].end = packet.end
            return
        }
        used += packet.octets
        waiting.append(packet)
    }

    /// Learns what a full segment brings and costs.
    private mutating func measure(_ arrival: Arrival) {
        let before = smallSegment
        smallSegment = 0
        let length = min(habits.segmentSize ?? arrival.text, arrival.text)
        if length >= segment {
            if length != segment {
                ratio = max((arrival.text << 8) / arrival.cost.octets, 1)
                widest = whole
            }
            segment = min(length, announcedMSS)
            if arrival.isRemnant { pushes = max(pushes, 1) }
            return
        }
        if length + arrival.header >= 536 + 20 || (length + arrival.header >= 88 + 20 && !arrival.isRemnant) {
            smallSegment = length
            if length == before { return segment = length }
        }
        pushes = min(pushes + 1, 2)
    }

    /// Lets the window open if packets like this one will find memory.
    private mutating func widen(for arrival: Arrival) {
        let room = min(widest, free) - threshold
        guard room > 0 else { return }
        let cost = window(of: arrival.cost.octets)
        let step = cost <= arrival.text ? 2 * announcedMSS : carefulStep(cost: cost, text: arrival.text)
        guard step > 0 else { return }
        threshold += min(room, max(step, 2 * arrival.text))
        quickAcks |= 1
    }

    /// `__tcp_grow_window`: the wider the window is already, the less a packet may cost.
    private func carefulStep(cost: Int, text: Int) -> Int {
        var cost = cost >> 1
        var width = window(of: habits.maximum) >> 1
        while threshold <= width {
            if cost <= text { return 2 * segment }
            cost >>= 1
            width >>= 1
        }
        return 0
    }

    /// `tcp_collapse`: copies what waits into heads of one page, if that saves memory.
    private mutating func collapse() {
        guard let first = waiting.first, let last = waiting.last, waiting.count > 1 else { return }
        let cost = waiting.reduce(0) { $0 + $1.octets }
        let text = Int(last.end - first.end)
        let heads = (text + PacketMemory.fullHead - 1) / PacketMemory.fullHead
        let saved = cost - first.octets - heads * PacketMemory.fullHeadCost
        guard saved > 0 else { return }
        used -= saved
        waiting = [first]
        for head in 1...heads {
            let end = min(first.end + UInt64(head * PacketMemory.fullHead), last.end)
            waiting.append(Packet(end: end, octets: PacketMemory.fullHeadCost, room: 0))
        }
    }
}

/// How a receive buffer is counted in memory; `ReceiveMemory` says what for.
public struct ReceiveMemoryHabits: Hashable, Sendable {
    /// Most memory that the buffer grows to: the third number of net.ipv4.tcp_rmem.
    public var maximum = 6 << 20
    /// The user has chosen its size, and it does not grow.
    public var isFixed = false
    /// What was announced may be taken back: net.ipv4.tcp_shrink_window.
    public var mayShrink = false
    /// The device puts segments of this size together before they arrive; nil: it does not.
    public var segmentSize: Int?

    public init() {}
}
