/// Wireshark's fields of TCP. Sequence numbers are relative where the connection's beginning is known, as there.
extension FilterField {
    static let tcpFields: [FilterField] =
        [
            .octets("tcp") { segment in
                segment.headers.flatMap { $0.tcp == nil ? nil : Array(segment.record.octets.dropFirst($0.ipLength)) }
            },
            .tcp("tcp.srcport") { $0.sourcePort },
            .tcp("tcp.dstport") { $0.destinationPort },
            FilterField("tcp.port", .number) { segment in
                segment.tcp.map { [.number(UInt64($0.sourcePort)), .number(UInt64($0.destinationPort))] } ?? []
            },
            .number("tcp.seq") { $0.sequence },
            .tcp("tcp.seq_raw") { $0.sequence.rawValue },
            .number("tcp.nxtseq") { $0.sequenceAfter },
            .number("tcp.ack") { $0.acknowledgment },
            .tcp("tcp.ack_raw") { $0.acknowledgment.rawValue },
            .number("tcp.len") { segment in segment.tcp.flatMap { _ in segment.textLength } },
            .tcp("tcp.hdr_len") { Int($0.dataOffset) * 4 },
            .tcp("tcp.flags") { UInt16($0.reserved) << 8 | UInt16($0.controlBits) },
            .flag("tcp.flags.res") { $0.tcp.map { $0.reserved >> 1 != 0 } },
            .tcp("tcp.window_size_value") { $0.window },
            .number("tcp.window_size") { segment in
                segment.tcp.map { segment.record.scaledWindow($0.window, flags: $0.flags) }
            },
            .tcp("tcp.checksum") { $0.checksum },
            .number("tcp.checksum.status") { segment in segment.tcp.map { _ in segment.checksumStatus } },
            .tcp("tcp.urgent_pointer") { $0.urgentPointer },
            .octets("tcp.payload") { $0.record.payloadLength > 0 && $0.tcp != nil ? $0.record.payload : nil },
            FilterField("tcp.time_relative", .seconds) { [.seconds($0.record.elapsed.seconds)] },
            .mark("tcp.analysis.flags") { !$0.analysis.isEmpty },
        ] + flagFields
        + Analysis.allCases.map { word in
            .mark("tcp.analysis.\(word.rawValue)") { $0.analysis.contains(word) }
        }

    /// Each flag by Wireshark's name, and by the RFC's where that differs.
    private static let flagFields: [FilterField] = [
        (.ae, "ae"), (.ae, "ns"), (.cwr, "cwr"), (.ece, "ece"), (.ece, "ecn"), (.urg, "urg"), (.ack, "ack"),
        (.psh, "push"), (.psh, "psh"), (.rst, "reset"), (.rst, "rst"), (.syn, "syn"), (.fin, "fin"),
    ].map { (flag: TCPFlags, name: String) in
        .flag("tcp.flags.\(name)") { $0.tcp.map { $0.flags.contains(flag) } }
    }

    static let optionFields: [FilterField] = [
        .octets("tcp.options") { $0.tcp.flatMap { $0.options.isEmpty ? nil : $0.options } },
        .option("tcp.option_kind") { $0.kind },
        .option("tcp.options.mss_val") { if case .maximumSegmentSize(let size) = $0 { size } else { nil } },
        .option("tcp.options.wscale.shift") { if case .windowScale(let shift) = $0 { shift } else { nil } },
        .option("tcp.options.timestamp.tsval") { if case .timestamps(let value, _) = $0 { value } else { nil } },
        .option("tcp.options.timestamp.tsecr") { if case .timestamps(_, let echo) = $0 { echo } else { nil } },
        .option("tcp.options.user_to_val") { if case .userTimeout(_, let value) = $0 { value } else { nil } },
        .option("tcp.options.sack.count") { if case .sack(let blocks) = $0 { blocks.count } else { nil } },
        .marked("tcp.options.mss") { if case .maximumSegmentSize = $0 { true } else { false } },
        .marked("tcp.options.wscale") { if case .windowScale = $0 { true } else { false } },
        .marked("tcp.options.timestamp") { if case .timestamps = $0 { true } else { false } },
        .marked("tcp.options.sack_perm") { if case .sackPermitted = $0 { true } else { false } },
        .marked("tcp.options.sack") { if case .sack = $0 { true } else { false } },
        .marked("tcp.options.tfo") { if case .fastOpen = $0 { true } else { false } },
        .marked("tcp.options.nop") { $0 == .noOperation },
        .marked("tcp.options.eol") { if case .endOfOptions = $0 { true } else { false } },
        .edges("tcp.options.sack_le") { $0.start },
        .edges("tcp.options.sack_re") { $0.end },
    ]

    /// A number in an option, once for each time that the option is there.
    private static func option<N: BinaryInteger & SendableMetatype>(
        _ name: String, _ read: @escaping @Sendable (TCPOption) -> N?
    ) -> FilterField {
        FilterField(name, .number) { segment in
            segment.options.compactMap { option in read(option).map { .number(UInt64($0)) } }
        }
    }

    /// An option that is there or not there.
    private static func marked(_ name: String, _ test: @escaping @Sendable (TCPOption) -> Bool) -> FilterField {
        .mark(name) { $0.options.contains(where: test) }
    }

    /// The edges of SACK blocks: they are the other side's sequence numbers, as an acknowledgment is.
    private static func edges(
        _ name: String, _ read: @escaping @Sendable (TCPOption.SACKBlock) -> SequenceNumber
    ) -> FilterField {
        FilterField(name, .number) { segment in
            segment.options.flatMap { option -> [FilterValue] in
                guard case .sack(let blocks) = option else { return [] }
                return blocks.map { block in
                    let edge = read(block)
                    return .number(UInt64(segment.record.relativeAcknowledgment(edge) ?? edge.rawValue))
                }
            }
        }
    }
}

extension DecodedSegment {
    /// Octets of text: by the IP length, as far as the packet goes; nil of a fragment, which does not tell.
    fileprivate var textLength: Int? {
        guard let headers else { return nil }
        if case .v4(let ip) = headers.ip, ip.moreFragments { return nil }
        return min(headers.payloadLength, max(0, record.headerLength + record.payloadLength - headers.length))
    }

    fileprivate var options: [TCPOption] { tcp.map { TCPOption.decode($0.options) } ?? [] }

    /// The relative sequence number after the segment's last one.
    fileprivate var sequenceAfter: UInt32? {
        guard let sequence, let tcp else { return nil }
        let phantoms: UInt32 = (tcp.flags.contains(.syn) ? 1 : 0) + (tcp.flags.contains(.fin) ? 1 : 0)
        return sequence &+ UInt32(truncatingIfNeeded: record.payloadLength) &+ phantoms
    }

    /// Wireshark's numbers: 0 bad, 1 good, 2 unverified.
    fileprivate var checksumStatus: UInt8 {
        switch record.checksumVerdict {
        case .bad, .zero: 0
        case .good: 1
        case .offloaded, .unverifiable: 2
        }
    }
}
