/// Wireshark's fields of the frame, of IPv4 and of IPv6.
extension FilterField {
    static let frameFields: [FilterField] = [
        .octets("frame") { $0.record.octets },
        .number("frame.number") { $0.record.number },
        .number("frame.len") { $0.record.headerLength + $0.record.payloadLength },
        .number("frame.cap_len") { $0.record.headerLength + $0.record.captured },
        FilterField("frame.time_epoch", .seconds) { [.seconds(Double($0.record.wallTime) / 1e9)] },
    ]

    static let ipv4Fields: [FilterField] = [
        .octets("ip") { segment in segment.v4.map { _ in segment.record.octets } },
        // Wireshark has it for both.
        .number("ip.version") { $0.v4?.version ?? $0.v6?.version },
        .v4("ip.hdr_len") { Int($0.headerLength) * 4 },
        .v4("ip.dsfield") { $0.dscp << 2 | $0.ecn },
        .v4("ip.dsfield.dscp") { $0.dscp },
        .v4("ip.dsfield.ecn") { $0.ecn },
        .v4("ip.len") { $0.totalLength },
        .v4("ip.id") { $0.identification },
        .flag("ip.flags.rb") { $0.v4?.reservedFlag },
        .flag("ip.flags.df") { $0.v4?.dontFragment },
        .flag("ip.flags.mf") { $0.v4?.moreFragments },
        .v4("ip.frag_offset") { $0.fragmentOffset },
        .v4("ip.ttl") { $0.ttl },
        .v4("ip.proto") { $0.protocolNumber },
        .v4("ip.checksum") { $0.checksum },
        .address("ip.src", .v4) { [$0.source] },
        .address("ip.dst", .v4) { [$0.destination] },
        .address("ip.addr", .v4) { [$0.source, $0.destination] },
        .address("ip.host", .v4) { [$0.source, $0.destination] },
    ]

    static let ipv6Fields: [FilterField] = [
        .octets("ipv6") { segment in segment.v6.map { _ in segment.record.octets } },
        .v6("ipv6.version") { $0.version },
        .v6("ipv6.tclass.dscp") { $0.dscp },
        .v6("ipv6.tclass.ecn") { $0.ecn },
        .v6("ipv6.flow") { $0.flowLabel },
        .v6("ipv6.plen") { $0.payloadLength },
        .v6("ipv6.nxt") { $0.nextHeader },
        .v6("ipv6.hlim") { $0.hopLimit },
        .address("ipv6.src", .v6) { [$0.source] },
        .address("ipv6.dst", .v6) { [$0.destination] },
        .address("ipv6.addr", .v6) { [$0.source, $0.destination] },
    ]

    private static func v4<N: BinaryInteger & SendableMetatype>(
        _ name: String, _ read: @escaping @Sendable (IPv4Header) -> N
    ) -> FilterField {
        number(name) { $0.v4.map(read) }
    }

    private static func v6<N: BinaryInteger & SendableMetatype>(
        _ name: String, _ read: @escaping @Sendable (IPv6Header) -> N
    ) -> FilterField {
        number(name) { $0.v6.map(read) }
    }

    private static func address(
        _ name: String, _ family: IPAddress.Family, _ read: @escaping @Sendable (PacketHeaders) -> [IPAddress]
    ) -> FilterField {
        FilterField(name, .address(family)) { segment in
            guard let headers = segment.headers, headers.source.family == family else { return [] }
            return read(headers).map { .address($0) }
        }
    }
}

extension DecodedSegment {
    fileprivate var v4: IPv4Header? {
        guard case .v4(let header)? = headers?.ip else { return nil }
        return header
    }

    fileprivate var v6: IPv6Header? {
        guard case .v6(let header)? = headers?.ip else { return nil }
        return header
    }
}
