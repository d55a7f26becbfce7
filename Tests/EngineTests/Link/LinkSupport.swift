import CNIO
import Engine
import Glibc
import TestSupport

/// Changes the MTU of the calling thread's loopback; only in a namespace of the test's own.
func setLoopbackMTU(_ mtu: Int32) throws {
    guard cnio_set_device_mtu("lo", mtu) == 0 else { throw HarnessError.system("SIOCSIFMTU") }
}

/// Builds TCP segments without the engine's own encoders: what is tested here is the way they travel.
struct RawSegment {
    var source = Endpoint(.loopbackV4, 0)
    var destination = Endpoint(.loopbackV4, 0)
    var sequence: UInt32 = 0xffff_fff0
    var flags: UInt8 = 0x02
    var payload = 0

    /// The datagram, its checksum computed, its payload in a block.
    func packet(record: UInt64 = 0) -> OutboundPacket {
        let text = OctetBlock()
        let octets = (0..<payload).map { UInt8(truncatingIfNeeded: $0) }
        _ = text.append(octets.span.bytes, from: 0)
        let ip: [UInt8] =
            [0x45, 0] + bytes(UInt16(truncatingIfNeeded: 40 + payload)) + [0, 0, 0x40, 0, 64, 6, 0, 0]
            + source.address.octets + destination.address.octets
        var tcp: [UInt8] =
            bytes(source.port) + bytes(destination.port) + bytes(UInt16(sequence >> 16))
            + bytes(UInt16(truncatingIfNeeded: sequence)) + [0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]
        let pseudo: [UInt8] =
            source.address.octets + destination.address.octets + [0, 6] + bytes(UInt16(20 + payload))
        tcp.replaceSubrange(16..<18, with: bytes(internetChecksum(pseudo + tcp + octets)))
        var packet = OutboundPacket(destination: destination, record: record)
        for (index, octet) in (ip + tcp).enumerated() { packet.header[index] = octet }
        packet.headerLength = 40
        if payload > 0 { packet.payload = OctetSlice(block: text, offset: 0, count: payload) }
        return packet
    }

    private func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
}

/// A received datagram, copied.
struct Received: Sendable {
    var octets: [UInt8]
    var stamp: Int64

    private var text: Int { Int(octets[0] & 15) * 4 }
    private func word(_ offset: Int) -> UInt16 { UInt16(octets[offset]) << 8 | UInt16(octets[offset + 1]) }
    var sourcePort: UInt16 { word(text) }
    var destinationPort: UInt16 { word(text + 2) }
    var sequence: UInt32 { UInt32(word(text + 4)) << 16 | UInt32(word(text + 6)) }
    var acknowledgment: UInt32 { UInt32(word(text + 8)) << 16 | UInt32(word(text + 10)) }
    var flags: UInt8 { octets[text + 13] }
    var checksum: UInt16 { word(text + 16) }
    var payload: ArraySlice<UInt8> { octets[(text + Int(octets[text + 12] >> 4) * 4)...] }
}

extension RawSocketLink {
    /// Sends everything that waits; returns what the kernel would not take.
    @discardableResult func sendAll() -> [(record: UInt64, error: Int32)] {
        var failures: [(record: UInt64, error: Int32)] = []
        while flush({ failures.append(($0.record, $1)) }) == .blocked { _ = isReady(POLLOUT, within: .seconds(1.0)) }
        return failures
    }

    /// Waits until packets have arrived and takes one batch; none if nothing comes in time.
    func collect(within patience: Interval = .seconds(2.0)) -> [Received] {
        var packets: [Received] = []
        guard isReady(POLLIN, within: patience) else { return [] }
        _ = receive { packet, _, stamp in
            packets.append(Received(octets: packet.withUnsafeBytes { Array($0) }, stamp: stamp))
        }
        return packets
    }

    /// Takes so many packets, in as many batches as it takes: on a busy host softirqs run late, and each batch is what has
    /// come so far. Fewer if nothing more comes in time.
    func collect(_ count: Int) -> [Received] {
        var packets: [Received] = []
        while packets.count < count, case let batch = collect(), !batch.isEmpty { packets += batch }
        return packets
    }

    func isReady(_ events: Int32, within patience: Interval) -> Bool {
        var wanted = pollfd(fd: fileDescriptor, events: Int16(events), revents: 0)
        return poll(&wanted, 1, Int32(patience.nanoseconds / 1_000_000)) == 1
    }
}
