/// The segments and calls of a connection as lines of a script, in their order, with times from the script's start.
struct ReplayWriter {
    private let segments: [DecodedSegment]
    private let use: ConnectionUse
    /// What the script's time 0 was: a full millisecond, so that the clock of timestamps ticks where it did.
    private let base: Instant
    private let sendBase: SequenceNumber
    private let receiveBase: SequenceNumber
    /// The connection was opened from this side.
    let isActive: Bool
    /// Something that was recorded is not in the lines.
    private(set) var isCut: Bool
    private var clock: Instant
    private var isEstablished = false
    private var hasShut = false
    private var hasAccepted = false
    /// The descriptor is gone; whatever the user asked for later changed nothing.
    private var hasClosed = false
    /// Calls that were made before a script can make them: it writes no sooner than the handshake is over.
    private var waiting: [UserCall] = []
    private var output: [String] = []

    init(_ segments: [DecodedSegment], _ use: ConnectionUse) {
        self.segments = Self.inBatches(segments)
        self.use = use
        base = use.openedAt - .nanoseconds(use.openedAt.nanoseconds % 1_000_000)
        clock = use.openedAt
        isActive = segments.first?.record.direction == .outbound
        isCut = use.isCut
        func initial(_ direction: Direction) -> SequenceNumber {
            segments.first { $0.record.direction == direction && $0.tcp?.flags.contains(.syn) == true }?.tcp?.sequence
                ?? SequenceNumber(0)
        }
        sendBase = initial(.outbound)
        receiveBase = initial(.inbound)
    }

    /// The descriptor of the connection: the listener takes the first of a passive open.
    private var descriptor: Int { isActive ? 3 : 4 }

    /// Everything behind the socket's settings.
    mutating func lines() -> [String] {
        if isActive { put(use.openedAt, "connect(3, ..., ...) = -1 EINPROGRESS") }
        var calls = use.calls[...]
        for (index, segment) in segments.enumerated() {
            while let call = calls.first, call.after < segment.record.number {
                calls.removeFirst()
                write(call)
            }
            write(segment, at: time(of: index))
        }
        for call in calls { write(call) }
        if use.isCut { output.append("// What the user asked for later was not kept.") }
        return output
    }

    private mutating func put(_ instant: Instant, _ text: String) {
        clock = max(clock, instant)
        output.append("\(Self.time(clock - base)) \(text)")
    }

    // MARK: Segments

    /// The segments with what was answered amid a batch behind its last arrival: it left with the rest.
    private static func inBatches(_ segments: [DecodedSegment]) -> [DecodedSegment] {
        var ordered: [DecodedSegment] = []
        var held: [DecodedSegment] = []
        var last: SegmentRecord?
        for segment in segments {
            let record = segment.record
            guard record.direction == .inbound else {
                held.append(segment)
                continue
            }
            let isSame = last.map { $0.batch == record.batch && record.elapsed - $0.elapsed < longestBatch } ?? false
            if !isSame {
                ordered += held
                held = []
            }
            ordered.append(segment)
            last = record
        }
        return ordered + held
    }

    /// When the segment left or arrived. What arrived in one batch was answered as one, so all of it comes with the last.
    private func time(of index: Int) -> Instant {
        let record = segments[index].record
        var elapsed = record.elapsed
        if record.direction == .inbound {
            for other in segments[(index + 1)...].prefix(64) where other.record.direction == .inbound {
                guard other.record.batch == record.batch, other.record.elapsed - record.elapsed < Self.longestBatch
                else {
                    break
                }
                elapsed = other.record.elapsed
            }
        }
        return (use.firstRecordAt ?? use.openedAt) + elapsed
    }

    /// As much as the kernel hands over in one call.
    private static let longestBatch = Interval.milliseconds(10)

    private mutating func write(_ segment: DecodedSegment, at instant: Instant) {
        let record = segment.record
        guard let reason = Self.reasonToSkip(record) else { return write(segment, instant) }
        output.append("// \(reason): \(record.line)")
        if record.direction == .outbound { isCut = true }
    }

    private mutating func write(_ segment: DecodedSegment, _ at: Instant) {
        guard let packet = packet(segment) else { return }
        put(at, packet.notation)
        guard segment.record.direction == .inbound, !isEstablished else { return }
        let record = segment.record
        guard record.after != .synSent, record.after != .synReceived, record.after != .listen else { return }
        isEstablished = true
        let calls = waiting
        waiting = []
        for call in calls { write(call) }
    }

    /// Why a segment is none that the connection has sent or taken; nil if it is one.
    private static func reasonToSkip(_ record: SegmentRecord) -> String? {
        switch record.cause {
        case .badChecksum: "its checksum was wrong"
        case .impaired: "an impairment has taken it"
        case .crafted, .scenario: "made by hand"
        case .observed, .kernelTwin, .unknownConnection: "not the connection's"
        case .syn, .synAck, .data, .ack, .delayedAck, .duplicateAck, .fin, .rst, .rto, .fastRetransmit, .sackRetransmit,
            .rackRetransmit, .mtuRetransmit, .tailLossProbe, .windowProbe, .windowUpdate, .keepAlive, .challengeAck,
            .accepted, .duplicate, .outOfOrder, .outOfWindow, .oldAck, .malformed, .paws:
            nil
        }
    }

    /// The segment in the script's numbers, in which both sides begin at 0.
    private func packet(_ segment: DecodedSegment) -> ScriptPacket? {
        guard let tcp = segment.tcp else { return nil }
        let isOutbound = segment.record.direction == .outbound
        let (own, other) = isOutbound ? (sendBase, receiveBase) : (receiveBase, sendBase)
        var packet = ScriptPacket(direction: isOutbound ? .outbound : .inbound)
        packet.flags = tcp.flags
        packet.sequence = SequenceNumber(tcp.sequence.rawValue &- own.rawValue)
        packet.length = segment.record.payloadLength
        if tcp.flags.contains(.ack) {
            packet.acknowledgment = SequenceNumber(tcp.acknowledgment.rawValue &- other.rawValue)
        }
        if tcp.flags.contains(.urg) { packet.urgentPointer = tcp.urgentPointer }
        packet.options = TCPOption.decode(tcp.options).filter { $0.kind > 1 }.map { option in
            guard case .sack(let blocks) = option else { return option }
            return .sack(blocks.map { .init(start: $0.start - Int(other.rawValue), end: $0.end - Int(other.rawValue)) })
        }
        guard !isOutbound else { return packet }
        packet.window = tcp.window
        if let bits = segment.headers?.ecn, bits != 0 { packet.trafficClass = .ecn(bits) }
        return packet
    }

    // MARK: Calls

    private mutating func write(_ call: UserCall) {
        guard !hasClosed else { return }
        if !isActive, isEstablished, !hasAccepted {
            hasAccepted = true
            put(call.at, "accept(3, ..., ...) = 4")
        }
        switch call.kind {
        case .write(let octets, let push, let urgent):
            guard isEstablished else { return waiting.append(call) }
            let flags = [push ? nil : "MSG_MORE", urgent ? "MSG_OOB" : nil].compactMap { $0 }.joined(separator: "|")
            let name =
                flags.isEmpty ? "write(\(descriptor), ..., \(octets))" : "send(\(descriptor), ..., \(octets), \(flags))"
            put(call.at, "\(name) = \(octets)")
        case .release(let octets):
            guard isEstablished else { return waiting.append(call) }
            put(call.at, "read(\(descriptor), ..., \(octets)) = \(octets)")
        case .close(let endsReading):
            let isOpen = isEstablished && !endsReading
            guard !isOpen || !hasShut else { return }
            hasShut = true
            hasClosed = !isOpen
            put(call.at, isOpen ? "shutdown(\(descriptor), SHUT_WR) = 0" : "close(\(descriptor)) = 0")
        case .abort:
            hasClosed = true
            put(call.at, "setsockopt(\(descriptor), SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0")
            put(call.at, "close(\(descriptor)) = 0")
        case .change(let nagle, let delayedAck, let congestion):
            put(call.at, "setsockopt(\(descriptor), SOL_TCP, TCP_NODELAY, [\(nagle ? 0 : 1)], 4) = 0")
            put(call.at, "setsockopt(\(descriptor), SOL_TCP, TCP_QUICKACK, [\(delayedAck ? 0 : 1)], 4) = 0")
            put(call.at, "setsockopt(\(descriptor), SOL_TCP, TCP_CONGESTION, \"\(congestion.rawValue)\", 8) = 0")
        }
    }

    // MARK: Times

    /// Seconds to the nanosecond, in as many digits as it takes.
    private static func time(_ interval: Interval) -> String {
        let nanoseconds = max(interval.nanoseconds, 0)
        var digits = String(nanoseconds % 1_000_000_000, width: 9)
        while digits.utf8.count > 3, digits.hasSuffix("0") { digits.removeLast() }
        return "\(nanoseconds / 1_000_000_000).\(digits)"
    }
}

extension PacketHeaders {
    /// The ECN bits of either version's header.
    fileprivate var ecn: UInt8 {
        switch ip {
        case .v4(let header): header.ecn
        case .v6(let header): header.ecn
        }
    }
}
