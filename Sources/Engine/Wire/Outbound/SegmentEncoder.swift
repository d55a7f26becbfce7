/// Everything that the headers of a segment on its way out say; lengths and checksums are computed.
package struct SegmentHeaderFields: Sendable {
    package var tuple: FourTuple
    package var ttl: UInt8 = 64
    package var dscp: UInt8 = 0
    package var ecn: UInt8 = 0
    /// IPv4 only; 0 with DF clear lets the kernel choose.
    package var identification: UInt16 = 0
    package var dontFragment = true
    package var sequence: SequenceNumber
    /// Goes into the header as it is, whether or not the ACK flag makes it count.
    package var acknowledgment = SequenceNumber(0)
    package var flags: TCPFlags
    /// SEG.WND, already shifted.
    package var window: UInt16 = 0
    package var urgentPointer: UInt16 = 0
    package var options: SegmentOptions

    package init(
        tuple: FourTuple, sequence: SequenceNumber, flags: TCPFlags, options: SegmentOptions = SegmentOptions()
    ) {
        self.tuple = tuple
        self.sequence = sequence
        self.flags = flags
        self.options = options
    }

    /// Writes IP header, TCP header and options into `packet`, over whatever payload it carries already. Source and
    /// destination are of one family.
    package func encode(into packet: inout OutboundPacket) {
        var sum = Checksum()
        packet.headerLength = writeHeaders(&packet.header, payloadLength: packet.payloadLength, &sum)
        if let payload = packet.payload { sum.add(payload.octets) }
        if let continuation = packet.continuation { sum.add(continuation.octets) }
        var header = packet.header.mutableSpan
        var octets = header.mutableBytes
        octets.write(sum.finished(), at: tuple.local.address.family.headerLength + 16)
    }

    /// Writes everything but the TCP checksum, adds pseudo-header and TCP header up, and returns where the headers end.
    private func writeHeaders(
        _ header: inout InlineArray<120, UInt8>, payloadLength: Int, _ sum: inout Checksum
    ) -> Int {
        var span = header.mutableSpan
        var octets = span.mutableBytes
        let family = tuple.local.address.family
        let start = family.headerLength
        // The options first: the headers in front of them tell how long they are.
        let end = writeOptions(&octets, from: start + TCPHeader.minimumLength, &sum)
        let length = end - start + payloadLength
        writeTCP(&octets, from: start, to: end, &sum)
        sum.addPseudoHeader(source: tuple.local.address, destination: tuple.remote.address, length: length)
        switch family {
        case .v4: writeIPv4(&octets, total: start + length)
        case .v6: writeIPv6(&octets, payload: length)
        }
        return end
    }

    private func writeIPv4(_ octets: inout MutableRawSpan, total: Int) {
        var at = 0
        var sum = Checksum()
        let service = UInt32(dscp << 2 | ecn & 0x3)
        octets.put(0x4500_0000 | service << 16 | UInt32(UInt16(truncatingIfNeeded: total)), at: &at, &sum)
        octets.put(UInt32(identification) << 16 | (dontFragment ? 0x4000 : 0), at: &at, &sum)
        octets.put(UInt32(ttl) << 24 | 6 << 16, at: &at, &sum)
        octets.put(UInt32(truncatingIfNeeded: tuple.local.address.low), at: &at, &sum)
        octets.put(UInt32(truncatingIfNeeded: tuple.remote.address.low), at: &at, &sum)
        octets.write(sum.finished(), at: 10)
    }

    private func writeIPv6(_ octets: inout MutableRawSpan, payload: Int) {
        octets.write(6 << 28 | UInt32(dscp & 0x3f) << 22 | UInt32(ecn & 0x3) << 20, at: 0)
        octets.write(UInt16(truncatingIfNeeded: payload), at: 4)
        octets.write(6 as UInt8, at: 6)
        octets.write(ttl, at: 7)
        octets.write(tuple.local.address.high, at: 8)
        octets.write(tuple.local.address.low, at: 16)
        octets.write(tuple.remote.address.high, at: 24)
        octets.write(tuple.remote.address.low, at: 32)
    }

    /// Writes the fixed header, its checksum zero; the options end at `end`.
    private func writeTCP(_ octets: inout MutableRawSpan, from start: Int, to end: Int, _ sum: inout Checksum) {
        var at = start
        let dataOffset = UInt32(truncatingIfNeeded: end - start) / 4
        octets.put(UInt32(tuple.local.port) << 16 | UInt32(tuple.remote.port), at: &at, &sum)
        octets.put(sequence.rawValue, at: &at, &sum)
        octets.put(acknowledgment.rawValue, at: &at, &sum)
        octets.put(dataOffset << 28 | UInt32(flags.rawValue & 0x1ff) << 16 | UInt32(window), at: &at, &sum)
        octets.put(UInt32(urgentPointer), at: &at, &sum)
    }

    /// The options in their order, SACK blocks behind them; each starts so that 32-bit values are aligned, with NOPs where
    /// needed. Returns where they end.
    private func writeOptions(_ octets: inout MutableRawSpan, from start: Int, _ sum: inout Checksum) -> Int {
        var at = start
        if let size = options.maximumSegmentSize { octets.put(0x0204_0000 | UInt32(size), at: &at, &sum) }
        if options.order == .scaleSecond { writeScale(&octets, at: &at, &sum) }
        if let timestamps = options.timestamps {
            // With SACK-permitted the pair fills a word; else two NOPs do.
            octets.put(options.sackPermitted ? 0x0402_080a : 0x0101_080a, at: &at, &sum)
            octets.put(timestamps.value, at: &at, &sum)
            octets.put(timestamps.echo, at: &at, &sum)
        } else if options.sackPermitted {
            octets.put(0x0101_0402, at: &at, &sum)
        }
        if options.order == .scaleLast { writeScale(&octets, at: &at, &sum) }
        if !options.sackBlocks.isEmpty { writeSACK(&octets, at: &at, &sum) }
        if !options.extra.isEmpty, Self.hasRoom(for: options.extra, behind: at - start) {
            writeExtra(&octets, at: &at, &sum)
        }
        return at
    }

    private func writeScale(_ octets: inout MutableRawSpan, at: inout Int, _ sum: inout Checksum) {
        guard let shift = options.windowScale else { return }
        octets.put(0x0103_0300 | UInt32(shift), at: &at, &sum)
    }

    private func writeSACK(_ octets: inout MutableRawSpan, at: inout Int, _ sum: inout Checksum) {
        let blocks = options.sackBlocks
        octets.put(0x0101_0500 | UInt32(blocks.optionLength), at: &at, &sum)
        for index in 0..<blocks.count {
            guard let block = blocks[index] else { return }
            octets.put(block.left.rawValue, at: &at, &sum)
            octets.put(block.right.rawValue, at: &at, &sum)
        }
    }

    private func writeExtra(_ octets: inout MutableRawSpan, at: inout Int, _ sum: inout Checksum) {
        for index in stride(from: 0, to: options.extra.paddedCount, by: 4) {
            octets.put(options.extra.word(at: index), at: &at, &sum)
        }
    }

    /// Octets that the options take in a header; a multiple of 4. Extra ones that do not fit behind the others are left out.
    package static func optionsLength(of options: SegmentOptions) -> Int {
        let length = knownLength(of: options)
        return hasRoom(for: options.extra, behind: length) ? length + options.extra.paddedCount : length
    }

    private static func hasRoom(for extra: OptionOctets, behind length: Int) -> Bool {
        length + extra.paddedCount <= OptionOctets.capacity
    }

    private static func knownLength(of options: SegmentOptions) -> Int {
        var length = options.maximumSegmentSize == nil ? 0 : 4
        length += options.timestamps == nil ? (options.sackPermitted ? 4 : 0) : 12
        length += options.windowScale == nil ? 0 : 4
        // Two NOPs in front keep the sequence numbers aligned.
        length += options.sackBlocks.isEmpty ? 0 : 2 + options.sackBlocks.optionLength
        return length
    }
}

extension MutableRawSpan {
    /// Writes a word of a header, adds it to `sum`, and moves `offset` behind it.
    @inline(__always)
    fileprivate mutating func put(_ word: UInt32, at offset: inout Int, _ sum: inout Checksum) {
        write(word, at: offset)
        sum.add(word)
        offset &+= 4
    }
}
