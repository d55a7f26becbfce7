import Engine
import Glibc
import TestSupport

/// The kernel's own TCP as a client.
enum KernelClient {
    /// Sends `octets`, closes its side, and returns everything that comes back.
    static func exchange(_ octets: [UInt8], with target: Endpoint) throws -> [UInt8] {
        let client = try KernelSocket.connected(to: target.port, at: "\(target.address)")
        try client.write(octets)
        client.endWriting()
        return try client.readToEnd()
    }

    /// Sends one SYN on a raw socket of its own.
    static func sendLoneSyn(from source: Endpoint, to target: Endpoint) throws {
        var packet = OutboundPacket(destination: target, record: 0)
        let fields = EnvelopedSegment(
            FourTuple(local: source, remote: target), sequence: SequenceNumber(0xffff_fff0), flags: .syn)
        fields.encode(into: &packet)
        let octets = (0..<packet.headerLength).map { packet.header[$0] }
        try sendRaw(octets, protocol: IPPROTO_RAW, to: "\(target.address)")
    }
}
