import Engine

/// The octets that hexadecimal digits stand for; spaces don't count.
func octets(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Packets that a Linux kernel sent over its loopback device, checksums left to hardware that is not there.
enum Captured {
    static let syn = octets(
        """
        4500003c94da40004006a7df7f0000017f000001 a9c0cc3f78cc07f100000000a002ffd7fe300000
        0204ffd70402080a3e1a9d51000000000103030a
        """)
    static let synAck = octets(
        """
        4500003c0000400040063cba7f0000017f000001 cc3fa9c002d97fd878cc07f2a012ffcbfe300000
        0204ffd70402080a7e0373193e1a9d510103030a
        """)
    /// "hello raw"
    static let data = octets(
        """
        4500003d94dc40004006a7dc7f0000017f000001 a9c0cc3f78cc07f202d97fd980180040fe310000
        0101080a3e1a9d517e037319 68656c6c6f20726177
        """)
}

/// Builds packets for tests: sane unless told otherwise.
struct TestPacket {
    var ip = IPv4Header()
    var tcp = TCPHeader()
    var payload: [UInt8] = []
    /// nil: the right one.
    var checksum: UInt16?

    init() {
        ip.source = .loopbackV4
        ip.destination = .loopbackV4
        tcp.sourcePort = 6666
        tcp.destinationPort = 1017
        tcp.sequence = SequenceNumber(0xffff_fff0)
        tcp.acknowledgment = SequenceNumber(0xffff_fffe)
        tcp.flags = [.ack]
        tcp.window = 512
    }

    var octets: [UInt8] {
        var ip = ip
        var tcp = tcp
        ip.headerLength = UInt8(5 + ip.options.count / 4)
        tcp.dataOffset = UInt8(5 + tcp.options.count / 4)
        ip.totalLength = UInt16(20 + ip.options.count + 20 + tcp.options.count + payload.count)
        tcp.checksum = 0
        tcp.checksum = checksum ?? ~Checksum.scalar(pseudoHeader + tcp.encoded() + payload)
        ip.checksum = 0
        ip.checksum = ~Checksum.scalar(ip.encoded())
        return ip.encoded() + tcp.encoded() + payload
    }

    /// The pseudo-header of RFC 9293 §3.1.
    var pseudoHeader: [UInt8] {
        let length = 20 + tcp.options.count + payload.count
        return ip.source.octets + ip.destination.octets + [0, 6, UInt8(length >> 8), UInt8(length & 0xff)]
    }
}

extension PacketView {
    /// Reads a packet held in an array.
    init(_ packet: [UInt8]) throws(WireError) { try self.init(parsing: packet.span.bytes) }

    /// Judges the checksum of a packet held in an array.
    @discardableResult
    mutating func verify(_ packet: [UInt8]) -> ChecksumVerdict { verifyChecksum(packet.span.bytes) }
}

extension TCPHeader {
    /// Reads the header from `offset` on.
    init(_ packet: [UInt8], at offset: Int = 0) throws(WireError) {
        try self.init(parsing: packet.span.bytes.extracting(offset..<packet.count))
    }
}

extension IPv4Header {
    init(_ packet: [UInt8]) throws(WireError) { try self.init(parsing: packet.span.bytes) }
}

extension IPv6Header {
    init(_ packet: [UInt8]) throws(WireError) { try self.init(parsing: packet.span.bytes) }
}
