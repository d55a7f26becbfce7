/// What IP is told of a segment on its way out: between whom it goes, both of one family, and how.
package struct Envelope: Sendable {
    package var tuple: FourTuple
    /// Time to live, or hop limit.
    package var ttl: UInt8
    package var dscp: UInt8

    package init(_ tuple: FourTuple, ttl: UInt8 = 64, dscp: UInt8 = 0) {
        self.tuple = tuple
        self.ttl = ttl
        self.dscp = dscp
    }
}

extension OutgoingSegment {
    /// Writes IP header, TCP header and options into `packet`, over whatever payload it carries already. Lengths and checksums are
    /// computed; the acknowledgment goes into the header as it is, whether or not the ACK flag makes it count.
    package func encode(in envelope: Envelope, into packet: inout OutboundPacket) {
        let start = envelope.tuple.local.address.family.headerLength
        var sum = Checksum()
        packet.headerLength = writeHeaders(envelope, &packet.header, payloadLength: packet.payloadLength, &sum)
        if let payload = packet.payload { sum.add(payload.octets) }
        if let continuation = packet.continuation { sum.add(continuation.octets) }
        var header = packet.header.mutableSpan
        var octets = header.mutableBytes
        octets.write(sum.finished(), at: start + 16)
    }

    /// Writes everything but the TCP checksum, adds pseudo-header and TCP header up, and returns where the headers end.
    private func writeHeaders(
        _ envelope: Envelope, _ header: inout InlineArray<120, UInt8>, payloadLength: Int, _ sum: inout Checksum
    ) -> Int {
        let (local, remote) = (envelope.tuple.local, envelope.tuple.remote)
        let start = local.address.family.headerLength
        return withUnsafeMutablePointer(to: &header) { header in
            // The options first: the headers in front of them tell how long they are.
            var tcp = HeaderWriter(header, at: start + TCPHeader.minimumLength)
            writeOptions(&tcp)
            let end = tcp.offset
            let length = end - start + payloadLength
            tcp.offset = start
            tcp.put(UInt32(local.port) << 16 | UInt32(remote.port))
            writeFixedPart(&tcp, length: end - start)
            var ip = HeaderWriter(header, at: 0)
            let addresses =
                switch local.address.family {
                case .v4: writeIPv4(&ip, envelope, total: start + length)
                case .v6: writeIPv6(&ip, envelope, payload: length)
                }
            // RFC 9293 §3.1 and RFC 8200 §8.1: the pseudo-header has the addresses once more, the protocol, and the length.
            tcp.count(UInt32(truncatingIfNeeded: length) &+ 6)
            sum.add(sumOfWords: tcp.sum &+ addresses)
            return end
        }
    }

    /// Writes the IP header, and returns the sum of its addresses. Don't Fragment is set, so that the identification means nothing
    /// and may be zero (RFC 6864 §4.1).
    @inline(__always)
    private func writeIPv4(_ header: inout HeaderWriter, _ envelope: Envelope, total: Int) -> UInt64 {
        let service = UInt32(envelope.dscp << 2 | codepoint.rawValue)
        header.put(0x4500_0000 | service << 16 | UInt32(UInt16(truncatingIfNeeded: total)))
        header.put(0x4000)
        header.put(UInt32(envelope.ttl) << 24 | 6 << 16)
        let before = header.sum
        header.put(UInt32(truncatingIfNeeded: envelope.tuple.local.address.low))
        header.put(UInt32(truncatingIfNeeded: envelope.tuple.remote.address.low))
        header.putChecksum(at: 10)
        return header.sum &- before
    }

    /// The same for IPv6.
    private func writeIPv6(_ header: inout HeaderWriter, _ envelope: Envelope, payload: Int) -> UInt64 {
        header.put(6 << 28 | UInt32(envelope.dscp & 0x3f) << 22 | UInt32(codepoint.rawValue) << 20)
        header.put(UInt32(UInt16(truncatingIfNeeded: payload)) << 16 | 6 << 8 | UInt32(envelope.ttl))
        let before = header.sum
        header.putTwo(envelope.tuple.local.address.high)
        header.putTwo(envelope.tuple.local.address.low)
        header.putTwo(envelope.tuple.remote.address.high)
        header.putTwo(envelope.tuple.remote.address.low)
        return header.sum &- before
    }

    /// Writes the fixed header behind the ports, its checksum zero; `length` counts the options too.
    @inline(__always)
    private func writeFixedPart(_ header: inout HeaderWriter, length: Int) {
        let dataOffset = UInt32(truncatingIfNeeded: length) / 4
        header.put(sequence.rawValue)
        header.put(acknowledgment.rawValue)
        header.put(dataOffset << 28 | UInt32(flags.rawValue & 0x1ff) << 16 | UInt32(window))
        header.put(UInt32(urgentPointer))
    }

    /// The options in their order, SACK blocks behind them; each starts so that 32-bit values are aligned, with NOPs where
    /// needed.
    private func writeOptions(_ header: inout HeaderWriter) {
        let start = header.offset
        if let size = options.maximumSegmentSize { header.put(0x0204_0000 | UInt32(size)) }
        if options.order == .scaleSecond { writeScale(&header) }
        if let timestamps = options.timestamps {
            // With SACK-permitted the pair fills a word; else two NOPs do.
            header.put(options.sackPermitted ? 0x0402_080a : 0x0101_080a)
            header.put(timestamps.value)
            header.put(timestamps.echo)
        } else if options.sackPermitted {
            header.put(0x0101_0402)
        }
        if options.order == .scaleLast { writeScale(&header) }
        if !options.sackBlocks.isEmpty { writeSACK(&header) }
        if !options.extra.isEmpty, options.hasRoom(forExtraBehind: header.offset - start) {
            writeExtra(&header)
        }
    }

    private func writeScale(_ header: inout HeaderWriter) {
        guard let shift = options.windowScale else { return }
        header.put(0x0103_0300 | UInt32(shift))
    }

    private func writeSACK(_ header: inout HeaderWriter) {
        let blocks = options.sackBlocks
        header.put(0x0101_0500 | UInt32(blocks.optionLength))
        for index in 0..<blocks.count {
            guard let block = blocks[index] else { return }
            header.put(block.left.rawValue)
            header.put(block.right.rawValue)
        }
    }

    private func writeExtra(_ header: inout HeaderWriter) {
        for index in stride(from: 0, to: options.extra.paddedCount, by: 4) {
            header.put(options.extra.word(at: index))
        }
    }
}

extension SegmentOptions {
    /// Octets that they take in a header; a multiple of 4. Extra ones that do not fit behind the others are left out.
    package var encodedLength: Int {
        let length = knownLength
        return hasRoom(forExtraBehind: length) ? length + extra.paddedCount : length
    }

    fileprivate func hasRoom(forExtraBehind length: Int) -> Bool {
        length + extra.paddedCount <= OptionOctets.capacity
    }

    private var knownLength: Int {
        var length = maximumSegmentSize == nil ? 0 : 4
        length += timestamps == nil ? (sackPermitted ? 4 : 0) : 12
        length += windowScale == nil ? 0 : 4
        // Two NOPs in front keep the sequence numbers aligned.
        length += sackBlocks.isEmpty ? 0 : 2 + sackBlocks.optionLength
        return length
    }
}

/// Writes the words of a header one behind the other, and adds them up on the way.
///
/// It trusts its caller with the room, where a span would look at its end for each word: IPv6 with the longest options has 116
/// octets, and `OutboundPacket.header` 120.
private struct HeaderWriter {
    private let base: UnsafeMutableRawPointer
    /// Where the next word goes.
    var offset: Int
    /// The sum of the words as they stand in memory. Those of a header are too few to overflow it.
    private(set) var sum: UInt64 = 0

    init(_ header: UnsafeMutablePointer<InlineArray<120, UInt8>>, at offset: Int) {
        base = UnsafeMutableRawPointer(header)
        self.offset = offset
    }

    @inline(__always)
    mutating func put(_ word: UInt32) {
        base.storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt32.self)
        count(word)
        offset &+= 4
    }

    /// Adds a word that is written nowhere.
    @inline(__always)
    mutating func count(_ word: UInt32) { sum &+= UInt64(word.bigEndian) }

    mutating func putTwo(_ words: UInt64) {
        put(UInt32(truncatingIfNeeded: words >> 32))
        put(UInt32(truncatingIfNeeded: words))
    }

    /// Writes the checksum of what has been put.
    func putChecksum(at offset: Int) {
        var checksum = Checksum()
        checksum.add(sumOfWords: sum)
        base.storeBytes(of: checksum.finished().bigEndian, toByteOffset: offset, as: UInt16.self)
    }
}
