/// A received packet's headers, read in place and judged just enough to hand the segment to TCP. It copies numbers only:
/// nothing is allocated, and the octets stay in the receive slab.
package struct PacketView: Sendable {
    package private(set) var source: IPAddress
    package private(set) var destination: IPAddress
    package let sourcePort: UInt16
    package let destinationPort: UInt16
    /// Time to live, or hop limit.
    package let ttl: UInt8
    package let dscp: UInt8
    package let ecn: UInt8
    /// Octets of the IP header.
    package let headerLength: Int
    /// Octets of the TCP header, options included.
    package let tcpHeaderLength: Int
    /// Octets of text; by the IP length, which may be less than the buffer.
    package let payloadLength: Int
    /// The checksum field as it stands in the header.
    package let checksum: UInt16
    package let segment: Segment
    /// What `verifyChecksum` found; `.unverifiable` before.
    package private(set) var checksumVerdict = ChecksumVerdict.unverifiable
    /// The checksum that would be right, once `verifyChecksum` has added everything up; nil before, and where it had no
    /// need to.
    package private(set) var expectedChecksum: UInt16?

    /// The option list makes no sense from some point on; the options before it count (RFC 9293 MUST-7).
    package var optionsMalformed: Bool { segment.hasIllegalOptions }

    /// Where the text starts.
    package var payloadOffset: Int { headerLength + tcpHeaderLength }

    /// The connection's name as we see it: we are the destination.
    package var tuple: FourTuple {
        FourTuple(local: Endpoint(destination, destinationPort), remote: Endpoint(source, sourcePort))
    }

    /// The zone that the packet was placed in; 0 if none of its addresses has one.
    package var zone: UInt32 { max(source.zone, destination.zone) }

    /// Reads an IP datagram that holds a whole TCP segment.
    package init(parsing packet: RawSpan) throws(WireError) {
        let ip = try DatagramFields(parsing: packet)
        guard ip.totalLength <= packet.byteCount else {
            throw .truncated(needed: ip.totalLength, have: packet.byteCount)
        }
        source = ip.source
        destination = ip.destination
        ttl = ip.ttl
        dscp = ip.dscp
        ecn = ip.ecn
        headerLength = ip.headerLength

        let start = ip.headerLength
        guard ip.totalLength >= start + TCPHeader.minimumLength else { throw .badTotalLength(ip.totalLength) }
        tcpHeaderLength = Int(packet.readUInt8(at: start + 12) >> 4) * 4
        guard tcpHeaderLength >= TCPHeader.minimumLength else { throw .badDataOffset(tcpHeaderLength) }
        guard ip.totalLength >= start + tcpHeaderLength else { throw .badTotalLength(ip.totalLength) }
        sourcePort = packet.readUInt16(at: start)
        destinationPort = packet.readUInt16(at: start + 2)
        checksum = packet.readUInt16(at: start + 16)
        payloadLength = ip.totalLength - start - tcpHeaderLength
        let header = packet.extracting(start..<start + tcpHeaderLength)
        segment = Segment(header, textLength: payloadLength, ecn: ip.ecn)
    }

    /// The packet came in by this interface: link-local addresses are of its zone (RFC 4007 §6).
    package mutating func place(in zone: UInt32) {
        source = source.within(zone: zone)
        destination = destination.within(zone: zone)
    }

    /// Judges the TCP checksum of the packet that this view was parsed from.
    @discardableResult
    package mutating func verifyChecksum(_ packet: RawSpan) -> ChecksumVerdict {
        let length = tcpHeaderLength + payloadLength
        guard packet.byteCount >= headerLength + length else { return .unverifiable }
        var sum = Checksum()
        sum.addPseudoHeader(source: source, destination: destination, length: length)
        // Decided before the long addition: on loopback nearly every segment is such a one, up to 64 KiB long.
        if checksum == sum.folded {
            checksumVerdict = .offloaded
            return .offloaded
        }
        sum.add(packet.extracting(headerLength..<headerLength + length))
        if sum.folded == 0xffff {
            checksumVerdict = .good
            expectedChecksum = checksum
        } else {
            checksumVerdict = checksum == 0 ? .zero : .bad
            // Ones' complement: taking the field out of the sum is adding its complement.
            var others = sum.folded.addingReportingOverflow(~checksum)
            if others.overflow { others.partialValue &+= 1 }
            expectedChecksum = ~others.partialValue
        }
        return checksumVerdict
    }
}

extension Segment {
    /// Reads the numbers of a TCP header, options included.
    @inline(__always)
    fileprivate init(_ header: RawSpan, textLength: Int, ecn: UInt8) {
        self.init(
            sequence: SequenceNumber(header.readUInt32(at: 4)),
            acknowledgment: SequenceNumber(header.readUInt32(at: 8)),
            flags: TCPFlags(rawValue: header.readUInt16(at: 12) & 0x1ff),
            window: header.readUInt16(at: 14),
            urgentPointer: header.readUInt16(at: 18),
            textLength: textLength
        )
        hasIllegalOptions = !options.read(header.extracting(TCPHeader.minimumLength...))
        codepoint = ECNCodepoint(bits: ecn)
    }
}

extension SegmentOptions {
    /// Reads a list of options; false if it stops making sense, with the options before that point kept.
    fileprivate mutating func read(_ list: RawSpan) -> Bool {
        // RFC 7323, Appendix A: two NOPs and the timestamps, as nearly all segments behind the handshake have them.
        if list.byteCount == 12, list.readUInt32(at: 0) == 0x0101_080a {
            timestamps = Timestamps(value: list.readUInt32(at: 4), echo: list.readUInt32(at: 8))
            return true
        }
        var at = 0
        while at < list.byteCount {
            let kind = list.readUInt8(at: at)
            if kind == OptionKind.endOfOptions.rawValue { return true }
            if kind == OptionKind.noOperation.rawValue {
                at += 1
                continue
            }
            guard at + 1 < list.byteCount else { return false }
            let length = Int(list.readUInt8(at: at + 1))
            guard length >= 2, at + length <= list.byteCount else { return false }
            switch (OptionKind(rawValue: kind), length) {
            case (.maximumSegmentSize, 4): maximumSegmentSize = list.readUInt16(at: at + 2)
            case (.windowScale, 3): windowScale = list.readUInt8(at: at + 2)
            case (.sackPermitted, 2): sackPermitted = true
            case (.timestamps, 10):
                timestamps = Timestamps(value: list.readUInt32(at: at + 2), echo: list.readUInt32(at: at + 6))
            case (.sack, 10), (.sack, 18), (.sack, 26), (.sack, 34):
                for block in stride(from: at + 2, to: at + length, by: 8) {
                    let start = SequenceNumber(list.readUInt32(at: block))
                    sackBlocks.append(SACKBlock(start, SequenceNumber(list.readUInt32(at: block + 4))))
                }
            case (.maximumSegmentSize, _), (.windowScale, _), (.sackPermitted, _), (.sack, _), (.timestamps, _):
                return false
            // RFC 9293 MUST-6: "A TCP implementation MUST ... ignore without error any TCP Option it does not implement"
            case (.endOfOptions, _), (.noOperation, _), (.userTimeout, _), (.fastOpen, _), (nil, _):
                extra.append(list.extracting(at..<at + length))
            }
            at += length
        }
        return true
    }
}
