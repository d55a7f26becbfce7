import DequeModule

/// A send buffer that counts what its packets cost, as Linux does once the user has chosen its size (SO_SNDBUF).
///
/// Text goes into large packets, which are cut as they leave. A packet is begun while less than the limit is in use, and filled
/// to its end, so more may be taken than the limit says; who had to wait then waits until a third is free again
/// (net/ipv4/tcp.c: `tcp_sendmsg_locked`; net/core/stream.c: `sk_stream_write_space`).
package struct SendMemory: Sendable {
    private struct Packet {
        /// The stream position behind its text.
        var end: UInt64
    }

    /// Most memory: `sk_sndbuf`.
    var limit: Int
    /// Memory in use: `sk_wmem_queued`.
    private(set) var used = 0
    private var packets = Deque<Packet>()
    /// The stream positions of the oldest octet held, and behind the newest.
    private var start: UInt64
    private var end: UInt64
    /// Somebody was refused, and waits.
    private var isFull = false

    /// - Parameter held: the positions of what waits already.
    init(limit: Int, held: Range<UInt64>) {
        self.limit = limit
        start = held.lowerBound
        end = held.upperBound
        guard !held.isEmpty else { return }
        packets.append(Packet(end: end))
        used = PacketMemory.emptyCost + held.count
    }

    /// How much of `wanted` octets goes into the packet at hand; 0: the user has to wait.
    ///
    /// - Parameters:
    ///   - goal: text of a whole packet.
    ///   - sent: the position behind what has left.
    mutating func take(_ wanted: Int, goal: Int, sent: UInt64) -> Int {
        cut(at: sent)
        if isFull, limit - used < used >> 1 { return 0 }
        isFull = false
        let room = packets.last.map { $0.end > sent ? goal - Int($0.end - beginOfLast) : 0 } ?? 0
        if room <= 0 {
            guard used < limit else {
                isFull = true
                return 0
            }
            used += PacketMemory.emptyCost
            packets.append(Packet(end: end))
        }
        let taken = min(wanted, room > 0 ? room : goal)
        end += UInt64(taken)
        used += taken
        packets[packets.count - 1].end = end
        return taken
    }

    private var beginOfLast: UInt64 { packets.count > 1 ? packets[packets.count - 2].end : start }

    /// What the peer has acknowledged is free, packet by packet; the text of a packet also in part.
    mutating func release(before position: UInt64, sent: UInt64) {
        cut(at: sent)
        used -= Int(position - start)
        start = position
        while let first = packets.first, first.end <= position {
            used -= PacketMemory.emptyCost
            packets.removeFirst()
        }
    }

    /// A packet of which only a part has left is two.
    private mutating func cut(at sent: UInt64) {
        guard let index = packets.firstIndex(where: { $0.end > sent }) else { return }
        let begin = index == 0 ? start : packets[index - 1].end
        guard begin < sent else { return }
        packets.insert(Packet(end: sent), at: index)
        used += PacketMemory.emptyCost
    }
}
