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
    /// The option list makes no sense from some point on; the options before it count (RFC 9293 MUST-7).
    package let optionsMalformed: Bool
    /// The checksum field as it stands in the header.
    package let checksum: UInt16
    package let segment: Segment
    /// What `verifyChecksum` found; `.unverifiable` before.
    package private(set) var checksumVerdict = ChecksumVerdict.unverifiable
    /// The checksum that would be right, once `verifyChecksum` has added everything up; nil before, and where it had no
    /// need to.
    package private(set) var expectedChecksum: UInt16?

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
        let have = packet.byteCount
        guard have >= 1 else { throw .truncated(needed: 1, have: 0) }
        let total: Int
        switch packet.readUInt8(at: 0) >> 4 {
        case 4:
            guard have >= 20 else { throw .truncated(needed: 20, have: have) }
            headerLength = Int(packet.readUInt8(at: 0) & 0xf) * 4
            guard headerLength >= 20 else { throw .badHeaderLength(headerLength) }
            total = Int(packet.readUInt16(at: 2))
            // More fragments, or an offset: RFC 791 §3.1.
            guard packet.readUInt16(at: 6) & 0x3fff == 0 else { throw .fragment }
            guard packet.readUInt8(at: 9) == 6 else { throw .notTCP(Int(packet.readUInt8(at: 9))) }
            dscp = packet.readUInt8(at: 1) >> 2
            ecn = packet.readUInt8(at: 1) & 0x3
            ttl = packet.readUInt8(at: 8)
            source = IPAddress(v4: packet.readUInt32(at: 12))
            destination = IPAddress(v4: packet.readUInt32(at: 16))
        case 6:
            guard have >= 40 else { throw .truncated(needed: 40, have: have) }
            headerLength = 40
            total = 40 + Int(packet.readUInt16(at: 4))
            guard packet.readUInt8(at: 6) == 6 else { throw .notTCP(Int(packet.readUInt8(at: 6))) }
            let trafficClass = UInt8(truncatingIfNeeded: packet.readUInt16(at: 0) >> 4)
            dscp = trafficClass >> 2
            ecn = trafficClass & 0x3
            ttl = packet.readUInt8(at: 7)
            source = IPAddress(v6: packet.readUInt64(at: 8), packet.readUInt64(at: 16))
            destination = IPAddress(v6: packet.readUInt64(at: 24), packet.readUInt64(at: 32))
        case let version: throw .badVersion(Int(version))
        }
        guard total <= have else { throw .truncated(needed: total, have: have) }
        let start = headerLength
        guard total >= start + 20 else { throw .badTotalLength(total) }
        tcpHeaderLength = Int(packet.readUInt8(at: start + 12) >> 4) * 4
        guard tcpHeaderLength >= 20 else { throw .badDataOffset(tcpHeaderLength) }
        guard total >= start + tcpHeaderLength else { throw .badTotalLength(total) }
        payloadLength = total - start - tcpHeaderLength
        sourcePort = packet.readUInt16(at: start)
        destinationPort = packet.readUInt16(at: start + 2)
        checksum = packet.readUInt16(at: start + 16)
        var options = SegmentOptions()
        optionsMalformed = !options.read(packet, start + 20..<start + tcpHeaderLength)
        var segment = Segment(
            sequence: SequenceNumber(packet.readUInt32(at: start + 4)),
            acknowledgment: SequenceNumber(packet.readUInt32(at: start + 8)),
            flags: TCPFlags(rawValue: packet.readUInt16(at: start + 12) & 0x1ff),
            window: packet.readUInt16(at: start + 14),
            urgentPointer: packet.readUInt16(at: start + 18),
            textLength: payloadLength,
            options: options
        )
        segment.hasIllegalOptions = optionsMalformed
        segment.codepoint = ECNCodepoint(bits: ecn)
        self.segment = segment
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

extension SegmentOptions {
    /// Reads the option octets in `range`; false if the list stops making sense, with the options before that point kept.
    fileprivate mutating func read(_ packet: RawSpan, _ range: Range<Int>) -> Bool {
        var at = range.lowerBound
        while at < range.upperBound {
            let kind = packet.readUInt8(at: at)
            if kind == 0 { return true }
            if kind == 1 {
                at += 1
                continue
            }
            guard at + 1 < range.upperBound else { return false }
            let length = Int(packet.readUInt8(at: at + 1))
            guard length >= 2, at + length <= range.upperBound else { return false }
            switch (kind, length) {
            case (2, 4): maximumSegmentSize = packet.readUInt16(at: at + 2)
            case (3, 3): windowScale = packet.readUInt8(at: at + 2)
            case (4, 2): sackPermitted = true
            case (8, 10):
                timestamps = Timestamps(value: packet.readUInt32(at: at + 2), echo: packet.readUInt32(at: at + 6))
            case (5, 10), (5, 18), (5, 26), (5, 34):
                for block in stride(from: at + 2, to: at + length, by: 8) {
                    let start = SequenceNumber(packet.readUInt32(at: block))
                    sackBlocks.append(SACKBlock(start, SequenceNumber(packet.readUInt32(at: block + 4))))
                }
            case (2, _), (3, _), (4, _), (5, _), (8, _): return false
            // RFC 9293 MUST-6: "A TCP implementation MUST ... ignore without error any TCP Option it does not implement"
            default: extra.append(packet.extracting(at..<at + length))
            }
            at += length
        }
        return true
    }
}
