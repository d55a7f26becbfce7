import Engine
import Testing

/// What we decode, against what tshark decodes from the pcapng that we wrote of it.
@Suite(.timeLimit(.minutes(2))) struct TsharkDecodeTests {
    /// Fields of headers, by Wireshark's names, whose text is the same on both sides once numbers are numbers.
    private static let fields = [
        "frame.number", "frame.len", "frame.cap_len", "ip.version", "ip.hdr_len", "ip.dsfield.dscp", "ip.dsfield.ecn",
        "ip.len", "ip.id", "ip.flags.rb", "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.ttl", "ip.proto",
        "ip.checksum", "ip.src", "ip.dst", "ipv6.version", "ipv6.flow", "ipv6.plen", "ipv6.nxt", "ipv6.hlim",
        "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.hdr_len", "tcp.flags",
        "tcp.flags.cwr", "tcp.flags.urg", "tcp.flags.ack", "tcp.flags.push", "tcp.flags.reset", "tcp.flags.syn",
        "tcp.flags.fin", "tcp.window_size_value", "tcp.checksum", "tcp.urgent_pointer", "tcp.len", "tcp.option_kind",
        "tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.timestamp.tsval",
        "tcp.options.timestamp.tsecr",
    ]

    private static let wall: Int64 = 1_700_000_000_000_000_000

    @Test func tenThousandHostileSegmentsReadTheSame() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        var log = SegmentLog(capacity: 10_000, snapLength: 2_048, payloadCapacity: 16 << 20)
        for _ in 0..<10_000 {
            let packet = HostilePacket.make(&random)
            let number = log.appendReceived(
                packet.span.bytes, view: try? PacketView(parsing: packet.span.bytes), at: .zero,
                wall: Self.wall)
            log.complete(
                number, verdict: Verdict(.accepted, .none), context: nil, checksum: .unverifiable, before: .closed,
                after: .closed, answers: [])
        }
        let snapshot = log.snapshot()
        let analyzed = AnalyzedLog(snapshot)
        let rows = try Tshark.fields(Self.fields, of: Tshark.capture(snapshot))
        try #require(rows.count == 10_000)
        var differences: [String: Int] = [:]
        for (index, row) in rows.enumerated() {
            let segment = try #require(analyzed[UInt64(index + 1)])
            for (field, theirs) in zip(Self.fields, row) {
                let ours = SegmentFilter.texts(of: field, in: segment)
                guard ours != theirs.split(separator: ",").map(Self.normal) else { continue }
                guard !ArguedDifference.covers(field, segment) else { continue }
                if differences[field, default: 0] < 2 {
                    Issue.record(
                        "\(field) of \(segment.record.octets.map { String($0, radix: 16) }): ours \(ours), tshark \(theirs)"
                    )
                }
                differences[field, default: 0] += 1
            }
        }
        #expect(differences.isEmpty, "seed \(seed): \(differences)")
    }

    /// Numbers in decimal, truth as 1, everything else as it is.
    private static func normal(_ text: Substring) -> String {
        if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16).map { String($0) } ?? String(text) }
        switch text {
        case "True": return "1"
        case "False": return "0"
        default: return String(text)
        }
    }
}

/// Where we mean to differ from tshark, and why.
enum ArguedDifference {
    /// True if the difference in this field of this segment is one of them.
    static func covers(_ field: String, _ segment: DecodedSegment) -> Bool {
        guard let headers = segment.headers, let tcp = headers.tcp, field.hasPrefix("tcp.") else { return false }
        // 1. A data offset below five: tshark stops there, we show the fields that stand behind it all the same.
        if tcp.dataOffset < 5 {
            return !["tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.hdr_len"].contains(field)
        }
        // 2. A data offset beyond the segment: tshark shows no options and no length, we show the options that are there.
        if Int(tcp.dataOffset) * 4 > headers.tcpLength {
            return field == "tcp.len" || field.hasPrefix("tcp.option")
        }
        // 3. An option with an impossible length: tshark leaves it out, we name its kind and show its octets.
        guard case .malformed? = TCPOption.decode(tcp.options).last else { return false }
        return field == "tcp.option_kind"
    }
}

/// Packets that are mostly well-formed, and wrong in some place.
enum HostilePacket {
    static func make(_ random: inout SplitMix64) -> [UInt8] {
        var tcp = TCPHeader()
        tcp.sourcePort = .random(in: 1...UInt16.max, using: &random)
        tcp.destinationPort = .random(in: 1...UInt16.max, using: &random)
        tcp.sequence = SequenceNumber(.random(in: 0 ... .max, using: &random))
        tcp.acknowledgment = SequenceNumber(.random(in: 0 ... .max, using: &random))
        tcp.reserved = .random(in: 0...15, using: &random)
        tcp.controlBits = .random(in: 0 ... .max, using: &random)
        tcp.window = .random(in: 0 ... .max, using: &random)
        tcp.checksum = .random(in: 0 ... .max, using: &random)
        tcp.urgentPointer = .random(in: 0 ... .max, using: &random)
        tcp.options = options(&random)
        tcp.dataOffset = UInt8(5 + tcp.options.count / 4)
        var payload =
            Int.random(in: 0...3, using: &random) == 0 ? random.octets(.random(in: 1...200, using: &random)) : []
        if Int.random(in: 0..<20, using: &random) == 0 {
            payload = []
            tcp.dataOffset = Bool.random(using: &random) ? .random(in: 0...4, using: &random) : 15
        }
        let segment = tcp.encoded() + payload
        return Bool.random(using: &random) ? v4(segment, &random) : v6(segment, &random)
    }

    private static func v4(_ segment: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var ip = IPv4Header()
        ip.dscp = .random(in: 0...63, using: &random)
        ip.ecn = .random(in: 0...3, using: &random)
        ip.identification = .random(in: 0 ... .max, using: &random)
        ip.dontFragment = .random(using: &random)
        ip.reservedFlag = Int.random(in: 0..<10, using: &random) == 0
        ip.ttl = .random(in: 0 ... .max, using: &random)
        ip.checksum = .random(in: 0 ... .max, using: &random)
        ip.source = IPAddress(v4: .random(in: 0 ... .max, using: &random))
        ip.destination = IPAddress(v4: .random(in: 0 ... .max, using: &random))
        ip.totalLength = UInt16(20 + segment.count)
        return ip.encoded() + segment
    }

    private static func v6(_ segment: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        let word = UInt32(6) << 28 | UInt32.random(in: 0..<1 << 28, using: &random)
        let first = (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
        let length = UInt16(segment.count)
        return first + [UInt8(length >> 8), UInt8(length & 0xff), 6, .random(in: 0 ... .max, using: &random)]
            + random.octets(32) + segment
    }

    /// Options whose lengths are right, mostly, padded to whole words.
    private static func options(_ random: inout SplitMix64) -> [UInt8] {
        var octets: [UInt8] = []
        let count = Int.random(in: 0...4, using: &random)
        for index in 0..<count {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: octets.append(1)
            case 1: octets += [2, 4] + random.octets(2)
            case 2: octets += [3, 3, .random(in: 0...20, using: &random)]
            case 3: octets += [4, 2]
            case 4: octets += [5, 10] + random.octets(8)
            case 5: octets += [8, 10] + random.octets(8)
            case 6: octets += [28, 4] + random.octets(2)
            case 7: octets += [.random(in: 35...68, using: &random), 6] + random.octets(4)
            // A wrong length would make options of what follows, so nothing does.
            case 8 where index == count - 1:
                octets += [.random(in: 2...8, using: &random), .random(in: 0...12, using: &random), 1, 1]
            default: octets += [0]
            }
        }
        octets = Array(octets.prefix(40))
        while octets.count % 4 != 0 { octets.append(1) }
        return octets
    }
}

extension SplitMix64 {
    fileprivate mutating func octets(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
