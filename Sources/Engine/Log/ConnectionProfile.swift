/// How a connection looks from its segments: what distinguishes one TCP from another.
public struct ConnectionProfile: Sendable {
    /// One trait, as text, so that any two can be compared.
    public struct Trait: Hashable, Sendable {
        public var name: String
        /// nil: nothing was seen that would tell.
        public var value: String?
    }

    public private(set) var traits: [Trait] = []

    /// Reads the records of one connection, oldest first.
    package init(_ records: [SegmentRecord]) {
        let segments = records.compactMap { record in
            record.headers.flatMap { headers in headers.tcp.map { Seen(record: record, headers: headers, tcp: $0) } }
        }
        let sent = segments.filter { $0.record.direction == .outbound && $0.record.cause != .crafted }
        let received = segments.filter { $0.record.direction == .inbound }
        let syn = sent.first { $0.tcp.flags.contains(.syn) }
        let reply = received.first { $0.tcp.flags.contains(.syn) }
        add("syn.options", syn?.optionText)
        add("syn.mss", syn?.mss)
        add("syn.window", syn.map { String($0.tcp.window) })
        add("syn.flags", syn.map { $0.tcp.flags.setNames.joined(separator: ",") })
        add("syn.ttl", syn?.ttl)
        add("syn.dontFragment", syn?.dontFragment)
        add("synAck.options", reply?.optionText)
        addTransfer(sent, received)
        addAcknowledgments(sent, received)
        addRepetitions(sent)
        addHandshake(syn, reply)
    }

    private mutating func add(_ name: String, _ value: String?) { traits.append(Trait(name: name, value: value)) }

    private mutating func addTransfer(_ sent: [Seen], _ received: [Seen]) {
        let texts = sent.map(\.record.payloadLength).filter { $0 > 0 }
        add("data.segments", texts.isEmpty ? nil : String(texts.count))
        add("data.largest", texts.max().map { String($0) })
        let pushed = sent.filter { $0.record.payloadLength > 0 && $0.tcp.flags.contains(.psh) }
        add("data.pushed", texts.isEmpty ? nil : String(pushed.count))
        let windows = sent.filter { !$0.tcp.flags.contains(.syn) }.map {
            $0.record.scaledWindow($0.tcp.window, flags: [])
        }
        add("window.first", windows.first.map { String($0) })
        add("window.largest", windows.max().map { String($0) })
    }

    /// How soon, and how often, received text is acknowledged.
    private mutating func addAcknowledgments(_ sent: [Seen], _ received: [Seen]) {
        let texts = received.filter { $0.record.payloadLength > 0 }
        let pure = sent.filter { $0.isPureAcknowledgment }
        add("ack.pure", String(pure.count))
        let delays = texts.compactMap { text in
            sent.first { $0.record.number > text.record.number && $0.tcp.acknowledgment >= text.end }.map {
                ($0.record.elapsed - text.record.elapsed).nanoseconds / 1_000_000
            }
        }
        add("ack.longestDelayMs", delays.max().map { String($0) })
    }

    private mutating func addRepetitions(_ sent: [Seen]) {
        var last: [SequenceNumber: Seen] = [:]
        var waits: [Int64] = []
        for segment in sent where segment.record.payloadLength > 0 || segment.tcp.flags.contains(.syn) {
            if let earlier = last[segment.tcp.sequence] {
                waits.append((segment.record.elapsed - earlier.record.elapsed).nanoseconds / 1_000_000)
            }
            last[segment.tcp.sequence] = segment
        }
        add("retransmissions", String(waits.count))
        add("retransmission.waitsMs", waits.isEmpty ? nil : waits.prefix(16).map { String($0) }.joined(separator: " "))
    }

    private mutating func addHandshake(_ syn: Seen?, _ reply: Seen?) {
        guard let syn, let reply else { return add("handshake.us", nil) }
        add("handshake.us", String((reply.record.elapsed - syn.record.elapsed).nanoseconds / 1_000))
    }

    /// A record with its headers decoded.
    private struct Seen {
        let record: SegmentRecord
        let headers: PacketHeaders
        let tcp: TCPHeader

        var end: SequenceNumber { tcp.sequence + (record.payloadLength + (tcp.flags.contains(.fin) ? 1 : 0)) }
        var isPureAcknowledgment: Bool {
            record.payloadLength == 0 && tcp.flags.contains(.ack) && tcp.flags.isDisjoint(with: [.syn, .fin, .rst])
        }
        /// The kinds in their order, which tells one TCP from another.
        var optionText: String { TCPOption.decode(tcp.options).map(\.name).joined(separator: " ") }
        var mss: String? {
            for case .maximumSegmentSize(let size) in TCPOption.decode(tcp.options) { return String(size) }
            return nil
        }
        var ttl: String {
            switch headers.ip {
            case .v4(let header): String(header.ttl)
            case .v6(let header): String(header.hopLimit)
            }
        }
        var dontFragment: String? {
            switch headers.ip {
            case .v4(let header): String(header.dontFragment)
            case .v6: nil
            }
        }
    }
}
