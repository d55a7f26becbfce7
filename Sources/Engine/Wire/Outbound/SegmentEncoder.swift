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
    package var options = SegmentOptions()

    package init(tuple: FourTuple, sequence: SequenceNumber, flags: TCPFlags) {
        self.tuple = tuple
        self.sequence = sequence
        self.flags = flags
    }

    /// Writes IP header, TCP header and options into `packet`, over whatever payload it carries already. Source and
    /// destination are of one family.
    package func encode(into packet: inout OutboundPacket) {
        let ipLength = tuple.local.address.family == .v4 ? 20 : 40
        packet.headerLength = ipLength + 20 + Self.optionsLength(of: options)
        var sum = writeHeaders(&packet.header, length: packet.headerLength, payloadLength: packet.payloadLength)
        if let payload = packet.payload {
            sum.add(UnsafeRawBufferPointer(start: payload.start, count: payload.count))
        }
        if let continuation = packet.continuation {
            sum.add(UnsafeRawBufferPointer(start: continuation.start, count: continuation.count))
        }
        var header = packet.header.mutableSpan
        var octets = header.mutableBytes
        octets.write(sum.finished(), at: ipLength + 16)
    }

    /// Writes everything but the TCP checksum, and returns the sum over pseudo-header and TCP header.
    private func writeHeaders(
        _ header: inout InlineArray<120, UInt8>, length: Int, payloadLength: Int
    ) -> Checksum {
        var span = header.mutableSpan
        var octets = span.mutableBytes
        let ipLength = tuple.local.address.family == .v4 ? 20 : 40
        switch tuple.local.address.family {
        case .v4: writeIPv4(&octets, total: length + payloadLength)
        case .v6: writeIPv6(&octets, payload: length - ipLength + payloadLength)
        }
        writeTCP(&octets, at: ipLength, headerLength: length - ipLength)
        var sum = Checksum()
        sum.addPseudoHeader(
            source: tuple.local.address, destination: tuple.remote.address, length: length - ipLength + payloadLength)
        sum.add(octets.bytes.extracting(ipLength..<length))
        return sum
    }

    private func writeIPv4(_ octets: inout MutableRawSpan, total: Int) {
        octets.write(0x45 as UInt8, at: 0)
        octets.write(dscp << 2 | ecn & 0x3, at: 1)
        octets.write(UInt16(truncatingIfNeeded: total), at: 2)
        octets.write(identification, at: 4)
        octets.write(dontFragment ? 0x4000 : 0 as UInt16, at: 6)
        octets.write(ttl, at: 8)
        octets.write(6 as UInt8, at: 9)
        octets.write(0 as UInt16, at: 10)
        octets.write(UInt32(truncatingIfNeeded: tuple.local.address.low), at: 12)
        octets.write(UInt32(truncatingIfNeeded: tuple.remote.address.low), at: 16)
        var sum = Checksum()
        sum.add(octets.bytes.extracting(0..<20))
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

    private func writeTCP(_ octets: inout MutableRawSpan, at start: Int, headerLength: Int) {
        octets.write(tuple.local.port, at: start)
        octets.write(tuple.remote.port, at: start + 2)
        octets.write(sequence.rawValue, at: start + 4)
        octets.write(acknowledgment.rawValue, at: start + 8)
        octets.write(UInt16(headerLength / 4) << 12 | flags.rawValue & 0x1ff, at: start + 12)
        octets.write(window, at: start + 14)
        octets.write(0 as UInt16, at: start + 16)
        octets.write(urgentPointer, at: start + 18)
        writeOptions(&octets, at: start + 20)
    }

    /// The options in their order, SACK blocks behind them; each starts so that 32-bit values are aligned, with NOPs where
    /// needed.
    private func writeOptions(_ octets: inout MutableRawSpan, at start: Int) {
        var at = start
        if let size = options.maximumSegmentSize {
            octets.write(0x0204_0000 | UInt32(size), at: at)
            at += 4
        }
        if options.order == .scaleSecond { writeScale(&octets, at: &at) }
        if options.sackPermitted {
            // With timestamps the pair fills a word; else two NOPs do.
            octets.write(options.timestamps == nil ? 0x0101 : 0x0402 as UInt16, at: at)
            octets.write(options.timestamps == nil ? 0x0402 : 0x080a as UInt16, at: at + 2)
            at += 4
        } else if options.timestamps != nil {
            octets.write(0x0101_080a as UInt32, at: at)
            at += 4
        }
        if let timestamps = options.timestamps {
            octets.write(timestamps.value, at: at)
            octets.write(timestamps.echo, at: at + 4)
            at += 8
        }
        if options.order == .scaleLast { writeScale(&octets, at: &at) }
        if !options.sackBlocks.isEmpty { writeSACK(&octets, at: &at) }
        if !options.extra.isEmpty, Self.hasRoomForExtra(options) { writeExtra(&octets, at: at) }
    }

    private func writeScale(_ octets: inout MutableRawSpan, at: inout Int) {
        guard let shift = options.windowScale else { return }
        octets.write(0x0103_0300 | UInt32(shift), at: at)
        at += 4
    }

    private func writeSACK(_ octets: inout MutableRawSpan, at: inout Int) {
        let blocks = options.sackBlocks
        octets.write(0x0101_0500 | UInt32(blocks.optionLength), at: at)
        at += 4
        for index in 0..<blocks.count {
            guard let block = blocks[index] else { return }
            octets.write(block.left.rawValue, at: at)
            octets.write(block.right.rawValue, at: at + 4)
            at += 8
        }
    }

    private func writeExtra(_ octets: inout MutableRawSpan, at: Int) {
        let extra = options.extra
        for index in 0..<extra.count { octets.write(extra[index], at: at + index) }
        // RFC 9293 §3.1, MUST-69: "The content of the header beyond the End of Option List Option MUST be header padding of
        // zeros"; a zero is that option too.
        for index in extra.count..<extra.paddedCount { octets.write(0 as UInt8, at: at + index) }
    }

    /// Octets that the options take in a header; a multiple of 4. Extra ones that do not fit behind the others are left out.
    package static func optionsLength(of options: SegmentOptions) -> Int {
        let length = knownLength(of: options)
        return hasRoomForExtra(options) ? length + options.extra.paddedCount : length
    }

    private static func hasRoomForExtra(_ options: SegmentOptions) -> Bool {
        options.extra.isEmpty || knownLength(of: options) + options.extra.paddedCount <= OptionOctets.capacity
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
