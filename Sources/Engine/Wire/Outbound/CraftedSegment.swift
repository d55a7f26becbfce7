/// A segment that somebody wants on the wire as it is, legal or not. Nothing here judges; what is left open is computed.
package struct CraftedSegment: Hashable, Sendable {
    /// What the IP header says, as far as there is a choice.
    package struct IP: Hashable, Sendable {
        /// Time to live, or hop limit.
        package var ttl: UInt8 = 64
        package var dscp: UInt8 = 0
        package var ecn: UInt8 = 0
        /// IPv4, and the fragments of IPv6.
        package var identification: UInt32 = 0
        /// IPv4 only.
        package var dontFragment = true
        package var fragments: Fragmentation?

        package init() {}
    }

    /// How a datagram is cut up.
    package struct Fragmentation: Hashable, Sendable {
        /// Octets of each fragment but the last, a multiple of 8.
        package var size: Int
        /// By how many octets, a multiple of 8, each fragment repeats the end of the one before.
        package var overlap: Int

        package init(size: Int, overlap: Int) {
            self.size = size
            self.overlap = overlap
        }

        /// Octets from the start of one fragment to that of the next.
        var step: Int { max(8, size - overlap) }
    }

    /// How a payload is sent in two parts.
    package enum Pair: String, CaseIterable, Hashable, Sendable {
        /// The second part begins before the first ends.
        case overlap
        /// The second part goes first.
        case outOfOrder = "out-of-order"
        /// All of it goes twice.
        case duplicate
    }

    package var tuple: FourTuple
    package var ip = IP()
    package var sequence = SequenceNumber(0)
    package var acknowledgment = SequenceNumber(0)
    package var flags: TCPFlags = []
    /// The upper three of the four reserved bits; the lowest is the flag AE.
    package var reserved: UInt8 = 0
    package var window: UInt16 = 0
    package var urgentPointer: UInt16 = 0
    /// In 32-bit words; nil: as long as the header is.
    package var dataOffset: UInt8?
    /// nil: the right one.
    package var checksum: UInt16?
    /// Option octets; zeros fill them up to a multiple of four.
    package var options: [UInt8] = []
    package var payload: [UInt8] = []

    package init(tuple: FourTuple) { self.tuple = tuple }

    /// The TCP header and the payload as octets.
    package var segment: [UInt8] {
        var header = TCPHeader()
        header.sourcePort = tuple.local.port
        header.destinationPort = tuple.remote.port
        header.sequence = sequence
        header.acknowledgment = acknowledgment
        header.reserved = reserved
        header.flags = flags
        header.window = window
        header.urgentPointer = urgentPointer
        header.options = options + [UInt8](repeating: 0, count: (4 - options.count % 4) % 4)
        header.dataOffset = dataOffset ?? UInt8(truncatingIfNeeded: 5 + header.options.count / 4)
        var octets = header.encoded() + payload
        let value = checksum ?? rightChecksum(octets)
        octets[16] = UInt8(value >> 8)
        octets[17] = UInt8(truncatingIfNeeded: value)
        return octets
    }

    /// The checksum that belongs into a segment whose checksum field is zero.
    private func rightChecksum(_ octets: [UInt8]) -> UInt16 {
        var sum = Checksum()
        sum.addPseudoHeader(source: tuple.local.address, destination: tuple.remote.address, length: octets.count)
        sum.add(octets.span.bytes)
        return sum.finished()
    }

    /// The datagrams that carry it: one, or its fragments in order.
    package var datagrams: [[UInt8]] {
        let segment = segment
        guard let cut = ip.fragments, segment.count > cut.size else { return [datagram(segment[...], at: nil)] }
        var fragments: [[UInt8]] = []
        var start = 0
        while true {
            let end = min(start + cut.size, segment.count)
            let place = FragmentPlace(offset: start, isLast: end == segment.count)
            fragments.append(datagram(segment[start..<end], at: place))
            if place.isLast { return fragments }
            start += cut.step
        }
    }

    /// How many datagrams carry it, without making them.
    package var datagramCount: Int {
        let length = 20 + (options.count + 3) / 4 * 4 + payload.count
        guard let cut = ip.fragments, length > cut.size else { return 1 }
        return 1 + (length - cut.size + cut.step - 1) / cut.step
    }

    /// Where a fragment stands in its datagram.
    private struct FragmentPlace {
        var offset: Int
        var isLast: Bool
    }

    private func datagram(_ octets: ArraySlice<UInt8>, at place: FragmentPlace?) -> [UInt8] {
        switch tuple.local.address.family {
        case .v4: ipv4(octets, at: place)
        case .v6: ipv6(octets, at: place)
        }
    }

    private func ipv4(_ octets: ArraySlice<UInt8>, at place: FragmentPlace?) -> [UInt8] {
        var header = IPv4Header()
        header.dscp = ip.dscp
        header.ecn = ip.ecn
        header.totalLength = UInt16(truncatingIfNeeded: IPv4Header.minimumLength + octets.count)
        header.identification = UInt16(truncatingIfNeeded: ip.identification)
        header.dontFragment = ip.dontFragment
        header.moreFragments = place.map { !$0.isLast } ?? false
        header.fragmentOffset = UInt16(truncatingIfNeeded: (place?.offset ?? 0) / 8)
        header.ttl = ip.ttl
        header.source = tuple.local.address
        header.destination = tuple.remote.address
        var sum = Checksum()
        sum.add(header.encoded().span.bytes)
        header.checksum = sum.finished()
        return header.encoded() + octets
    }

    private func ipv6(_ octets: ArraySlice<UInt8>, at place: FragmentPlace?) -> [UInt8] {
        var header = IPv6Header()
        header.dscp = ip.dscp
        header.ecn = ip.ecn
        header.hopLimit = ip.ttl
        header.source = tuple.local.address
        header.destination = tuple.remote.address
        guard let place else {
            header.payloadLength = UInt16(truncatingIfNeeded: octets.count)
            return header.encoded() + octets
        }
        // RFC 8200 §4.5: Next Header, Reserved, Fragment Offset with two reserved bits and M, Identification.
        var fragment: [UInt8] = [header.nextHeader, 0]
        fragment.append(bigEndian: UInt16(truncatingIfNeeded: place.offset) & 0xfff8 | (place.isLast ? 0 : 1))
        fragment.append(bigEndian: ip.identification)
        header.nextHeader = IPv6Header.fragmentHeader
        header.payloadLength = UInt16(truncatingIfNeeded: fragment.count + octets.count)
        return header.encoded() + fragment + octets
    }
}

extension IPv6Header {
    /// The next-header value of a fragment header (RFC 8200 §4.5).
    package static let fragmentHeader: UInt8 = 44
}

extension CraftedSegment {
    /// The segments that send the payload as `pair` says. SYN stays with the first octet, PSH and FIN with the last.
    package func paired(_ pair: Pair) -> [CraftedSegment] {
        if pair == .duplicate { return [self, self] }
        let middle = payload.count / 2
        // As much again as lies before the cut, at least one octet: the receiver must choose between two versions.
        let shared = pair == .overlap ? max(1, middle / 2) : 0
        var first = self
        first.flags.subtract([.fin, .psh])
        first.payload = Array(payload.prefix(middle + shared))
        var second = self
        second.flags.remove(.syn)
        second.sequence = sequence + (middle + (flags.contains(.syn) ? 1 : 0))
        second.payload = Array(payload.dropFirst(middle))
        return pair == .outOfOrder ? [second, first] : [first, second]
    }
}

extension CraftedSegment {
    /// Reads a datagram back, so that it can be edited: everything stands as it stood, but for lengths and checksum, which
    /// are computed anew. nil for what holds no whole TCP header.
    package init?(_ octets: [UInt8]) {
        guard let headers = try? PacketHeaders(octets), let tcp = headers.tcp else { return nil }
        let local = Endpoint(headers.source, tcp.sourcePort)
        self.init(tuple: FourTuple(local: local, remote: Endpoint(headers.destination, tcp.destinationPort)))
        switch headers.ip {
        case .v4(let header):
            ip.ttl = header.ttl
            ip.dscp = header.dscp
            ip.ecn = header.ecn
            ip.identification = UInt32(header.identification)
            ip.dontFragment = header.dontFragment
        case .v6(let header):
            ip.ttl = header.hopLimit
            ip.dscp = header.dscp
            ip.ecn = header.ecn
        }
        sequence = tcp.sequence
        acknowledgment = tcp.acknowledgment
        reserved = tcp.reserved
        flags = tcp.flags
        window = tcp.window
        urgentPointer = tcp.urgentPointer
        options = tcp.options
        payload = Array(octets.dropFirst(headers.length))
    }
}
