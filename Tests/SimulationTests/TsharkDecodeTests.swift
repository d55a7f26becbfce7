import Engine
import Testing

/// What we decode, against what `tshark -T json` decodes from the pcapng that we wrote of it.
@Suite(.longestPatience) struct TsharkDecodeTests {
    /// Fields of headers, by Wireshark's names, whose text is the same on both sides once numbers are numbers.
    private static let fields = [
        "frame.number", "frame.len", "frame.cap_len", "ip.version", "ip.hdr_len", "ip.dsfield.dscp", "ip.dsfield.ecn",
        "ip.len", "ip.id", "ip.flags.rb", "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.ttl", "ip.proto",
        "ip.checksum", "ip.src", "ip.dst", "ipv6.version", "ipv6.tclass.dscp", "ipv6.tclass.ecn", "ipv6.flow",
        "ipv6.plen", "ipv6.nxt", "ipv6.hlim", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw",
        "tcp.ack_raw", "tcp.hdr_len", "tcp.flags", "tcp.flags.ae", "tcp.flags.cwr", "tcp.flags.ece", "tcp.flags.urg",
        "tcp.flags.ack", "tcp.flags.push", "tcp.flags.reset", "tcp.flags.syn", "tcp.flags.fin",
        "tcp.window_size_value", "tcp.checksum", "tcp.urgent_pointer", "tcp.len", "tcp.option_kind",
        "tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.timestamp.tsval",
        "tcp.options.timestamp.tsecr", "tcp.options.sack.count", "tcp.options.sack_le", "tcp.options.sack_re",
        "tcp.options.user_to_val",
    ]

    /// One field that reads differently.
    struct Difference: CustomStringConvertible {
        let field: String
        let ours: [String]
        let theirs: [String]
        let segment: DecodedSegment

        var description: String {
            let octets = segment.record.octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return "\(field) of \(octets): ours \(ours), tshark \(theirs)"
        }
    }

    /// The fields of these packets that read differently.
    private func differences(_ packets: [[UInt8]]) throws -> [Difference] {
        var log = SegmentLog(capacity: packets.count, snapLength: 2_048, payloadCapacity: 16 << 20)
        for packet in packets {
            let number = log.appendReceived(
                packet.span.bytes, view: try? PacketView(parsing: packet.span.bytes), at: .zero,
                wall: 1_700_000_000_000_000_000)
            log.complete(
                number, verdict: Verdict(.accepted, .none), context: nil, checksum: .unverifiable, before: .closed,
                after: .closed)
        }
        let records = log.snapshot().records
        let rows = try Tshark.decode(Self.fields, of: Tshark.capture(records))
        try #require(rows.count == packets.count)
        return zip(records, rows).flatMap { record, row in
            let segment = DecodedSegment(record, analysis: AnalysisSet())
            return Self.fields.compactMap { field in
                let theirs = (row[field] ?? []).map(Self.normal)
                let ours = SegmentFilter.texts(of: field, in: segment)
                return ours == theirs ? nil : Difference(field: field, ours: ours, theirs: theirs, segment: segment)
            }
        }
    }

    /// Numbers in decimal, truth as 1, everything else as it is.
    private static func normal(_ text: String) -> String {
        if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16).map { String($0) } ?? text }
        switch text {
        case "True": return "1"
        case "False": return "0"
        default: return text
        }
    }

    @Test("ten thousand hostile segments read the same, but for the five kinds that are argued")
    func hostileSegments() throws {
        let seed = Tshark.seed
        var hostile = HostilePacket(seed: seed)
        let unargued = try differences((0..<10_000).map { _ in hostile.next() }).filter { ArguedDifference($0) == nil }
        #expect(
            unargued.isEmpty, "seed \(seed), \(unargued.count): \(unargued.prefix(4).map(\.description))")
    }

    /// The one kind of difference of a segment with these options, and the fields in which it shows.
    private func difference(
        options: [UInt8], dataOffset: UInt8? = nil, change: (inout IPv4Header) -> Void = { _ in }
    ) throws -> (kinds: Set<ArguedDifference?>, fields: Set<String>) {
        var tcp = TCPHeader()
        tcp.options = options
        tcp.dataOffset = dataOffset ?? UInt8(5 + options.count / 4)
        var ip = IPv4Header()
        ip.source = IPAddress(v4: 0x0a00_0001)
        ip.destination = IPAddress(v4: 0x0a00_0002)
        ip.totalLength = UInt16(40 + options.count)
        change(&ip)
        let found = try differences([ip.encoded() + tcp.encoded()])
        return (Set(found.map { ArguedDifference($0) }), Set(found.map(\.field)))
    }

    @Test("zeros behind the end of the options are padding to us, and each another end to tshark")
    func paddingBehindTheEnd() throws {
        let found = try difference(options: [3, 3, 7, 0, 0, 0, 0, 0])
        #expect(found.kinds == [.paddingBehindEnd])
        #expect(found.fields == ["tcp.option_kind"])
    }

    @Test(
        "an option that cannot end where it says has a kind to us, and is left out by tshark",
        arguments: [[2, 0, 1, 1], [200, 1, 1, 1], [200, 9, 1, 1], [1, 1, 1, 200]] as [[UInt8]])
    func impossibleOptionLength(options: [UInt8]) throws {
        let found = try difference(options: options)
        #expect(found.kinds == [.impossibleOptionLength])
        #expect(found.fields == ["tcp.option_kind"])
    }

    @Test(
        "a SACK option that holds no whole number of blocks has none to us, and those that fit to tshark",
        arguments: [[5, 2, 1, 1], [5, 12, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 7, 1]] as [[UInt8]])
    func brokenBlocks(options: [UInt8]) throws {
        let found = try difference(options: options)
        #expect(found.kinds == [.brokenBlocks])
        #expect(found.fields.allSatisfy { $0.hasPrefix("tcp.option") })
    }

    @Test("behind a header length below its minimum we read on, and tshark stops", arguments: [0, 4] as [UInt8])
    func headerTooShort(words: UInt8) throws {
        for found in [
            try difference(options: [], dataOffset: words), try difference(options: []) { $0.headerLength = words },
        ] {
            #expect(found.kinds == [.headerTooShort])
            #expect(found.fields.contains("tcp.window_size_value"))
        }
    }

    @Test("in a packet that ends within its headers we read what is there, and tshark stops")
    func endsWithinHeaders() throws {
        #expect(try difference(options: [3, 3, 7, 0], dataOffset: 15).kinds == [.endsWithinHeaders])
        #expect(try difference(options: [3, 3, 7, 0]) { $0.totalLength = 30 }.kinds == [.endsWithinHeaders])
        #expect(try difference(options: [3, 3, 7, 0]) { $0.totalLength = 10 }.kinds == [.endsWithinHeaders])
    }
}
