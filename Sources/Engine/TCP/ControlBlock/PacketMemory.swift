/// What a packet's buffer costs in Linux, whoever sent it: the memory that a receive buffer is counted in.
///
/// The sizes are those of a packet that a TUN device takes from its program, on 64 bits with pages of 4,096 octets
/// (drivers/net/tun.c: `tun_get_user`, `tun_alloc_skb`; net/core/skbuff.c: `__alloc_skb`, `alloc_skb_with_frags`).
package struct PacketMemory: Hashable, Sendable {
    /// What it costs: `skb->truesize`.
    package let octets: Int
    /// Octets of text that a buffer of one piece could take beside its own: `skb_tailroom`.
    package let room: Int

    /// PAGE_SIZE
    private static let page = 4_096
    /// NET_SKB_PAD: kept free in front of a packet that is received.
    private static let padding = 64
    /// SMP_CACHE_BYTES: heads begin and end with a cache line.
    private static let cacheLine = 64
    /// `struct sk_buff`, in whole cache lines.
    private static let descriptor = 256
    /// `struct skb_shared_info`, at the end of each head.
    private static let trailer = 320
    /// SKB_SMALL_HEAD_CACHE_SIZE: no head is smaller. It has room for MAX_TCP_HEADER, which is 320 where the kernel knows
    /// wireless meshes and tunnels.
    private static let smallHead = 320 + trailer
    /// PAGE_ALLOC_COSTLY_ORDER: runs of at most 2³ pages.
    private static let longestRun = 8

    /// SKB_MAX_ORDER (0, 0): text that fits into a head of a page, as collapsing makes them.
    static let fullHead = page - trailer
    /// What such a head costs.
    static let fullHeadCost = page + descriptor
    /// A buffer for what is to be sent, before there is anything in it (net/ipv4/tcp.c: `tcp_stream_alloc_skb`).
    static let emptyCost = smallHead + descriptor

    /// A received packet of so many octets, from its IP header on.
    package init(packet length: Int) {
        let isOnePiece = Self.padding + length < Self.page
        let inHead = isOnePiece ? length : min(Self.page - Self.padding - Self.trailer, length)
        let head = Self.head(for: Self.padding + inHead)
        octets = head + Self.descriptor + Self.pages(for: length - inHead)
        room = inHead == length ? head - Self.trailer - Self.padding - inHead : 0
    }

    /// A head comes from a cache of small ones, or in a power of two.
    private static func head(for octets: Int) -> Int {
        let needed = (octets + cacheLine - 1) / cacheLine * cacheLine + trailer
        return needed <= smallHead ? smallHead : 1 << (Int.bitWidth - (needed - 1).leadingZeroBitCount)
    }

    /// What does not fit into the head lies in runs of pages, the longest that its rest fills.
    private static func pages(for octets: Int) -> Int {
        var left = (octets + page - 1) / page
        var run = longestRun
        var count = 0
        while left > 0 {
            while run > left { run /= 2 }
            count += run
            left -= run
        }
        return count * page
    }
}
