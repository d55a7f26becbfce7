import Engine

/// Where we mean to read a segment differently than tshark does; `docs/log.md` argues each.
enum ArguedDifference: Hashable {
    /// A header says that it is shorter than it can be (IPv4 or TCP, below five words).
    case headerTooShort
    /// The packet ends within its headers, by its own length or by the data offset.
    case endsWithinHeaders
    /// The octets of a SACK option are no whole number of blocks.
    case brokenBlocks
    /// An option's length is below 2 or beyond the header.
    case impossibleOptionLength
    /// Zeros after the end of the options.
    case paddingBehindEnd

    /// The kind of a difference; nil if it is none of these.
    init?(_ difference: TsharkDecodeTests.Difference) {
        guard let headers = difference.segment.headers else { return nil }
        let (field, ours, theirs) = (difference.field, difference.ours, difference.theirs)
        let options = headers.tcp.map { TCPOption.decode($0.options) } ?? []
        let hasBrokenBlocks = options.contains(where: Self.isBrokenBlocks)
        let isCut =
            hasBrokenBlocks && field.hasPrefix("tcp.options.sack")
            || field.hasPrefix("tcp.option") && Self.isCut(ours, theirs, options)
        if let kind = Self.endOfLengths(headers) {
            // It shows fewer fields, or we do where not even 20 octets or not all octets of an option are there; and what is
            // no header to it is text.
            let isMore = ours.isEmpty || (field.hasPrefix("tcp.option") && theirs.starts(with: ours))
            guard theirs.isEmpty || isMore || isCut || field == "tcp.len" else { return nil }
            self = kind
        } else if hasBrokenBlocks {
            // It stops at the first that has not even one block.
            guard isCut else { return nil }
            self = .brokenBlocks
        } else if case .malformed(let octets)? = options.last, Self.isImpossible(octets) {
            guard field == "tcp.option_kind", theirs == ours.dropLast() else { return nil }
            self = .impossibleOptionLength
        } else {
            guard field == "tcp.option_kind", Self.isPadded(ours, theirs, options) else { return nil }
            self = .paddingBehindEnd
        }
    }

    private static func endOfLengths(_ headers: PacketHeaders) -> ArguedDifference? {
        var room = 0
        switch headers.ip {
        case .v4(let ip):
            if ip.headerLength < 5 { return .headerTooShort }
            room = Int(ip.totalLength) - Int(ip.headerLength) * 4
            if room >= 0, ip.fragmentOffset > 0 { return nil }
        case .v6(let ip): room = Int(ip.payloadLength)
        }
        if room < TCPHeader.minimumLength { return .endsWithinHeaders }
        guard let tcp = headers.tcp else { return .endsWithinHeaders }
        if tcp.dataOffset < 5 { return .headerTooShort }
        let length = Int(tcp.dataOffset) * 4
        return length > room || length > headers.tcpLength ? .endsWithinHeaders : nil
    }

    private static func isBrokenBlocks(_ option: TCPOption) -> Bool {
        guard case .malformed(let octets) = option, !isImpossible(octets) else { return false }
        return octets.first == 5
    }

    private static func isImpossible(_ octets: [UInt8]) -> Bool {
        octets.count < 2 || octets[1] < 2 || Int(octets[1]) > octets.count
    }

    /// They stop somewhere in the list, padding counted.
    private static func isCut(_ ours: [String], _ theirs: [String], _ options: [TCPOption]) -> Bool {
        (ours + zeros(options)).starts(with: theirs)
    }

    /// They have one more end for each zero that follows the end.
    private static func isPadded(_ ours: [String], _ theirs: [String], _ options: [TCPOption]) -> Bool {
        theirs == ours + zeros(options)
    }

    private static func zeros(_ options: [TCPOption]) -> [String] {
        guard case .endOfOptions(let padding)? = options.last else { return [] }
        return padding.prefix { $0 == 0 }.map { _ in "0" }
    }
}
