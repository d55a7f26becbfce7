/// A packet explained: every field of its headers in order, and its bits as the RFCs draw them.
package struct PacketDescription: Sendable {
    /// The fields, one behind the other from the packet's first bit to its payload; none if there is no IP header.
    package let fields: [HeaderField]
    /// The bits of all these octets in rows of 32, as in the RFCs' pictures; the last row may be shorter.
    package let bits: [String]

    /// Describes a packet of which these octets are there; options of these definitions are called by their names.
    package init(_ octets: [UInt8], definitions: [OptionDefinition] = []) {
        let headers = try? PacketHeaders(octets)
        var list = HeaderFieldList()
        switch headers?.ip {
        case .v4(let header): list.add(header)
        case .v6(let header): list.add(header)
        case nil: break
        }
        if let tcp = headers?.tcp { list.add(tcp, definitions) }
        fields = list.fields
        bits = Self.rows(octets)
    }

    private static func rows(_ octets: [UInt8]) -> [String] {
        stride(from: 0, to: octets.count, by: 4).map { start in
            octets.dropFirst(start).prefix(4).map { String($0, radix: 2, width: 8) }.joined()
        }
    }
}

extension HeaderFieldList {
    fileprivate mutating func add(_ header: IPv4Header) {
        prefix = "ip."
        rfc = "RFC 791 §3.1"
        add("version", 4, header.version)
        add("headerLength", 4, header.headerLength, "\(header.headerLength) words, \(header.headerLength * 4) octets")
        add("dscp", 6, header.dscp, rfc: "RFC 2474 §3")
        add("ecn", 2, header.ecn, Self.congestion(header.ecn), rfc: "RFC 3168 §5")
        add("length", 16, header.totalLength, "\(header.totalLength) octets, headers included")
        add("id", 16, header.identification, Self.hex(header.identification), rfc: "RFC 6864 §4")
        add(flag: "reservedFlag", header.reservedFlag, "set, though it must be zero")
        add(flag: "dontFragment", header.dontFragment, "must not be fragmented")
        add(flag: "moreFragments", header.moreFragments, "more fragments follow")
        add("fragmentOffset", 13, header.fragmentOffset, "\(Int(header.fragmentOffset) * 8) octets")
        add("ttl", 8, header.ttl, "\(header.ttl) hops left")
        add("protocol", 8, header.protocolNumber, header.protocolNumber == 6 ? "TCP" : nil)
        add("checksum", 16, header.checksum, Self.hex(header.checksum), rfc: "RFC 1071")
        add("source", header.source)
        add("destination", header.destination)
        if !header.options.isEmpty { add("options", octets: header.options, "\(header.options.count) octets") }
    }

    fileprivate mutating func add(_ header: IPv6Header) {
        prefix = "ip."
        rfc = "RFC 8200 §3"
        add("version", 4, header.version)
        add("dscp", 6, header.dscp, rfc: "RFC 2474 §3")
        add("ecn", 2, header.ecn, Self.congestion(header.ecn), rfc: "RFC 3168 §5")
        add("flowLabel", 20, header.flowLabel, rfc: "RFC 6437 §2")
        add("payloadLength", 16, header.payloadLength, "\(header.payloadLength) octets after this header")
        add("nextHeader", 8, header.nextHeader, header.nextHeader == 6 ? "TCP" : nil)
        add("hopLimit", 8, header.hopLimit, "\(header.hopLimit) hops left")
        add("source", header.source)
        add("destination", header.destination)
    }

    fileprivate mutating func add(_ header: TCPHeader, _ definitions: [OptionDefinition]) {
        prefix = "tcp."
        rfc = "RFC 9293 §3.1"
        add("sourcePort", 16, header.sourcePort)
        add("destinationPort", 16, header.destinationPort)
        add("sequence", 32, header.sequence.rawValue)
        let isAcknowledging = header.flags.contains(.ack)
        let acknowledgment = header.acknowledgment.rawValue
        add("acknowledgment", 32, acknowledgment, isAcknowledging ? nil : "\(acknowledgment), without ACK no meaning")
        add("dataOffset", 4, header.dataOffset, "\(header.dataOffset) words, \(header.dataOffset * 4) octets")
        add("reserved", 3, header.reserved >> 1)
        for (flag, name, meaning, rfc) in Self.flags {
            add(flag: "flags." + name, header.flags.contains(flag), meaning, rfc: rfc)
        }
        add("window", 16, header.window, "\(header.window) before scaling")
        add("checksum", 16, header.checksum, Self.hex(header.checksum))
        let urgent = header.urgentPointer
        add("urgentPointer", 16, urgent, header.flags.contains(.urg) ? nil : "\(urgent), without URG no meaning")
        prefix = "tcp.options."
        for option in TCPOption.decode(header.options) { add(option, definitions) }
    }

    /// The nine flags from left to right, with what they say when set.
    private static let flags: [(TCPFlags, name: String, meaning: String, rfc: String?)] = [
        (.ae, "AE", "accurate ECN", "RFC 9768 §3.1"),
        (.cwr, "CWR", "congestion window reduced", "RFC 3168 §6.1"),
        (.ece, "ECE", "congestion was met on the way (in a SYN: ECN is understood)", "RFC 3168 §6.1"),
        (.urg, "URG", "the urgent pointer counts", nil),
        (.ack, "ACK", "the acknowledgment number counts", nil),
        (.psh, "PSH", "push function", nil),
        (.rst, "RST", "reset the connection", nil),
        (.syn, "SYN", "synchronize sequence numbers", nil),
        (.fin, "FIN", "no more data from sender", nil),
    ]

    private mutating func add(_ option: TCPOption, _ definitions: [OptionDefinition]) {
        let bits = 8 * TCPOption.encode([option]).count
        guard case .unknown(let kind, let data) = option,
            let definition = definitions.definition(kind: kind, data: data), let values = definition.decode(data)
        else { return append(option.name, bits, option.fieldValue, option.text, option.rfc) }
        let text = zip(definition.fields, values).map { "\($0.name) \($1)" }.joined(separator: ", ")
        append(definition.name, bits, option.fieldValue, text, definition.experiment.isEmpty ? nil : "RFC 6994")
    }

    private static func congestion(_ ecn: UInt8) -> String {
        switch ecn {
        case 0: "not ECN-capable"
        case 1: "ECT(1)"
        case 2: "ECT(0)"
        default: "CE, congestion experienced"
        }
    }

    /// Four hexadecimal digits after 0x.
    private static func hex(_ number: UInt16) -> String { "0x" + number.hexDigits }
}

extension UInt16 {
    /// Four hexadecimal digits.
    package var hexDigits: String { String(self, radix: 16, width: 4) }
}
