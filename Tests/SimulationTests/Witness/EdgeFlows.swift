import Engine

/// Flows whose segments stand at the edges of what an analysis distinguishes: one before, at and one beyond what is expected.
struct EdgeFlows {
    /// What one side of a flow has sent.
    private struct Side {
        var endpoint: Endpoint
        var initial: SequenceNumber
        var next: SequenceNumber
        var acknowledgment: SequenceNumber
        /// The number behind what came without a gap. Nothing beyond is acknowledged: what tshark makes of an acknowledgment
        /// of octets that nobody saw is none of our words, and confuses its count of duplicates.
        var contiguous = SequenceNumber(0)
        var window: UInt16 = 1_000
    }

    private var random: SplitMix64
    private var now: Int64 = 1_700_000_000_000_000_000
    private var log = SegmentLog(capacity: 100_000, snapLength: 64, payloadCapacity: 1 << 20)

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// A log of flows, one after the other, of so many segments each behind their handshakes.
    mutating func log(flows: Int, segments: Int) -> LogSnapshot {
        for flow in 0..<flows {
            var sides = (0..<2).map { index in
                let initial = SequenceNumber(.random(in: 0 ... .max, using: &random))
                let address = IPAddress(v4: 0x0a00_0000 + UInt32(flow) << 8 + UInt32(index))
                return Side(
                    endpoint: Endpoint(address, 1_000), initial: initial, next: initial,
                    acknowledgment: SequenceNumber(0))
            }
            open(&sides)
            for _ in 0..<segments {
                step(&sides, from: Int.random(in: 0...1, using: &random))
                if random.chance(0.01) { open(&sides) }
                if random.chance(0.02) { repeatAcknowledgments(&sides) }
            }
        }
        return log.snapshot()
    }

    private mutating func open(_ sides: inout [Side]) {
        for index in 0...1 {
            sides[index].initial = SequenceNumber(.random(in: 0 ... .max, using: &random))
            sides[index].next = sides[index].initial + 1
            sides[index].contiguous = sides[index].next
        }
        let scales = random.chance(0.5)
        let options: [UInt8] = scales ? [3, 3, .random(in: 0...4, using: &random), 1] : []
        sides[0].acknowledgment = SequenceNumber(0)
        send(sides, from: 0, [.syn], sides[0].initial, 0, options)
        sides[1].acknowledgment = sides[0].next
        send(sides, from: 1, [.syn, .ack], sides[1].initial, 0, random.chance(0.8) ? options : [])
        sides[0].acknowledgment = sides[1].next
        send(sides, from: 0, [.ack], sides[0].next, 0, [])
    }

    /// Duplicate ACKs, and the segment that they ask for.
    private mutating func repeatAcknowledgments(_ sides: inout [Side]) {
        guard sides[0].contiguous == sides[0].next else { return }
        sides[1].window = 1_000
        sides[1].acknowledgment = sides[0].next
        sides[0].contiguous = sides[0].next + 100
        send(sides, from: 0, [.ack], sides[0].next, 100, [])
        sides[0].next += 100
        for _ in 0...Int.random(in: 1...4, using: &random) { send(sides, from: 1, [.ack], sides[1].next, 0, []) }
        now += [1_000, 19_900_000, 25_000_000].randomElement(using: &random) ?? 0
        send(sides, from: 0, [.ack], sides[0].next - 100, 100, [])
    }

    /// One more segment, near what would be expected.
    private mutating func step(_ sides: inout [Side], from index: Int) {
        now += [1_000, 500_000, 15_000_000, 25_000_000, 300_000_000].randomElement(using: &random) ?? 0
        if random.chance(0.3) {
            let ahead = max(0, sides[1 - index].contiguous - sides[index].acknowledgment)
            sides[index].acknowledgment += random.chance(0.5) ? ahead : Int.random(in: 0...ahead, using: &random)
        }
        if random.chance(0.2) { sides[index].window = [0, 1, 500, 1_000].randomElement(using: &random) ?? 0 }
        let length = [0, 0, 0, 1, 2, 100].randomElement(using: &random) ?? 0
        let offset = [0, 0, 0, 0, -1, 1, -2, -100, 100, -101, -200].randomElement(using: &random) ?? 0
        var flags: TCPFlags = [.ack]
        if random.chance(0.03) { flags.insert([TCPFlags.fin, .rst].randomElement(using: &random) ?? .fin) }
        let sequence = sides[index].next + offset
        send(sides, from: index, flags, sequence, length, [])
        // A probe of a closed window is not counted as sent.
        if length == 1, offset == 0, sides[1 - index].window == 0 { return }
        let end = sequence + (length + (flags.contains(.fin) ? 1 : 0))
        if end > sides[index].next { sides[index].next = end }
        if sequence == sides[index].contiguous {
            sides[index].contiguous = sides[index].next
        }
    }

    private mutating func send(
        _ sides: [Side], from index: Int, _ flags: TCPFlags, _ sequence: SequenceNumber, _ length: Int,
        _ options: [UInt8]
    ) {
        now += 100_000
        let (own, other) = (sides[index], sides[1 - index])
        var tcp = TCPHeader()
        tcp.sourcePort = own.endpoint.port
        tcp.destinationPort = other.endpoint.port
        tcp.sequence = sequence
        tcp.acknowledgment = own.acknowledgment
        tcp.flags = flags
        tcp.window = own.window
        tcp.options = options
        tcp.dataOffset = UInt8(5 + options.count / 4)
        var ip = IPv4Header()
        ip.source = own.endpoint.address
        ip.destination = other.endpoint.address
        ip.totalLength = UInt16(40 + options.count + length)
        let octets = ip.encoded() + tcp.encoded() + [UInt8](repeating: 0x2e, count: length)
        guard let view = try? PacketView(parsing: octets.span.bytes) else { return }
        let number = log.appendReceived(
            octets.span.bytes, view: view, at: .zero, wall: now, direction: index == 0 ? .outbound : .inbound)
        log.complete(
            number, verdict: Verdict(.accepted, .none), context: nil, checksum: .unverifiable, before: .closed,
            after: .closed)
    }
}
