import DequeModule

/// Packets that have left and whose echo has not come yet. The loopback device hands back what it is given, in order; what
/// leaves by another device never comes back, and is forgotten behind the newest ones.
struct EchoLedger: Sendable {
    /// Packets remembered: more than the raw socket's receive buffer holds of those that do come back.
    private static let capacity = 4_096

    /// What tells a packet from others: addresses, the TCP header's first 16 octets, and the length. Nothing of it is filled
    /// in by the kernel.
    private struct Key: Hashable {
        let source, destination: IPAddress
        /// Ports and SEG.SEQ; SEG.ACK, data offset, flags and window.
        let first, second: UInt64
        let length: Int

        /// nil for what is no IP packet with a TCP header's beginning in it.
        init?(_ octets: RawSpan, length: Int) {
            let isV6 = octets.byteCount >= 1 && octets.readUInt8(at: 0) >> 4 == 6
            let smallest = isV6 ? IPv6Header.length : IPv4Header.minimumLength
            guard octets.byteCount >= smallest else { return nil }
            let start = isV6 ? smallest : Int(octets.readUInt8(at: 0) & 0xf) * 4
            guard octets.byteCount >= start + 16 else { return nil }
            if isV6 {
                source = IPAddress(v6: octets.readUInt64(at: 8), octets.readUInt64(at: 16))
                destination = IPAddress(v6: octets.readUInt64(at: 24), octets.readUInt64(at: 32))
            } else {
                source = IPAddress(v4: octets.readUInt32(at: 12))
                destination = IPAddress(v4: octets.readUInt32(at: 16))
            }
            first = octets.readUInt64(at: start)
            second = octets.readUInt64(at: start + 8)
            self.length = length
        }
    }

    private struct Awaited {
        let record: UInt64
        /// The headers as they left.
        let headers: [UInt8]
    }

    private var awaited: [Key: Deque<Awaited>] = [:]
    /// The keys in the order in which their packets left; some are answered already.
    private var order: Deque<Key> = []
    /// Somebody wants to see echoes.
    var isObserving = false {
        didSet { if !isObserving { (awaited, order) = ([:], []) } }
    }

    /// A packet leaves whose echo may come.
    mutating func expect(_ packet: borrowing OutboundPacket) {
        guard isObserving, packet.record != 0 else { return }
        let headers = packet.headerLength > 0 ? Array(copying: packet.header, packet.headerLength) : packet.octets
        guard let key = Key(headers.span.bytes, length: packet.length) else { return }
        awaited[key, default: []].append(Awaited(record: packet.record, headers: headers))
        order.append(key)
        guard order.count > Self.capacity, let oldest = order.popFirst() else { return }
        forget(oldest)
    }

    private mutating func forget(_ key: Key) {
        _ = awaited[key]?.popFirst()
        if awaited[key]?.isEmpty == true { awaited[key] = nil }
    }

    /// The record of a packet that has come back, with the header fields that are not as they were; nil if it is none of ours.
    mutating func settle(_ packet: RawSpan) -> (record: UInt64, rewritten: [String])? {
        guard let key = Key(packet, length: packet.byteCount), let sent = awaited[key]?.first else { return nil }
        forget(key)
        if let index = order.firstIndex(of: key) { order.remove(at: index) }
        let count = min(sent.headers.count, packet.byteCount)
        let came = packet.readOctets(0..<count)
        return (sent.record, came.elementsEqual(sent.headers.prefix(count)) ? [] : Self.differences(sent.headers, came))
    }

    /// The names of the fields that differ. Both packets have the same shape, or they would not have the same key.
    private static func differences(_ sent: [UInt8], _ came: [UInt8]) -> [String] {
        zip(PacketDescription(sent).fields, PacketDescription(came).fields).compactMap { sent, came in
            sent.value == came.value ? nil : came.name
        }
    }
}

extension [UInt8] {
    /// The first `count` octets of a header.
    fileprivate init(copying header: InlineArray<120, UInt8>, _ count: Int) {
        self = (0..<count).map { header[$0] }
    }
}

extension TCPStack {
    /// Whether the echo of our own segments is folded into their records.
    package var observesEcho: Bool {
        get { echoes.isObserving }
        set { echoes.isObserving = newValue }
    }

    /// Folds a packet into the record of the segment that it is the echo of. True if it is one.
    mutating func fold(_ packet: RawSpan, wall: Int64) -> Bool {
        guard echoes.isObserving, let (record, rewritten) = echoes.settle(packet) else { return false }
        log.note(WireEcho(wallTime: wall, rewritten: rewritten), of: record)
        return true
    }
}
