import Engine
import Glibc
import Testing

/// The kernel's own TCP as a client.
enum KernelClient {
    /// Sends `octets`, closes its side, and returns everything that comes back.
    static func exchange(_ octets: [UInt8], with target: Endpoint) throws -> [UInt8] {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        let connected = target.asSocketAddress { connect(client, $0, $1) }
        try #require(connected == 0, "connect: errno \(errno)")
        try #require(Glibc.send(client, octets, octets.count, Int32(MSG_NOSIGNAL)) == octets.count)
        shutdown(client, Int32(SHUT_WR))
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(client, &buffer, buffer.count, 0)
            try #require(count >= 0, "recv: errno \(errno)")
            if count == 0 { return received }
            received += buffer[..<count]
        }
    }

    /// Sends one SYN on a raw socket of its own.
    static func sendLoneSyn(from source: Endpoint, to target: Endpoint) throws {
        let raw = socket(AF_INET, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_RAW))
        defer { close(raw) }
        try #require(raw >= 0, "a raw socket needs CAP_NET_RAW")
        var packet = OutboundPacket(destination: target, record: 0)
        let fields = SegmentHeaderFields(
            tuple: FourTuple(local: source, remote: target), sequence: SequenceNumber(0xffff_fff0), flags: .syn)
        fields.encode(into: &packet)
        let octets = (0..<packet.headerLength).map { packet.header[$0] }
        let sent = target.asSocketAddress { sendto(raw, octets, octets.count, 0, $0, $1) }
        try #require(sent == octets.count, "sendto: errno \(errno)")
    }
}
